using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Runs;

public sealed class RunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runs").FullName;

    public RunTests()
    {
        File.WriteAllLines(Path.Combine(_folder, "a.txt"), Enumerable.Range(0, 500).Select(Line));
        File.WriteAllLines(Path.Combine(_folder, "b.txt"), Enumerable.Range(500, 300).Select(Line));
        File.WriteAllText(Path.Combine(_folder, "pipeline.yaml"), """
            name: test
            seed: 7
            sources:
              lines:
                read: { test_lines: { files: ["${folder}/a.txt", "${folder}/b.txt"] } }
                stages: [test_length: { most: 60 }, test_stop: { at: 400 }]
            """);

        static string Line(int i) => i % 50 == 3 ? "!torn_line" : i % 70 == 5 ? "" : $"{new string((char)('a' + i % 26), i % 80)} 中文 {i}";
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Execute_OtherThreadsAndBatches_WritesTheSameBytes()
    {
        string one = Digests(Execute("one", 1, 128)), two = Digests(Execute("two", 2, 128)), odd = Digests(Execute("odd", 3, 7));

        Assert.Equal(one, two);
        Assert.Equal(one, odd);
    }

    [Fact]
    public void Execute_EveryRecord_IsKeptOrDroppedForAReason()
    {
        RunFolder run = Execute("counted", 2, 16);

        SourceCounts counts = run.Output("ingest.lines")!.Manifest.Sources["lines"];
        Assert.Equal(800, counts.Read);
        Assert.Equal(["parse/empty", "read/torn_line", "test_length/too_long"], counts.Dropped.Keys);
        Assert.Equal(16, counts.Dropped["read/torn_line"]);
        Assert.Equal(counts.Read, counts.Kept + counts.Dropped.Values.Sum());
        DroppedDocument[] ledger = [.. run.Output("ingest.lines")!.Files("dropped").SelectMany(file => DropLedger.Read(file.Path))];
        Assert.Equal(counts.Dropped.Values.Sum(), ledger.Length);
        DroppedDocument tooLong = ledger.First(row => row.Reason == "too_long");
        Assert.Equal((60.0, "test_length", "lines"), (tooLong.Limit, tooLong.Stage, tooLong.Source));
        Assert.True(tooLong.Measured > 60);
    }

    [Fact]
    public void Execute_Documents_ComeBackFromTheirShard()
    {
        RunFolder run = Execute("shards", 2, 16);

        Document[] documents = [.. run.Documents.SelectMany(artifact => artifact.Files()).SelectMany(file => DocumentShard.Read(file.Path))];

        Assert.Equal(run.Output("ingest.lines")!.Manifest.Sources["lines"].Kept, documents.Length);
        Document first = documents[0];
        Assert.Equal((" 中文 0", "lines", 0L), (first.Text, first.Source, first.Origin.Record));
        Assert.Equal("line 0", first.Metadata["id"]);
        Assert.Equal("5", first.Metadata["length"]);
    }

    [Fact]
    public void Execute_StoppedInTheMiddleAndRunAgain_GivesTheBytesOfAnUndisturbedRun()
    {
        string undisturbed = Digests(Execute("undisturbed", 2, 16));
        TestStop.Armed = true;
        Assert.Throws<TimeoutException>(() => Execute("stopped", 2, 16));
        TestStop.Armed = false;

        RunFolder run = Execute("stopped", 2, 16);

        Assert.Equal(undisturbed, Digests(run));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(run.StepFolder("ingest.lines")), path => Path.GetFileName(path).StartsWith(".work", StringComparison.Ordinal));
    }

    [Fact]
    public void Execute_FinishedRun_DoesNoTaskTwice()
    {
        var observer = new SilentObserver();
        Execute("twice", 2, 16);

        Execute("twice", 2, 16, observer);

        Assert.Equal(["ingest.lines 1/1"], observer.Started);
    }

    [Fact]
    public void Execute_OutputWasChanged_IsMadeAnew()
    {
        RunFolder run = Execute("changed", 2, 16);
        string before = Digests(run);
        string shard = run.Documents[0].Files()[0].Path;
        byte[] bytes = File.ReadAllBytes(shard);
        bytes[100] ^= 1;
        File.WriteAllBytes(shard, bytes);

        Assert.Equal(before, Digests(Execute("changed", 2, 16)));
    }

    [Fact]
    public void Execute_FromARunWhoseBytesChanged_RefusesIt()
    {
        RunFolder run = Execute("earlier", 2, 16);
        File.WriteAllText(Path.Combine(_folder, "later.yaml"), $"name: later\nfrom: [\"{run.Path}\"]\nsources: {{ more: {{ read: {{ test_lines: {{ files: \"{_folder}/a.txt\" }} }} }} }}");
        File.AppendAllText(run.Documents[0].Files()[0].Path, "x");

        var error = Assert.Throws<InputException>(() => Execute("later", 1, 16, pipeline: "later.yaml"));

        Assert.Contains("is not the file its manifest.json describes", error.Message);
    }

    [Fact]
    public void Plan_FiveMistakes_SaysAllWithTheirPlaces()
    {
        File.WriteAllText(Path.Combine(_folder, "wrong.yaml"), """
            name: test
            sede: 7
            sources:
              lines:
                read: { test_linse: { files: a.txt } }
                stages: [test_length: { most: lots }]
              more:
                read: { test_lines: { files: /no/such/file } }
              third:
                stages: []
            """);

        var error = Assert.Throws<ConfigurationException>(() => Execute("wrong", 1, 1, pipeline: "wrong.yaml"));

        string path = Path.Combine(_folder, "wrong.yaml");
        Assert.Equal($"""
            {path}:2:1: there is no section `sede` (did you mean `seed`?)
            {path}:5:13: there is no source `test_linse` (did you mean `test_lines`?)
            {path}:6:35: expected a whole number, found "lots"
            {path}:8:25: /no/such/file: there is no such file
            {path}:10:5: this section needs the setting `read`
            """, error.Message);
    }

    private RunFolder Execute(string output, int threads, int batch, SilentObserver? observer = null, string pipeline = "pipeline.yaml")
    {
        var stages = RunPlanner.Stages([], typeof(RunTests).Assembly);
        var variables = new Dictionary<string, string>();
        if (pipeline == "pipeline.yaml")
            variables["folder"] = _folder;
        PlannedRun planned = RunPlanner.Plan(Path.Combine(_folder, pipeline), variables, stages);
        var folder = new RunFolder(Path.Combine(_folder, output));
        using var catalog = new Catalog(folder.CatalogPath, "test", pipeline);
        new LocalExecutor(new Run(planned.File, folder, planned.From, new RunOptions(threads, batch)), catalog, observer ?? new SilentObserver())
            .Execute(planned.Steps, CancellationToken.None);
        return folder;
    }

    /// <summary>Every output file with its digest, as the run's manifest and the files themselves say.</summary>
    private static string Digests(RunFolder run)
    {
        FileEntry[] files = [.. run.Manifest!.Files];
        Assert.All(files, file => Assert.Equal(file.Sha256, FileEntry.Digest(Path.Combine(run.Path, file.Path))));
        return string.Join('\n', files.Select(file => $"{file.Path} {file.Sha256}")) + FileEntry.Digest(run.Output("ingest.lines") is { } made ? Path.Combine(made.Folder, "manifest.json") : "");
    }
}
