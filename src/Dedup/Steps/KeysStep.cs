using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Signs every document of every shard; a task a shard, whose output depends on that shard and the kinds alone.</summary>
/// <param name="kinds">The kinds.</param>
/// <param name="settings">Their settings.</param>
/// <param name="nameOf">What the ledger calls a document; null for its id.</param>
internal sealed class KeysStep(KindList kinds, string settings, Func<Document, string>? nameOf = null) : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.keys";

    public override IReadOnlyList<StepTask> Tasks(Run run) => [.. run.Documents.Select((shard, i) => new KeysTask($"{i:D5}", shard, kinds, nameOf ?? (document => document.Id)))];

    /// <summary>Role of the sketches of a kind.</summary>
    public static string SketchRole(int kind) => $"sketches-{kind}";
}

internal sealed class KeysTask(string name, FileEntry shard, KindList kinds, Func<Document, string> nameOf) : StepTask(name, [shard])
{
    public override void Execute(TaskContext context)
    {
        string keyName = $"{Name}.keys", idName = $"{Name}.ids";
        using var keys = new KeyFileWriter(context.NewFile(keyName), kinds.Count);
        using var ids = new IdFileWriter(context.NewFile(idName));
        FileStream?[] sketches = [.. Enumerable.Range(0, kinds.Count).Select(kind => kinds[kind].SketchBytes > 0 ? File.Create(context.NewFile(SketchName(kind)), 1 << 16) : null)];
        try
        {
            long rows = 0, shown = 0;
            IEnumerable<(Document Document, Signature[] Signatures)> signed = Flow.Ordered(
                DocumentShard.Read(shard.Path), Sign, context.Threads, context.Batch, Weigh, cancel: context.Cancel);
            foreach ((Document document, Signature[] signatures) in signed)
            {
                keys.Add(document.Source, signatures);
                ids.Add(nameOf(document));
                for (int kind = 0; kind < kinds.Count; kind++)
                {
                    if (sketches[kind] is { } file)
                        SketchFile.Write(file, signatures[kind].Sketch, kinds[kind].SketchBytes);
                }
                long done = shard.Rows == 0 ? 0 : (long)((double)++rows / shard.Rows * shard.Bytes);
                context.Advance(done - shown);
                shown = done;
            }
        }
        finally
        {
            foreach (FileStream? file in sketches)
                file?.Dispose();
        }
        keys.Finish();
        ids.Finish();
        context.Describe(keyName, 0, role: "keys");
        context.Describe(idName, 0, role: "ids");
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            if (kinds[kind].SketchBytes > 0)
                context.Describe(SketchName(kind), 0, role: KeysStep.SketchRole(kind));
        }
    }

    private string SketchName(int kind) => $"{Name}.{kind}.sketches";

    private (Document, Signature[]) Sign(Document document)
    {
        var signatures = new Signature[kinds.Count];
        for (int kind = 0; kind < signatures.Length; kind++)
            signatures[kind] = kinds[kind].Sign(document);
        return (document, signatures);
    }

    private static long Weigh(Document document) => document.Parts.Sum(part => 2L * part.Text.Length);
}
