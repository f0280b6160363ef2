using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Joins groups into clusters and chooses the survivors: one task, since it remembers every document, 19 bytes each.</summary>
internal sealed class ClustersStep(KindList kinds, IReadOnlyList<string> priority, string settings) : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.clusters", CountFact = "clusters", LargestFact = "largest_cluster";

    public override IReadOnlyList<StepTask> Tasks(Run run) =>
        [new ClustersTask(run.Output(KeysStep.StepName), run.Output(GroupsStep.StepName), kinds, priority)];
}

internal sealed class ClustersTask(Artifact keys, Artifact groups, KindList kinds, IReadOnlyList<string> priority)
    : StepTask("all", [.. keys.Manifest.Files.Select(file => file with { Path = keys.PathOf(file) }), .. groups.Manifest.Files.Select(file => file with { Path = groups.PathOf(file) })])
{
    public override void Execute(TaskContext context)
    {
        KeyFile[] shards = [.. keys.Files("keys").Select(file => new KeyFile(file.Path))];
        int[] firsts = KeyFile.Firsts(shards);
        var clusters = new Clusters(Ranks(shards));
        (long count, int largest) = (0, 0);
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            using var sketches = new Sketches(keys.Files(KeysStep.SketchRole(kind)), kinds[kind], firsts);
            foreach (FileEntry file in groups.Files(GroupsStep.Role(kind)))
            {
                foreach (List<int> group in GroupFile.Read(file.Path))
                    clusters.Join(group, kinds[kind].Verify > 0 ? (a, b) => sketches.Similarity(a, b) >= kinds[kind].Verify : null);
                context.Cancel.ThrowIfCancellationRequested();
            }
            ClusterSizes sizes = clusters.Choose(kind);
            (count, largest) = (count + sizes.Count, Math.Max(largest, sizes.Largest));
            context.Facts[$"{kinds.Label(kind)}_cluster_sizes"] = sizes.Histogram;
        }
        context.Facts[ClustersStep.CountFact] = count;
        context.Facts[ClustersStep.LargestFact] = largest;
        Write(context, shards, firsts, clusters);
        context.Advance(Weight);
    }

    /// <summary>The place of every document's source among the priorities.</summary>
    private ushort[] Ranks(KeyFile[] shards)
    {
        var ranks = new List<(ushort Rank, int Rows)>();
        foreach ((string source, int rows) in shards.SelectMany(shard => shard.Sources))
        {
            int place = priority.TakeWhile(name => name != source).Count();
            ranks.Add(((ushort)place, rows));
        }
        var all = new ushort[ranks.Sum(run => run.Rows)];
        int at = 0;
        foreach ((ushort rank, int rows) in ranks)
        {
            all.AsSpan(at, rows).Fill(rank);
            at += rows;
        }
        return all;
    }

    private void Write(TaskContext context, KeyFile[] shards, int[] firsts, Clusters clusters)
    {
        Sketches[] sketches = [.. Enumerable.Range(0, kinds.Count).Select(kind => new Sketches(keys.Files(KeysStep.SketchRole(kind)), kinds[kind], firsts))];
        IReadOnlyList<FileEntry> idFiles = keys.Files("ids");
        using var ids = new OpenFiles<IdFile>(shard => new IdFile(idFiles[shard].Path));
        for (int shard = 0; shard < shards.Length; shard++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            string name = $"{shard:D5}.decisions";
            using var writer = new BinaryWriter(File.Create(context.NewFile(name), 1 << 16));
            for (int document = firsts[shard]; document < firsts[shard + 1]; document++)
            {
                if (clusters.RemovedBy(document) is not { } removal)
                    continue;
                int home = Sketches.ShardOf(firsts, removal.Survivor);
                DecisionFile.Write(writer, new Decision(document - firsts[shard], removal.Kind, removal.Survivor,
                    ids[home][removal.Survivor - firsts[home]], sketches[removal.Kind].Similarity(document, removal.Survivor)));
            }
            DecisionFile.End(writer);
            context.Describe(name, 0, role: "decisions");
        }
        foreach (Sketches kind in sketches)
            kind.Dispose();
    }
}

/// <summary>The sketches of one kind over all shards, looked up by number of document.</summary>
internal sealed class Sketches(IReadOnlyList<FileEntry> files, DedupKind kind, int[] firsts) : IDisposable
{
    private readonly OpenFiles<SketchFile> _files = new(shard => new SketchFile(files[shard].Path, kind.SketchBytes));
    private readonly byte[] _a = new byte[kind.SketchBytes], _b = new byte[kind.SketchBytes];

    public double Similarity(int a, int b)
    {
        Read(a, _a);
        Read(b, _b);
        return kind.Similarity(_a, _b);
    }

    /// <summary>The shard that holds a document.</summary>
    public static int ShardOf(int[] firsts, int document)
    {
        // Behind an empty shard two entries are equal; the last of them is the shard that holds the document.
        int low = 0, high = firsts.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = firsts[middle] <= document ? (middle, high) : (low, middle);
        }
        return low;
    }

    public void Dispose() => _files.Dispose();

    private void Read(int document, byte[] sketch)
    {
        if (sketch.Length == 0)
            return;
        int shard = ShardOf(firsts, document);
        _files[shard].Read(document - firsts[shard], sketch);
    }
}
