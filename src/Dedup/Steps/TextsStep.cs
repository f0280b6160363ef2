using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Reads the shards again and keeps, of the documents that are candidates, what their exact similarity is computed from.</summary>
/// <remarks>To keep it of all documents when they are signed writes as much as the corpus holds: done only for kinds that ask for it (<see cref="DocumentDedup.KeepsTexts"/>).</remarks>
internal sealed class TextsStep(KindList kinds, string settings) : Step(StepName, ArtifactKind.Other, settings)
{
    public const string StepName = "dedup.texts";

    public override IEnumerable<Type> Code => [GetType(), .. kinds.Types];

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        int[] firsts = KeyFile.Firsts([.. run.Output(KeysStep.StepName).Files("keys").Select(file => new KeyFile(file.Path))]);
        Artifact groups = run.Output(GroupsStep.StepName);
        return [.. run.Documents.Select((shard, i) => new TextsTask($"{i:D5}", shard, groups, kinds, firsts[i], firsts[i + 1]))];
    }

    /// <summary>Role of the texts of a kind.</summary>
    public static string Role(int kind) => $"texts-{kind}";
}

internal sealed class TextsTask(string name, FileEntry shard, Artifact groups, KindList kinds, int first, int next)
    : StepTask(name, [shard, .. Enumerable.Range(0, kinds.Count).SelectMany(kind => groups.Files(GroupsStep.CandidateRole(kind)))])
{
    public override long Weight => shard.Bytes;

    public override void Execute(TaskContext context)
    {
        for (int kind = 0; kind < kinds.Count; kind++)
        {
            if (!kinds[kind].VerifiesTexts || kinds[kind].KeepsTexts)
                continue;
            DocumentDedup verified = kinds[kind];
            bool[] wanted = NumberFile.Flags(groups.Files(GroupsStep.CandidateRole(kind)), first, next);
            string name = $"{Name}.{kind}.texts";
            using var file = new BlobFileWriter(context.NewFile(name));
            foreach (byte[] texts in Flow.Ordered(DocumentShard.Read(shard.Path).Zip(wanted), pair => pair.Second ? verified.Texts(pair.First) : [],
                context.Threads, context.Batch, pair => pair.First.Parts.Sum(part => 2L * part.Text.Length), cancel: context.Cancel))
                file.Add(texts);
            file.Finish();
            context.Describe(name, 0, role: TextsStep.Role(kind));
        }
        context.Advance(Weight);
    }
}
