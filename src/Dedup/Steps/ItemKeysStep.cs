using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Keys of the items of every document (lines, spans, windows of bytes), which are numbered through the corpus; a task a shard.</summary>
/// <param name="name">Name of the step.</param>
/// <param name="settings">Settings that the keys depend on.</param>
/// <param name="kind">Type whose code makes the keys.</param>
/// <param name="keysOf">The keys of each document of a shard, given by its number, in order.</param>
/// <param name="needs">Earlier steps of the kind whose outputs <paramref name="keysOf"/> reads.</param>
internal sealed class ItemKeysStep(
    string name, string settings, Type kind, Func<Run, int, TaskContext, IEnumerable<UInt128[]>> keysOf, params string[] needs) : Step(name, ArtifactKind.Other, settings)
{
    public override IEnumerable<Type> Code => [GetType(), kind];

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        FileEntry[] needed = [.. needs.SelectMany(step => run.Output(step).Manifest.Files.Select(file => file with { Path = run.Output(step).PathOf(file) }))];
        return [.. run.Documents.Select((shard, i) => new ItemKeysTask($"{i:D5}", [shard, .. needed], context => keysOf(run, i, context)))];
    }

    /// <summary>Number in the corpus of the first item of each shard, and of the end.</summary>
    public static long[] Firsts(Artifact keys)
    {
        IReadOnlyList<FileEntry> files = keys.Files("keys");
        var firsts = new long[files.Count + 1];
        for (int shard = 0; shard < files.Count; shard++)
            firsts[shard + 1] = firsts[shard] + new KeyFile(files[shard].Path).Rows;
        return firsts;
    }
}

internal sealed class ItemKeysTask(string name, IReadOnlyList<FileEntry> inputs, Func<TaskContext, IEnumerable<UInt128[]>> keysOf) : StepTask(name, inputs)
{
    public override long Weight => Inputs[0].Bytes;

    public override void Execute(TaskContext context)
    {
        string keyName = $"{Name}.keys";
        using var keys = new KeyFileWriter(context.NewFile(keyName), kinds: 1);
        long rows = 0, shown = 0;
        foreach (UInt128[] document in keysOf(context))
        {
            foreach (UInt128 key in document)
                keys.Add(key);
            long done = Inputs[0].Rows == 0 ? 0 : (long)((double)++rows / Inputs[0].Rows * Weight);
            context.Advance(done - shown);
            shown = done;
        }
        keys.Finish();
        context.Describe(keyName, 0, role: "keys");
    }
}
