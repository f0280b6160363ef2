using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Runs;
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

    public override IEnumerable<string> Summary(StepManifest manifest) => PretrainStep.Lines(manifest);
}

internal sealed class SftTask(SftSettings settings, Artifact start, Artifact mix, Artifact tokenizer)
    : StepTask("00000", [.. start.Files(ModelFiles.Weights), .. start.Files(ModelFiles.Config), .. tokenizer.Files(), .. mix.Files()])
{
    /// <summary>Tokens to train on.</summary>
    public override long Weight => (long)mix.Manifest.Number("tokens");

    public override void Execute(TaskContext context)
    {
        int length = (int)mix.Manifest.Number("length"), stepSamples = settings.Batch * settings.Run.accumulate;
        using Loader loader = MixArtifact.Open(mix, length, settings.Packing);
        PretrainOptions options = settings.Run with { steps = Steps(loader, stepSamples), seed = context.Seed.For(settings.Run.seed).Value };
        string[] sources = [.. loader.Plan.Shares.Select(share => share.Source)];
        Device device = TrainingDevice.Choose(options.device);
        using LanguageModel model = Checkpoint.LoadModel(start.Folder, ScalarType.Float32, device);
        context.Say($"train.sft: {model.Parameters:N0} parameters on {device}, {options.steps:N0} steps of {stepSamples} rows of {length}");
        if (settings.Lora is { } lora)
            context.Say($"train.sft: {Lora.Attach(model, lora, options.seed).Sum(weight => weight.Value.numel()):N0} parameters of adapters");
        using var heldOut = new HeldOutSamples(MixArtifact.OpenValidation(mix), length, settings.Packing, settings.ValidationSamples);
        string logPath = Path.Combine(context.Scratch, ModelFiles.Log);
        TrainingLog? log = null;
        using var batches = new LoaderBatches(loader, settings.Batch, pinned: device.Type == DeviceType.CUDA,
            (first, count) => SampleDocuments.Of(mix, context.Run.Latest(ArtifactKind.Tokens), loader, Enumerable.Range(0, (int)count).Select(i => first + i)), SftMixStep.Named);
        using var trainer = new Pretrainer(model, batches, heldOut.SampleCount == 0 ? null : () => Batches(heldOut, settings.Batch),
            options, settings.Optimizer, Path.Combine(context.Scratch, "checkpoints"))
        {
            Stepped = report => PretrainTask.Stepped(context, log!, report, batches.TakeDrawn()),
            Evaluated = report => PretrainTask.Evaluated(context, log!, report, sources),
            Saving = () => log!.Flush(),
        };
        if (trainer.Resume())
        {
            context.Say($"train.sft: goes on from step {trainer.Step:N0}");
            context.Advance(trainer.Tokens);
        }
        log = new TrainingLog(logPath, trainer.Step);
        TrainResult result;
        using (log)
            result = trainer.Run(context.Cancel);
        context.Cancel.ThrowIfCancellationRequested();
        context.Say(string.Create(CultureInfo.InvariantCulture, $"train.sft: waited for data {trainer.WaitShare:P2} of the time"));
        if (settings.Lora is not null && ModelFiles.Merged(context, model) is var merged)
            result = result with { Checkpoint = merged, Model = merged };
        ModelFiles.Publish(context, result, logPath, tokenizer);
        if (trainer.Skipped > 0)
            context.Facts["skipped_steps"] = trainer.Skipped;
        PretrainTask.State(context, model, loader, logPath, result, stepSamples);
    }

    private static IEnumerable<Batch> Batches(HeldOutSamples heldOut, int rows)
    {
        for (long sample = 0; sample < heldOut.SampleCount; sample += rows)
        {
            using var batch = LoadedBatch.Read(heldOut, sample, (int)Math.Min(rows, heldOut.SampleCount - sample));
            yield return batch;
        }
    }

    private int Steps(Loader loader, int stepSamples)
    {
        long most = loader.SampleCount / stepSamples;
        if (most == 0 || settings.Run.steps > most)
        {
            throw new ConfigurationException($"train.sft: {Math.Max(1, settings.Run.steps)} steps of {stepSamples} rows are asked for, but its mix has {loader.SampleCount} rows of "
                + $"{loader.SequenceLength} tokens ({most} steps): lower steps or batch, or raise epochs");
        }
        return settings.Run.steps == 0 ? (int)Math.Min(most, int.MaxValue) : settings.Run.steps;
    }
}
