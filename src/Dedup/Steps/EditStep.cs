using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Cuts the duplicates of one kind from the documents and writes the corpus anew, with ledgers of what was cut and of the documents dropped.</summary>
/// <param name="name">Name of the step.</param>
/// <param name="settings">Settings it depends on.</param>
/// <param name="kind">Type whose code makes the edits.</param>
/// <param name="label">Name of the kind in the ledgers.</param>
/// <param name="keysStep">The step that numbered the items.</param>
/// <param name="groupsStep">The step that found the duplicates among them.</param>
/// <param name="left">What a document that lost something has to pass.</param>
/// <param name="edits">The edits of a shard's documents in order, from the number of the shard and a flag for each of its items.</param>
/// <param name="needs">Earlier steps of the kind whose outputs <paramref name="edits"/> reads beside those two.</param>
internal sealed class EditStep(
    string name, string settings, Type kind, string label, string keysStep, string groupsStep, Func<Document, Verdict> left,
    Func<Run, int, bool[], TaskContext, IEnumerable<DocumentEdit>> edits, params string[] needs) : Step(name, ArtifactKind.Documents, settings)
{
    public override IEnumerable<Type> Code => [GetType(), kind];

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        long[] firsts = ItemKeysStep.Firsts(run.Output(keysStep));
        IReadOnlyList<FileEntry> items = run.Output(groupsStep).Files(ItemGroupsStep.Role);
        FileEntry[] needed = [.. needs.Append(keysStep).SelectMany(step => run.Output(step).Manifest.Files.Select(file => file with { Path = run.Output(step).PathOf(file) }))];
        return [.. run.Documents.Select((shard, i) => new EditTask($"{i:D5}", [shard, .. items, .. needed], label, left,
            context => edits(run, i, NumberFile.Flags(items, firsts[i], firsts[i + 1]), context)))];
    }

    public override IEnumerable<string> Summary(StepManifest manifest) => [EditedShards.Line(Name, manifest)];
}

internal sealed class EditTask(string name, IReadOnlyList<FileEntry> inputs, string label, Func<Document, Verdict> left, Func<TaskContext, IEnumerable<DocumentEdit>> edits)
    : StepTask(name, inputs)
{
    public override long Weight => Inputs[0].Bytes;

    public override void Execute(TaskContext context)
    {
        using var shard = new EditedShard(context, Name, label, left);
        long rows = 0, shown = 0;
        foreach (DocumentEdit edit in edits(context))
        {
            shard.Add(edit);
            long done = Inputs[0].Rows == 0 ? 0 : (long)((double)++rows / Inputs[0].Rows * Weight);
            context.Advance(done - shown);
            shown = done;
        }
        shard.Finish();
    }
}
