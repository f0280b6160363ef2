using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Sorts keys into groups of documents that share one; a task takes as many of the 256 buckets as its memory holds.</summary>
/// <remarks>Sorting in memory was chosen over merging sorted files: buckets are as small as one likes, and a task reads every key file once.</remarks>
/// <param name="kinds">The kinds.</param>
/// <param name="against">Keys of earlier runs, whose documents are numbered before those of this one.</param>
/// <param name="settings">Settings.</param>
/// <param name="memoryBytes">Bytes a task may hold.</param>
internal sealed class GroupsStep(KindList kinds, IReadOnlyList<Artifact> against, string settings, long memoryBytes) : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.groups";

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        foreach (Artifact index in against)
            index.Verify();
        IReadOnlyList<FileEntry> keys = [.. against.Append(run.Output(KeysStep.StepName)).SelectMany(made => made.Files("keys"))];
        int tasks = TaskCount(keys, memoryBytes);
        return [.. Enumerable.Range(0, tasks).Select(i =>
            new GroupsTask($"{i:D3}-of-{tasks:D3}", keys, kinds, fromBucket: i * 256 / tasks, toBucket: (i + 1) * 256 / tasks))];
    }

    /// <summary>Tasks that sort keys within a budget: in memory a key with its place takes 32 bytes, and half is left for uneven buckets and the groups themselves.</summary>
    public static int TaskCount(IReadOnlyList<FileEntry> keys, long memoryBytes)
    {
        long bytes = keys.Sum(file => file.Bytes) / DocumentKey.Bytes * 32 * 2;
        return (int)Math.Clamp((bytes + memoryBytes - 1) / memoryBytes, 1, 256);
    }

    /// <summary>Role of the groups of a kind.</summary>
    public static string Role(int kind) => $"groups-{kind}";

    /// <summary>Role of the numbers of all documents in groups of a kind, where their texts are compared.</summary>
    public static string CandidateRole(int kind) => $"candidates-{kind}";
}

internal sealed class GroupsTask(string name, IReadOnlyList<FileEntry> keys, KindList kinds, int fromBucket, int toBucket) : StepTask(name, keys)
{
    public override long Weight => Inputs.Sum(input => input.Bytes) * (toBucket - fromBucket) / 256;

    public override void Execute(TaskContext context)
    {
        KeyFile[] files = [.. Inputs.Select(file => new KeyFile(file.Path))];
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            string groups = $"{Name}.{kind}.groups";
            using var writer = new BinaryWriter(File.Create(context.NewFile(groups), 1 << 16));
            DocumentKey[][] buckets = Load(files, kind, context);
            var candidates = new List<int>();
            foreach (int[] found in Flow.Ordered(buckets, Groups, context.Threads, batch: 1, cancel: context.Cancel))
            {
                GroupFile.Write(writer, found);
                if (kinds[kind].VerifiesTexts)
                    candidates.AddRange(Members(found));
            }
            if (kinds[kind].VerifiesTexts)
            {
                string name = $"{Name}.{kind}.candidates";
                NumberFile.Write(context.NewFile(name), [.. candidates.Order().Distinct().Select(document => (long)document)]);
                context.Describe(name, 0, role: GroupsStep.CandidateRole(kind));
            }
            writer.Write7BitEncodedInt(0);
            context.Describe(groups, 0, role: GroupsStep.Role(kind));
            context.Advance(Weight / kinds.Count);
        }
    }

    private DocumentKey[][] Load(KeyFile[] files, int kind, TaskContext context)
    {
        var buckets = new DocumentKey[toBucket - fromBucket][];
        for (int bucket = 0; bucket < buckets.Length; bucket++)
            buckets[bucket] = new DocumentKey[files.Sum(file => file.Count(kind, fromBucket + bucket))];
        var filled = new int[buckets.Length];
        int[] firsts = KeyFile.Firsts(files);
        for (int shard = 0; shard < files.Length; shard++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            foreach (DocumentKey key in files[shard].Read(kind, fromBucket, toBucket))
            {
                int bucket = key.Bucket - fromBucket;
                buckets[bucket][filled[bucket]++] = key with { Row = firsts[shard] + key.Row };
            }
        }
        return buckets;
    }

    /// <summary>The documents of groups that stand one behind another as count and documents.</summary>
    private static IEnumerable<int> Members(int[] groups)
    {
        for (int i = 0; i < groups.Length; i += groups[i] + 1)
        {
            for (int member = 1; member <= groups[i]; member++)
                yield return groups[i + member];
        }
    }

    private static int[] Groups(DocumentKey[] keys)
    {
        Array.Sort(keys);
        var groups = new List<int>();
        for (int start = 0, end; start < keys.Length; start = end)
        {
            for (end = start + 1; end < keys.Length && keys[end].Value == keys[start].Value;)
                end++;
            int head = groups.Count;
            groups.Add(0);
            for (int i = start; i < end; i++)
            {
                if (i == start || keys[i].Row != keys[i - 1].Row)
                    groups.Add(keys[i].Row);
            }
            groups[head] = groups.Count - head - 1;
            if (groups[head] == 1)
                groups.RemoveRange(head, 2);
        }
        return [.. groups];
    }
}
