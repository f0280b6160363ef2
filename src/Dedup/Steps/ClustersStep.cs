using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Joins groups into clusters and chooses the survivors: one task, since it remembers every document, 9 bytes each (2 more with priorities, 8 more
/// with a survivor rule).</summary>
internal sealed class ClustersStep(KindList kinds, IReadOnlyList<string> priority, string settings) : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.clusters", CountFact = "clusters", LargestFact = "largest_cluster";

    public override IEnumerable<Type> Code => [GetType(), .. kinds.Types];

    public override IReadOnlyList<StepTask> Tasks(Run run) => [new ClustersTask(
        [run.Output(KeysStep.StepName), run.Output(GroupsStep.StepName), .. run.Made.Where(made => made.Manifest.Step == TextsStep.StepName)], kinds, priority)];
}

internal sealed class ClustersTask(Artifact[] made, KindList kinds, IReadOnlyList<string> priority)
    : StepTask("all", [.. made.SelectMany(made => made.Manifest.Files.Select(file => file with { Path = made.PathOf(file) }))])
{
    private readonly Artifact _keys = made[0], _groups = made[1];
    private readonly Artifact? _texts = made.ElementAtOrDefault(2);

    public override void Execute(TaskContext context)
    {
        KeyFile[] shards = [.. _keys.Files("keys").Select(file => new KeyFile(file.Path))];
        int[] firsts = KeyFile.Firsts(shards);
        var clusters = new Clusters(firsts[^1], Ranks(shards), Values(firsts));
        (long count, int largest) = (0, 0);
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            using Sketches sketches = Open(kind, firsts);
            PairCheck? check = kinds[kind].Verify > 0 ? new PairCheck(sketches.Load, sketches.Similarity, kinds[kind].Verify, kinds[kind].VerifiesAllPairs) : null;
            foreach (FileEntry file in _groups.Files(GroupsStep.Role(kind)))
            {
                foreach (List<int> group in GroupFile.Read(file.Path))
                    clusters.Join(group, check);
                context.Cancel.ThrowIfCancellationRequested();
            }
            ClusterSizes sizes = clusters.Choose(kind);
            (count, largest) = (count + sizes.Count, Math.Max(largest, sizes.Largest));
            context.Facts[$"{kinds.Label(kind)}_cluster_sizes"] = sizes.Histogram;
        }
        context.Facts[ClustersStep.CountFact] = count;
        context.Facts[ClustersStep.LargestFact] = largest;
        Write(context, firsts, clusters);
        context.Advance(Weight);
    }

    /// <summary>The place of every document's source among the priorities; null when there are none.</summary>
    private ushort[]? Ranks(KeyFile[] shards)
    {
        if (priority.Count == 0)
            return null;
        var all = new ushort[shards.Sum(shard => shard.Rows)];
        int at = 0;
        foreach ((string source, int rows) in shards.SelectMany(shard => shard.Sources))
        {
            all.AsSpan(at, rows).Fill((ushort)priority.TakeWhile(name => name != source).Count());
            at += rows;
        }
        return all;
    }

    private long[]? Values(int[] firsts)
    {
        if (_keys.Files(KeysStep.ValueRole) is not { Count: > 0 } files)
            return null;
        var values = new long[firsts[^1]];
        for (int shard = 0; shard < files.Count; shard++)
        {
            using var reader = new BinaryReader(new FileStream(files[shard].Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
            for (int document = firsts[shard]; document < firsts[shard + 1]; document++)
                values[document] = reader.ReadInt64();
        }
        return values;
    }

    private Sketches Open(int kind, int[] firsts) => new(
        _keys.Files(KeysStep.SketchRole(kind)), kinds[kind].VerifiesTexts ? _texts!.Files(TextsStep.Role(kind)) : [], kinds[kind], firsts);

    private void Write(TaskContext context, int[] firsts, Clusters clusters)
    {
        Sketches[] sketches = [.. Enumerable.Range(0, kinds.Count).Select(kind => Open(kind, firsts))];
        IReadOnlyList<FileEntry> idFiles = _keys.Files("ids");
        using var ids = new OpenFiles<IdFile>(shard => new IdFile(idFiles[shard].Path));
        for (int shard = 0; shard < firsts.Length - 1; shard++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            string name = $"{shard:D5}.decisions";
            using var writer = new BinaryWriter(File.Create(context.NewFile(name), 1 << 16));
            for (int document = firsts[shard]; document < firsts[shard + 1]; document++)
            {
                if (clusters.RemovedBy(document) is not { } removal)
                    continue;
                int home = Sketches.ShardOf(firsts, removal.Survivor);
                Sketches compared = sketches[removal.Kind];
                DecisionFile.Write(writer, new Decision(document - firsts[shard], removal.Kind, removal.Survivor,
                    ids[home][removal.Survivor - firsts[home]], compared.Similarity(compared.Load(document), compared.Load(removal.Survivor))));
            }
            DecisionFile.End(writer);
            context.Describe(name, 0, role: "decisions");
        }
        foreach (Sketches kind in sketches)
            kind.Dispose();
    }
}
