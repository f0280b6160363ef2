using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Joins groups into clusters and chooses the survivors: one task, since it remembers every document, 9 bytes each (2 more with priorities or indexes, 8
/// more with a survivor rule, 4 more with sizes).</summary>
/// <param name="kinds">The kinds.</param>
/// <param name="against">Keys of earlier runs, whose documents survive all others and are not written.</param>
/// <param name="priority">Sources in the order in which their documents survive.</param>
/// <param name="sizes">Writes how large the cluster of each survivor is.</param>
/// <param name="settings">Settings.</param>
internal sealed class ClustersStep(KindList kinds, IReadOnlyList<Artifact> against, IReadOnlyList<string> priority, bool sizes, string settings)
    : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.clusters", CountFact = "clusters", LargestFact = "largest_cluster", FirstFact = "first_document", DecisionRole = "decisions", SizeRole = "sizes";

    public override IEnumerable<Type> Code => [GetType(), .. kinds.Types];

    public override IReadOnlyList<StepTask> Tasks(Run run) => [new ClustersTask(
        [.. against, run.Output(KeysStep.StepName)], run.Output(GroupsStep.StepName), run.Made.FirstOrDefault(made => made.Manifest.Step == TextsStep.StepName), kinds, priority, sizes)];
}

internal sealed class ClustersTask(Artifact[] keys, Artifact groups, Artifact? texts, KindList kinds, IReadOnlyList<string> priority, bool writesSizes)
    : StepTask("all", [.. keys.Append(groups).Concat(texts is null ? [] : [texts]).SelectMany(made => made.Manifest.Files.Select(file => file with { Path = made.PathOf(file) }))])
{
    /// <summary>Shards of earlier runs, which stand before those of this one.</summary>
    private readonly int _others = keys[..^1].Sum(index => index.Files("keys").Count);

    public override void Execute(TaskContext context)
    {
        KeyFile[] shards = [.. KeyFiles("keys").Select(file => new KeyFile(file.Path))];
        int[] firsts = KeyFile.Firsts(shards);
        var clusters = new Clusters(firsts[^1], Ranks(shards), Values(firsts));
        (long count, int largest) = (0, 0);
        var top = new List<(int Kind, int Survivor, int Size)>();
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            using Sketches sketches = Open(kind, firsts);
            PairCheck? check = kinds[kind].Verify > 0 ? new PairCheck(sketches.Load, sketches.Similarity, kinds[kind].Verify, kinds[kind].VerifiesAllPairs) : null;
            foreach (FileEntry file in groups.Files(GroupsStep.Role(kind)))
            {
                foreach (List<int> group in GroupFile.Read(file.Path))
                    clusters.Join(group, check);
                context.Cancel.ThrowIfCancellationRequested();
            }
            ClusterSizes found = clusters.Choose(kind);
            (count, largest) = (count + found.Count, Math.Max(largest, found.Largest));
            top.AddRange(found.Top.Select(cluster => (kind, cluster.Survivor, cluster.Size)));
            context.Facts[$"{kinds.Label(kind)}_cluster_sizes"] = found.Histogram;
        }
        context.Facts[ClustersStep.CountFact] = count;
        context.Facts[ClustersStep.LargestFact] = largest;
        context.Facts[ClustersStep.FirstFact] = firsts[_others];
        Write(context, firsts, clusters, top);
        if (writesSizes)
            WriteSizes(context, firsts, clusters);
        context.Advance(Weight);
    }

    private IReadOnlyList<FileEntry> KeyFiles(string role) => [.. keys.SelectMany(made => made.Files(role))];

    /// <summary>The place of every document among the priorities, those of earlier runs before all; null when all are equal.</summary>
    private ushort[]? Ranks(KeyFile[] shards)
    {
        if (priority.Count == 0 && _others == 0)
            return null;
        var all = new ushort[shards.Sum(shard => shard.Rows)];
        int at = 0;
        for (int shard = 0; shard < shards.Length; shard++)
        {
            foreach ((string source, int rows) in shards[shard].Sources)
            {
                all.AsSpan(at, rows).Fill(shard < _others ? (ushort)0 : (ushort)(1 + priority.TakeWhile(name => name != source).Count()));
                at += rows;
            }
        }
        return all;
    }

    private long[]? Values(int[] firsts)
    {
        if (KeyFiles(KeysStep.ValueRole) is not { Count: > 0 } files)
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

    private Sketches Open(int kind, int[] firsts) =>
        new(KeyFiles(KeysStep.SketchRole(kind)), kinds[kind].KeepsTexts ? KeyFiles(TextsStep.Role(kind)) : kinds[kind].VerifiesTexts ? texts!.Files(TextsStep.Role(kind)) : [], kinds[kind], firsts);

    private void Write(TaskContext context, int[] firsts, Clusters clusters, List<(int Kind, int Survivor, int Size)> top)
    {
        Sketches[] sketches = [.. Enumerable.Range(0, kinds.Count).Select(kind => Open(kind, firsts))];
        IReadOnlyList<FileEntry> idFiles = KeyFiles("ids");
        using var ids = new OpenFiles<IdFile>(shard => new IdFile(idFiles[shard].Path));
        string IdOf(int document) => Sketches.ShardOf(firsts, document) is var shard ? ids[shard][document - firsts[shard]] : "";
        for (int shard = _others; shard < firsts.Length - 1; shard++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            string name = $"{shard - _others:D5}.decisions";
            using var writer = new BinaryWriter(File.Create(context.NewFile(name), 1 << 16));
            for (int document = firsts[shard]; document < firsts[shard + 1]; document++)
            {
                if (clusters.RemovedBy(document) is not { } removal)
                    continue;
                Sketches compared = sketches[removal.Kind];
                DecisionFile.Write(writer, new Decision(document - firsts[shard], removal.Kind, removal.Survivor, IdOf(removal.Survivor),
                    compared.Similarity(compared.Load(document), compared.Load(removal.Survivor))));
            }
            DecisionFile.End(writer);
            context.Describe(name, 0, role: ClustersStep.DecisionRole);
        }
        context.Facts[TopCluster.Fact] = top.Select(cluster => new TopCluster(kinds.Label(cluster.Kind), cluster.Survivor, cluster.Size, IdOf(cluster.Survivor))).ToArray();
        foreach (Sketches kind in sketches)
            kind.Dispose();
    }

    /// <summary>A survivor counts for the documents that went for it, and for those that had gone for them.</summary>
    private void WriteSizes(TaskContext context, int[] firsts, Clusters clusters)
    {
        var sizes = new int[firsts[^1]];
        sizes.AsSpan().Fill(1);
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            for (int document = 0; document < sizes.Length; document++)
            {
                if (clusters.RemovedBy(document) is { } removal && removal.Kind == kind)
                    sizes[removal.Survivor] += sizes[document];
            }
        }
        for (int shard = _others; shard < firsts.Length - 1; shard++)
        {
            string name = $"{shard - _others:D5}.sizes";
            using var writer = new BinaryWriter(File.Create(context.NewFile(name), 1 << 16));
            for (int document = firsts[shard]; document < firsts[shard + 1]; document++)
            {
                if (sizes[document] > 1 && clusters.RemovedBy(document) is null)
                    SizeFile.Write(writer, document - firsts[shard], sizes[document]);
            }
            SizeFile.End(writer);
            context.Describe(name, 0, role: ClustersStep.SizeRole);
        }
    }
}
