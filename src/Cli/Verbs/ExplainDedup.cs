using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary>What <c>explain</c> says about duplicates: the cluster of a document and how it differs from the survivor, or the largest clusters of a run.</summary>
internal static class ExplainDedup
{
    private const int MostMembers = 5, MostLines = 40;

    /// <summary>The cluster of a removed document, and the difference by words.</summary>
    public static void Write(PlannedRun planned, RunFolder run, Removal removed, Document document)
    {
        if (removed.Survivor.Length == 0)
        {
            Console.WriteLine($"dedup     dropped: {removed.Kind} cut {removed.Similarity:P1} of it, and too little was left");
            return;
        }
        Console.WriteLine($"dedup     dropped: {removed.Kind}_duplicate, cluster {removed.Cluster}, similarity {removed.Similarity:F3} to the survivor {removed.Survivor}");
        Removal[] cluster = [.. RemovedLedger.All(run).Where(row => row.Kind == removed.Kind && row.Cluster == removed.Cluster)];
        Console.WriteLine($"cluster   {cluster.Length + 1:N0} documents: {removed.Survivor} and {string.Join(", ", cluster.Take(MostMembers).Select(row => row.Id))}{(cluster.Length > MostMembers ? ", ..." : "")}");
        if (Survivor(planned, removed.Survivor) is not { } survivor)
        {
            Console.WriteLine("          the survivor's text is not at hand: it came from an earlier run");
            return;
        }
        string[] lines = [.. WordDiff.Lines(survivor.Text, document.Text)];
        Console.WriteLine("difference by words, - of the survivor, + of this document:");
        foreach (string line in lines.Take(MostLines))
            Console.WriteLine($"  {line}");
        if (lines.Length > MostLines)
            Console.WriteLine($"  ... {lines.Length - MostLines:N0} more");
    }

    /// <summary>The largest clusters of a run with the start of their texts.</summary>
    public static int TopClusters(RunFolder run)
    {
        TopCluster[] top = [.. RemovedLedger.TopClusters(run).Take(TopCluster.Most)];
        var wanted = top.Select(cluster => cluster.Survivor).ToHashSet();
        var texts = run.Documents.SelectMany(made => made.Files()).SelectMany(file => DocumentShard.Read(file.Path)).Where(document => wanted.Contains(document.Id))
            .ToDictionary(document => document.Id, document => TopCluster.Start(document.Text));
        foreach (TopCluster cluster in top)
        {
            Console.WriteLine($"{cluster.Size,10:N0} documents  {cluster.Kind}  cluster {cluster.Cluster}  survivor {cluster.Survivor}");
            Console.WriteLine($"            {texts.GetValueOrDefault(cluster.Survivor, "(removed by a later kind, or of an earlier run)")}");
        }
        if (top.Length == 0)
            Console.WriteLine($"{run.Path} has no clusters of duplicates");
        return ExitCode.Done;
    }

    private static Document? Survivor(PlannedRun planned, string id)
    {
        if (DocumentAddress.Parse(id, planned.File) is not { } address)
            return null;
        SourceSection section = planned.File.Sources[address.Source];
        return ExplainVerb.Find(section.Read, address) is { } record ? new DocumentJudge(address.Source, section).Judge(record).Verdict.Document : null;
    }
}
