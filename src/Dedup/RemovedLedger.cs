using DataPipeline.Parquet;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>A document that deduplication removed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">The kind that found it, such as <c>exact</c> or <c>minhash</c>.</param>
/// <param name="Cluster">Number of its cluster: the survivor's number in the corpus before deduplication; -1 where too little was left of it.</param>
/// <param name="Survivor">Id of the document that stayed for it; a later kind may have removed that one too. Empty where too little was left.</param>
/// <param name="Similarity">Similarity to the survivor: 1 for exact, the share of equal signature positions for minhash; the share cut where too little was left.</param>
public sealed record Removal(string Id, string Kind, long Cluster, string Survivor, double Similarity);

/// <summary>The Parquet files that name every removed document; docs/formats.md describes their columns.</summary>
public static class RemovedLedger
{
    /// <summary>Role of the files in the manifest of the step.</summary>
    public const string Role = "removed";

    /// <summary>Cluster of a document that was dropped because too little was left of it.</summary>
    public const long NoCluster = -1;

    internal static ParquetSchema NewSchema() => new(
        new DataField<string>("id", isNullable: false), new DataField<string>("kind", isNullable: false), new DataField<long>("cluster"),
        new DataField<string>("survivor", isNullable: false), new DataField<double>("similarity"));

    /// <summary>The rows of one file in order.</summary>
    public static IEnumerable<Removal> Read(string path)
    {
        using ParquetReader reader = ParquetReader.Open(path);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            BinaryColumnBuffer Binary(string name) => (BinaryColumnBuffer)group.Read(reader.Schema.FindDataField(name));
            BinaryColumnBuffer ids = Binary("id"), kinds = Binary("kind"), survivors = Binary("survivor");
            var clusters = (ColumnBuffer<long>)group.Read(reader.Schema.FindDataField("cluster"));
            var similarities = (ColumnBuffer<double>)group.Read(reader.Schema.FindDataField("similarity"));
            for (int row = 0; row < ids.ValueCount; row++)
                yield return new Removal(ids.GetString(row), kinds.GetString(row), clusters.Values[row], survivors.GetString(row), similarities.Values[row]);
        }
    }

    /// <summary>What was decided about a document in a finished run: its row, or null when it stayed or never came so far.</summary>
    /// <param name="runFolder">Folder of the run.</param>
    /// <param name="id">Id of the document.</param>
    public static Removal? Find(string runFolder, string id) =>
        All(new RunFolder(runFolder)).FirstOrDefault(removal => removal.Id == id);

    /// <summary>Everything that the finished steps of a run removed.</summary>
    public static IEnumerable<Removal> All(RunFolder run) => Finished(run).SelectMany(step => step.Files(Role)).SelectMany(file => Read(file.Path));

    /// <summary>The largest clusters of a run, the largest first.</summary>
    public static IEnumerable<TopCluster> TopClusters(RunFolder run) =>
        run.Output(Steps.ClustersStep.StepName)?.Manifest.Fact(TopCluster.Fact) is { } fact
            ? ManifestJson.Value<TopCluster[]>(fact).OrderByDescending(cluster => cluster.Size) : [];

    /// <summary>The finished steps of a run that remove documents.</summary>
    internal static IEnumerable<Artifact> Finished(RunFolder run) =>
        Directory.Exists(run.Path)
            ? Directory.EnumerateDirectories(run.Path, "dedup*").Order(StringComparer.Ordinal).Select(folder => run.Output(Path.GetFileName(folder))).OfType<Artifact>()
            : [];
}

/// <summary>Writes a ledger of removed documents.</summary>
internal sealed class RemovedLedgerWriter(string path) : IDisposable
{
    private readonly RowWriter _rows = new(path, RemovedLedger.NewSchema());

    /// <summary>Rows added.</summary>
    public long Rows => _rows.Count;

    public void Add(Removal removal)
    {
        _rows.Binary("id").Add(removal.Id);
        _rows.Binary("kind").Add(removal.Kind);
        _rows.Long("cluster").Add(removal.Cluster);
        _rows.Binary("survivor").Add(removal.Survivor);
        _rows.Double("similarity").Add(removal.Similarity);
        _rows.EndRow();
    }

    public void Finish() => _rows.Finish();

    public void Dispose() => _rows.Dispose();
}
