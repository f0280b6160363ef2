using System.Buffers.Binary;
using System.Text;
using DataPipeline.Train.Steps;

namespace DataPipeline.Train.Tests.Progress;

/// <summary>The file for TensorBoard, read by a reader written from the descriptions of TFRecord and protocol buffers.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("events").FullName;

    private string Log => Path.Combine(_folder, "log.jsonl");

    private string Events => Path.Combine(_folder, EventFile.Name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Checksum_OfTheNineDigits_IsThatOfTheCatalogue() => Assert.Equal(0xE3069283, Crc32C("123456789"u8));

    [Fact]
    public void Add_EveryKindOfLine_IsReadBackByTagAndStep()
    {
        using (var log = new TrainingLog(Log, 0))
        {
            log.Add(new { Step = 0, Kind = "validation", Source = "書籍", Loss = 6.5, BitsPerByte = (double?)null });
            log.Add(new { Step = 300, Kind = "train", Loss = 5.25, Tokens = 12345L, Sources = new Dictionary<string, long> { ["書籍"] = 100, ["web"] = 28 } });
            log.Add(new { Step = 301, Kind = "train", Loss = double.NaN, Tokens = 12399L });
        }

        Event[] events = Read(Events);

        Assert.Equal(("brain.Event:2", 0L), (events[0].FileVersion, events[0].Step));
        Assert.Equal((0L, "validation/書籍/loss 6.5"), (events[1].Step, events[1].Scalars));
        Assert.Equal((300L, "train/loss 5.25, train/tokens 12345, train/sources/書籍 100, train/sources/web 28"), (events[2].Step, events[2].Scalars));
        Assert.Equal((301L, "train/tokens 12399"), (events[3].Step, events[3].Scalars));
        Assert.Equal([0.0, 0, 300, 301], events.Select(e => e.WallTime));
    }

    [Theory]
    [InlineData(10, 14)]
    [InlineData(7, 25)]
    [InlineData(20, 20)]
    public void Open_AfterAKill_LosesAndRepeatsNoStep(int checkpoint, int killedAt)
    {
        void Train(TrainingLog log, int from, int to)
        {
            for (int step = from; step <= to; step++) log.Add(new { Step = step, Kind = "train", Loss = Math.Sqrt(step) });
        }
        using (var log = new TrainingLog(Log, 0)) Train(log, 1, 30);
        byte[] whole = File.ReadAllBytes(Events);
        File.Delete(Log);
        File.Delete(Events);

        using (var log = new TrainingLog(Log, 0)) Train(log, 1, killedAt);
        // Torn where the kill struck: the events may be behind the log or before it.
        File.AppendAllText(Log, "{\"step\":");
        using (FileStream torn = File.OpenWrite(Events)) torn.SetLength(torn.Length - 5);
        using (var log = new TrainingLog(Log, checkpoint)) Train(log, checkpoint + 1, 30);

        Assert.Equal(whole, File.ReadAllBytes(Events));
        Assert.Equal(Enumerable.Range(0, 31).Select(step => (long)step), Read(Events).Select(e => e.Step));
    }

    private sealed record Event(double WallTime, long Step, string FileVersion, string Scalars);

    private static Event[] Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var events = new List<Event>();
        while (rest.Length > 0)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(Masked(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            Assert.Equal(Masked(rest.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            var fields = Fields(rest.Slice(12, length).ToArray());
            events.Add(new Event(
                fields.Where(f => f.Number == 1).Select(f => BitConverter.ToDouble(f.Bytes)).Single(),
                fields.Where(f => f.Number == 2).Select(f => (long)f.Value).SingleOrDefault(),
                fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Bytes)).SingleOrDefault() ?? "",
                string.Join(", ", fields.Where(f => f.Number == 5).SelectMany(summary => Fields(summary.Bytes)).Select(value => Fields(value.Bytes))
                    .Select(value => $"{Encoding.UTF8.GetString(value.Single(f => f.Number == 1).Bytes)} {BitConverter.ToSingle(value.Single(f => f.Number == 2).Bytes)}"))));
            rest = rest[(16 + length)..];
        }
        return [.. events];
    }

    private static List<(int Number, ulong Value, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        int at = 0;
        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                value |= (ulong)(message[at] & 0x7f) << shift;
                if (message[at++] < 0x80) return value;
            }
        }
        byte[] Take(int count) => message[at..(at += count)];
        while (at < message.Length)
        {
            ulong key = Varint();
            fields.Add((key & 7) switch
            {
                0 => ((int)(key >> 3), Varint(), []),
                1 => ((int)(key >> 3), 0, Take(8)),
                2 => ((int)(key >> 3), 0, Take((int)Varint())),
                5 => ((int)(key >> 3), 0, Take(4)),
                _ => throw new FormatException($"wire type {key & 7}"),
            });
        }
        return fields;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint checksum = Crc32C(data);
        return ((checksum >> 15) | (checksum << 17)) + 0xa282ead8;
    }

    // Bit by bit, reflected polynomial of Castagnoli.
    private static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint checksum = 0xffffffff;
        foreach (byte value in data)
        {
            checksum ^= value;
            for (int bit = 0; bit < 8; bit++) checksum = (checksum >> 1) ^ ((checksum & 1) * 0x82f63b78);
        }
        return ~checksum;
    }
}
