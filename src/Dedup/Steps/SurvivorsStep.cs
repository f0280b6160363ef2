using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Writes what stays, shard by shard in corpus order, and the ledger of what was removed.</summary>
internal sealed class SurvivorsStep(KindList kinds, Rehydration? rehydration, string settings) : Step(StepName, ArtifactKind.Documents, settings)
{
    public const string StepName = "dedup";

    /// <summary>Metadata of a survivor: documents of its clusters, and how often it is worth repeating.</summary>
    public const string SizeKey = "cluster_size", CopiesKey = "copies";

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        IReadOnlyList<FileEntry> decisions = run.Output(ClustersStep.StepName).Files(ClustersStep.DecisionRole), sizes = run.Output(ClustersStep.StepName).Files(ClustersStep.SizeRole);
        return [.. run.Documents.Select((shard, i) => new SurvivorsTask($"{i:D5}", shard, decisions[i], sizes.ElementAtOrDefault(i), kinds, rehydration))];
    }

    public override IEnumerable<string> Summary(StepManifest manifest)
    {
        long read = manifest.Sources.Values.Sum(counts => counts.Read), kept = manifest.Sources.Values.Sum(counts => counts.Kept);
        IEnumerable<string> reasons = manifest.Sources.Values.SelectMany(counts => counts.Dropped).GroupBy(drop => drop.Key, drop => drop.Value)
            .OrderBy(drop => drop.Key, StringComparer.Ordinal).Select(drop => $", {drop.Sum()} {drop.Key[(drop.Key.IndexOf('/') + 1)..]}");
        yield return $"dedup: {kept} of {read} documents stay{string.Concat(reasons)}";
    }
}

internal sealed class SurvivorsTask(string name, FileEntry shard, FileEntry decisions, FileEntry? sizes, KindList kinds, Rehydration? rehydration)
    : StepTask(name, sizes is null ? [shard, decisions] : [shard, decisions, sizes])
{
    public override void Execute(TaskContext context)
    {
        string keptName = $"documents-{Name}.parquet", removedName = $"removed-{Name}.parquet";
        using var kept = new DocumentShardWriter(context.NewFile(keptName));
        using var removed = new RemovedLedgerWriter(context.NewFile(removedName));
        using IEnumerator<Decision> next = DecisionFile.Read(decisions.Path).GetEnumerator();
        using IEnumerator<(int Row, int Size)> size = (sizes is null ? [] : SizeFile.Read(sizes.Path)).GetEnumerator();
        int row = 0, removal = next.MoveNext() ? next.Current.Row : -1, sized = size.MoveNext() ? size.Current.Row : -1;
        long shown = 0;
        foreach (Document document in DocumentShard.Read(shard.Path))
        {
            SourceCounts counts = context.Tally[document.Source];
            counts.Read++;
            if (row == removal)
            {
                Decision decision = next.Current;
                counts.Drop(SurvivorsStep.StepName, kinds[decision.Kind].Reason);
                removed.Add(new Removal(document.Id, kinds.Label(decision.Kind), decision.Cluster, decision.Survivor, decision.Similarity));
                removal = next.MoveNext() ? next.Current.Row : -1;
            }
            else
            {
                counts.Kept++;
                counts.Characters += document.CodePoints;
                kept.Add(row == sized ? Sized(document, size.Current.Size) : document);
            }
            if (row == sized)
                sized = size.MoveNext() ? size.Current.Row : -1;
            long done = shard.Rows == 0 ? 0 : (long)((double)++row / shard.Rows * shard.Bytes);
            context.Advance(done - shown);
            shown = done;
            if (row % 1024 == 0)
                context.Cancel.ThrowIfCancellationRequested();
        }
        if (removal >= 0)
            throw new InputException($"{shard.Path} has {row} documents, but {decisions.Path} removes row {removal}; delete the run's dedup folders and run again");
        kept.Finish();
        removed.Finish();
        context.Describe(keptName, kept.Rows);
        context.Describe(removedName, removed.Rows, role: RemovedLedger.Role);
    }

    private Document Sized(Document document, int size)
    {
        document = document.With(SurvivorsStep.SizeKey, size.ToString(CultureInfo.InvariantCulture));
        return rehydration is null ? document : document.With(SurvivorsStep.CopiesKey, rehydration.Copies(size).ToString(CultureInfo.InvariantCulture));
    }
}
