using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Dedup;

/// <summary>Runs the dedup section over documents that a finished run left, as a person would through a pipeline file.</summary>
internal sealed class DedupRun : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dedup-").FullName;

    /// <summary>Writes the earlier run.</summary>
    /// <param name="shards">Documents by source and shard.</param>
    public DedupRun(params (string Source, Document[][] Shards)[] shards)
    {
        var steps = new List<string>();
        foreach ((string source, Document[][] documents) in shards)
        {
            string step = $"ingest.{source}", folder = Directory.CreateDirectory(Path.Combine(_root, "from", step)).FullName;
            steps.Add(step);
            var files = new List<FileEntry>();
            var tally = new Tally();
            for (int i = 0; i < documents.Length; i++)
            {
                string path = Path.Combine(folder, $"{i:D5}.parquet");
                using var shard = new DocumentShardWriter(path);
                foreach (Document document in documents[i])
                {
                    shard.Add(document with { Source = source });
                    tally[source].Read++;
                    tally[source].Kept++;
                }
                shard.Finish();
                files.Add(new FileEntry(Path.GetFileName(path), new FileInfo(path).Length, FileEntry.Digest(path), documents[i].Length));
            }
            ManifestJson.Write(Path.Combine(folder, "manifest.json"), new StepManifest
            {
                Step = step, Makes = ArtifactKind.Ingested, Version = "0.1.0", Seed = 0, Settings = "", Inputs = [], Files = files, Sources = tally.Sources,
                Facts = new Dictionary<string, IReadOnlyDictionary<string, System.Text.Json.JsonElement>>(),
            });
        }
        ManifestJson.Write(Path.Combine(_root, "from", "manifest.json"), new RunManifest("from", "0.1.0", 0, new Dictionary<string, string>(), steps, []));
    }

    public string Folder(string name = "out") => Path.Combine(_root, name);

    /// <summary>Runs <c>dedup: {settings}</c> into a folder.</summary>
    public Run Execute(string settings, string name = "out", int threads = 2, int batch = 128, IRunObserver? observer = null, CancellationToken cancel = default)
    {
        PlannedRun planned = Plan(settings);
        var run = new Run(planned.File, new RunFolder(Folder(name)), planned.From, new RunOptions(threads, batch));
        using var catalog = new Catalog(Path.Combine(_root, $"{name}.db"), name, "");
        new LocalExecutor(run, catalog, observer ?? new Observer(_ => { })).Execute(planned.Steps, cancel);
        return run;
    }

    public PlannedRun Plan(string settings)
    {
        string pipeline = Path.Combine(_root, "pipeline.yaml");
        File.WriteAllText(pipeline, $"name: test\nfrom: ['{Folder("from")}']\ndedup: {settings}\n");
        return RunPlanner.Plan(pipeline, new Dictionary<string, string>(), RunPlanner.Stages([typeof(DedupKind)], typeof(DedupSection).Assembly, typeof(DataPipeline.Tokens.Tokenizer).Assembly, typeof(DataPipeline.Filters.Length).Assembly));
    }

    /// <summary>Ids that stay, in order.</summary>
    public static string[] Kept(Run run) => [.. run.Documents.SelectMany(file => DocumentShard.Read(file.Path)).Select(document => document.Id)];

    /// <summary>Digests of all outputs of the last step, manifest and all.</summary>
    public string Digests(string name, string step = "dedup") => string.Join('\n', Directory.EnumerateFiles(Path.Combine(Folder(name), step))
        .Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {FileEntry.Digest(file)}"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    internal sealed class Observer(Action<string> began) : IRunObserver
    {
        public void StepStarted(Step step, int tasks, int tasksDone, long total, long done) => began($"{step.Name} {tasksDone}/{tasks}");

        public void Advance(long amount, string? status = null) => began("");

        public void Say(string line)
        {
        }

        public void StepFinished(Step step, StepManifest manifest)
        {
        }
    }
}
