using DataPipeline.Core;
using DataPipeline.Dedup.Files;
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

    public override IReadOnlyList<StepTask> Tasks(Run run) => [.. run.Documents.Select((shard, i) =>
        new KeysTask($"{i:D5}", shard, kinds, nameOf ?? (document => document.Id), rule == SurvivorRule.First ? null : document => SurvivorValue.Of(document, rule, ruleKey)))];

    /// <summary>The same step with other names for documents.</summary>
    public KeysStep Naming(Func<Document, string> names) => new(kinds, rule, ruleKey, Settings, names);

    /// <summary>Role of the sketches of a kind.</summary>
    public static string SketchRole(int kind) => $"sketches-{kind}";
}

internal sealed class KeysTask(string name, FileEntry shard, KindList kinds, Func<Document, string> nameOf, Func<Document, long>? valueOf) : StepTask(name, [shard])
{
    public override void Execute(TaskContext context)
    {
        string keyName = $"{Name}.keys", idName = $"{Name}.ids", valueName = $"{Name}.values";
        using var keys = new KeyFileWriter(context.NewFile(keyName), kinds.Count);
        using var ids = new IdFileWriter(context.NewFile(idName));
        using BinaryWriter? values = valueOf is null ? null : new BinaryWriter(File.Create(context.NewFile(valueName), 1 << 16));
        FileStream?[] sketches = [.. Enumerable.Range(0, kinds.Count).Select(kind => kinds[kind].SketchBytes > 0 ? File.Create(context.NewFile(SketchName(kind)), 1 << 16) : null)];
        BlobFileWriter?[] texts = [.. Enumerable.Range(0, kinds.Count).Select(kind => kinds[kind].KeepsTexts ? new BlobFileWriter(context.NewFile(TextsName(kind))) : null)];
        try
        {
            long rows = 0, shown = 0;
            IEnumerable<Signed> signed = Flow.Ordered(DocumentShard.Read(shard.Path), Sign, context.Threads, context.Batch, Weigh, cancel: context.Cancel);
            foreach (Signed document in signed)
            {
                keys.Add(document.Source, document.Signatures);
                ids.Add(document.Name);
                values?.Write(document.Value);
                for (int kind = 0; kind < kinds.Count; kind++)
                {
                    if (sketches[kind] is { } file)
                        SketchFile.Write(file, document.Signatures[kind].Sketch, kinds[kind].SketchBytes);
                    texts[kind]?.Add(document.Texts[kind]);
                }
                long done = shard.Rows == 0 ? 0 : (long)((double)++rows / shard.Rows * shard.Bytes);
                context.Advance(done - shown);
                shown = done;
            }
            foreach (BlobFileWriter? file in texts)
                file?.Finish();
        }
        finally
        {
            foreach (BlobFileWriter? file in texts)
                file?.Dispose();
            foreach (FileStream? file in sketches)
                file?.Dispose();
        }
        keys.Finish();
        ids.Finish();
        context.Describe(keyName, 0, role: "keys");
        context.Describe(idName, 0, role: "ids");
        if (values is not null)
            context.Describe(valueName, 0, role: KeysStep.ValueRole);
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            if (kinds[kind].SketchBytes > 0)
                context.Describe(SketchName(kind), 0, role: KeysStep.SketchRole(kind));
            if (kinds[kind].KeepsTexts)
                context.Describe(TextsName(kind), 0, role: TextsStep.Role(kind));
        }
    }

    private string SketchName(int kind) => $"{Name}.{kind}.sketches";

    private string TextsName(int kind) => $"{Name}.{kind}.texts";

    private Signed Sign(Document document)
    {
        var signatures = new Signature[kinds.Count];
        var texts = new byte[signatures.Length][];
        for (int kind = 0; kind < signatures.Length; kind++)
        {
            signatures[kind] = kinds[kind].Sign(document);
            texts[kind] = kinds[kind].KeepsTexts ? kinds[kind].Texts(document) : [];
        }
        // Not the document itself: a batch of results would hold the texts of a batch for as long as it waits.
        return new Signed(document.Source, nameOf(document), valueOf?.Invoke(document) ?? 0, signatures, texts);
    }

    private static long Weigh(Document document) => document.Parts.Sum(part => 2L * part.Text.Length);

    private readonly record struct Signed(string Source, string Name, long Value, Signature[] Signatures, byte[][] Texts);
}
