using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;
using DataPipeline.Torch;

namespace DataPipeline.Train.Steps;

/// <summary>Supervised fine-tuning as a step of a run: the pretrainer over samples of which only some tokens are targets.</summary>
internal sealed class SftStep(SftSettings settings, string text) : Step("train.sft", ArtifactKind.Model, text)
{
    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        Artifact model = run.Latest(ArtifactKind.Model), mix = run.Output(SftMixStep.Named);
        return [new SftTask(settings, model, mix, run.Latest(ArtifactKind.Tokenizer))];
    }

    public override string Unit => "tokens";

    public override IEnumerable<string> Summary(StepManifest manifest) => MixTrainingTask.Summary(manifest);
}

internal sealed class SftTask(SftSettings settings, Artifact start, Artifact mix, Artifact tokenizer)
    : MixTrainingTask(settings.Training, mix, (int)mix.Manifest.Number("length"), (long)mix.Manifest.Number("tokens"),
        [.. start.Files(ModelFiles.Weights), .. start.Files(ModelFiles.Config), .. tokenizer.Files(), .. mix.Files()])
{
    protected override LanguageModel Model(TaskContext context, Tokenizer tokenizer, Device device) => Checkpoint.LoadModel(start.Folder, ScalarType.Float32, device);

    protected override ValidationData Validation(Tokenizer tokenizer, string[] sources)
    {
        var heldOut = new HeldOutSamples(MixArtifact.OpenValidation(Mix), Length, Training.Packing, settings.ValidationSamples);
        return new ValidationData(heldOut.SampleCount == 0 ? null : () => Batches(heldOut, Training.Batch), Files: heldOut);
    }

    private static IEnumerable<Batch> Batches(HeldOutSamples heldOut, int rows)
    {
        for (long sample = 0; sample < heldOut.SampleCount; sample += rows)
        {
            using var batch = LoadedBatch.Read(heldOut, sample, (int)Math.Min(rows, heldOut.SampleCount - sample));
            yield return batch;
        }
    }
}
