using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Finds the items whose key occurs more than once: all but the first of each, or all; a task takes as many of the 256 buckets as its memory holds.</summary>
internal sealed class ItemGroupsStep(string name, string settings, string keysStep, bool keepsFirst, long memoryBytes) : Step(name, ArtifactKind.Other, settings)
{
    /// <summary>Role of the numbers of the items found.</summary>
    public const string Role = "items";

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        IReadOnlyList<FileEntry> keys = run.Output(keysStep).Files("keys");
        long[] firsts = ItemKeysStep.Firsts(run.Output(keysStep));
        int tasks = GroupsStep.TaskCount(keys, memoryBytes);
        return [.. Enumerable.Range(0, tasks).Select(i =>
            new ItemGroupsTask($"{i:D3}-of-{tasks:D3}", keys, firsts, keepsFirst, fromBucket: i * 256 / tasks, toBucket: (i + 1) * 256 / tasks))];
    }
}

internal sealed class ItemGroupsTask(string name, IReadOnlyList<FileEntry> keys, long[] firsts, bool keepsFirst, int fromBucket, int toBucket) : StepTask(name, keys)
{
    public override long Weight => Inputs.Sum(input => input.Bytes) * (toBucket - fromBucket) / 256;

    public override void Execute(TaskContext context)
    {
        KeyFile[] files = [.. Inputs.Select(file => new KeyFile(file.Path))];
        var buckets = new (UInt128[] Keys, long[] Items)[toBucket - fromBucket];
        for (int bucket = 0; bucket < buckets.Length; bucket++)
        {
            long count = files.Sum(file => file.Count(0, fromBucket + bucket));
            buckets[bucket] = (new UInt128[count], new long[count]);
        }
        var filled = new int[buckets.Length];
        for (int shard = 0; shard < files.Length; shard++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            foreach (DocumentKey key in files[shard].Read(0, fromBucket, toBucket))
            {
                int bucket = key.Bucket - fromBucket, at = filled[bucket]++;
                (buckets[bucket].Keys[at], buckets[bucket].Items[at]) = (key.Value, firsts[shard] + key.Row);
            }
        }
        var found = new List<long>();
        foreach (List<long> items in Flow.Ordered(buckets, Repeated, context.Threads, batch: 1, cancel: context.Cancel))
            found.AddRange(items);
        found.Sort();
        string output = $"{Name}.items";
        NumberFile.Write(context.NewFile(output), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(found));
        context.Describe(output, 0, role: ItemGroupsStep.Role);
        context.Advance(Weight);
    }

    private List<long> Repeated((UInt128[] Keys, long[] Items) bucket)
    {
        Array.Sort(bucket.Keys, bucket.Items);
        var repeated = new List<long>();
        for (int start = 0, end; start < bucket.Keys.Length; start = end)
        {
            for (end = start + 1; end < bucket.Keys.Length && bucket.Keys[end] == bucket.Keys[start];)
                end++;
            if (end - start == 1)
                continue;
            Span<long> items = bucket.Items.AsSpan(start..end);
            items.Sort();
            foreach (long item in keepsFirst ? items[1..] : items)
                repeated.Add(item);
        }
        return repeated;
    }
}
