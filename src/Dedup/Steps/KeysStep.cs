using DataPipeline.Core;
using DataPipeline.Dedup.JsonLines;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Signs every document of every shard; a task a shard, whose output depends on that shard, the kinds and the survivor rule alone.</summary>
/// <param name="kinds">The kinds.</param>
/// <param name="rule">The survivor rule, whose value of each document is kept.</param>
/// <param name="ruleKey">Metadata column the rule looks at.</param>
/// <param name="settings">Their settings.</param>
/// <param name="nameOf">What the ledger calls a document; null for its id.</param>
internal sealed class KeysStep(KindList kinds, SurvivorRule rule, string ruleKey, string settings, Func<Document, string>? nameOf = null) : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.keys";

    /// <summary>Role of the values that the survivor rule compares, 8 bytes a row.</summary>
    public const string ValueRole = "values";

    public override IEnumerable<Type> Code => [GetType(), .. kinds.Types];

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        var signer = new DocumentSigner(kinds, rule, ruleKey, nameOf ?? (document => document.Id));
        return [.. run.Documents.Select((shard, i) => new KeysTask($"{i:D5}", shard, signer))];
    }

    /// <summary>The same step with other names for documents.</summary>
    public KeysStep Naming(Func<Document, string> names) => new(kinds, rule, ruleKey, Settings, names);

    /// <summary>The same step over lines that were never written to shards.</summary>
    public JsonLinesKeysStep OverLines(IReadOnlyDictionary<string, SourceSection> sources) =>
        new(new DocumentSigner(kinds, rule, ruleKey, JsonLinesDedup.NameOf), sources, Settings);

    /// <summary>Role of the sketches of a kind.</summary>
    public static string SketchRole(int kind) => $"sketches-{kind}";
}

internal sealed class KeysTask(string name, FileEntry shard, DocumentSigner signer) : StepTask(name, [shard])
{
    public override void Execute(TaskContext context)
    {
        using var signed = new SignedShardWriter(context, Name, signer);
        long rows = 0, shown = 0;
        foreach (SignedDocument document in Flow.Ordered(DocumentShard.Read(shard.Path), signer.Sign, context.Threads, context.Batch, Weigh, cancel: context.Cancel))
        {
            signed.Add(document);
            long done = shard.Rows == 0 ? 0 : (long)((double)++rows / shard.Rows * shard.Bytes);
            context.Advance(done - shown);
            shown = done;
        }
        signed.Finish();
    }

    private static long Weigh(Document document) => document.Parts.Sum(part => 2L * part.Text.Length);
}
