using DataPipeline.Train.Steps;

namespace DataPipeline.Train.Tests.Train;

public sealed class TrainingLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("log").FullName;
    private readonly string _path;

    public TrainingLogTests() => _path = Path.Combine(_folder, "log.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_KilledAgainBeforeTheNextCheckpoint_StillHasTheLinesBehindTheFirst()
    {
        using (var log = new TrainingLog(_path, 0))
        {
            for (int step = 1; step <= 12; step++)
                log.Add(new { Step = step, Kind = "train", Loss = 1.0 / step });
        }
        File.AppendAllText(_path, "{\"step\":13,\"lo");
        string[] before = File.ReadAllLines(_path);

        // A killed process writes nothing any more: what the open log holds in memory is lost.
        using var resumed = new TrainingLog(_path, 10);
        resumed.Add(new { Step = 11, Kind = "train", Loss = 0.5 });

        Assert.Equal(before[..10], Lines());
        resumed.Flush();
        Assert.Equal([.. before[..10], "{\"step\":11,\"kind\":\"train\",\"loss\":0.5}"], Lines());
    }

    [Fact]
    public void Add_LossThatIsNoNumber_WritesNullAndLossesPassesItOver()
    {
        using (var log = new TrainingLog(_path, 0))
        {
            foreach ((int step, double loss) in new[] { (1, double.PositiveInfinity), (2, 3.0), (3, 2.0), (4, double.NaN) })
                log.Add(new { Step = step, Kind = "train", Loss = loss });
        }

        Assert.Equal("{\"step\":1,\"kind\":\"train\",\"loss\":null}", Lines()[0]);
        Assert.Equal((3.0, 2.0), LogReader.Losses(LogReader.Entries(_path, "train")));
    }

    private string[] Lines()
    {
        using var reader = new StreamReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
