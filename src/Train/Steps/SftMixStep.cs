using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Train.Steps;

/// <summary>The mix of supervised fine-tuning: the run's token shards, cut to rows, with what of the dialogues is trained on.</summary>
/// <remarks>Its kind is not that of a mix, so that a later run which pretrains <c>from</c> this one takes the pretraining mix.</remarks>
internal sealed class SftMixStep(SftSettings settings, string text) : Step(Named, ArtifactKind.Other, text)
{
    public const string Named = "mix.sft";

    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        Artifact model = run.Latest(ArtifactKind.Model);
        return [new SftMixTask(settings, run.Latest(ArtifactKind.Tokens).Files(), model.Files(ModelFiles.Config), settings.LengthFor(model.Folder))];
    }

    public override IEnumerable<string> Summary(StepManifest manifest) => MixArtifact.Summary(manifest);
}

internal sealed class SftMixTask(SftSettings settings, IReadOnlyList<FileEntry> shards, IReadOnlyList<FileEntry> config, int length) : StepTask("00000", [.. shards, .. config])
{
    public override void Execute(TaskContext context)
    {
        MixOptions options = settings.Mix ?? new MixOptions(new Dictionary<string, double> { [MixOptions.Others] = 1 }, maxEpochs: settings.Epochs);
        var builder = new TokenStoreBuilder(settings.HeldOut, MixArtifact.HeldOutSeed(context.Run.Seed.Value), options.Slicing)
        {
            Loss = new LossRule(settings.Loss, length - 1, settings.LongDialogues, OnlyDialogues: settings.Mix is null),
            Takes = options.Asks,
        };
        MixArtifact.Make(context, [.. shards.Select(shard => shard.Path)], options, builder);
        context.Facts["length"] = length;
        context.Advance(Weight);
    }
}
