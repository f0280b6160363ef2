using System.Globalization;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;
using DataPipeline.Torch;

namespace DataPipeline.Train.Steps;

/// <summary>Validation loss of a source, in nats a token, before the first step and after the last, and the last in bits a byte.</summary>
internal sealed record ValidationLoss(string Source, double First, double Last, double? BitsPerByte = null);

/// <summary>How a model is trained on a mix, whatever the mix is.</summary>
/// <param name="Batch">Samples in one backward pass.</param>
/// <param name="Packing">How documents become samples.</param>
/// <param name="Run">Steps, validation, checkpoints, precision and device.</param>
/// <param name="Optimizer">The rule and the learning rate over the run.</param>
/// <param name="Adapters">What is trained in place of the weights, if anything.</param>
/// <param name="Parallel">Processes that share each step's samples.</param>
internal sealed record MixTraining(int Batch, Packing Packing, PretrainOptions Run, OptimizerOptions Optimizer, AdapterTraining Adapters, ParallelOptions Parallel)
{
    /// <summary>Samples of a step.</summary>
    public int StepSamples => Batch * Run.accumulate;
}

/// <summary>Training on the samples of a mix: what pretraining and supervised fine-tuning share.</summary>
/// <param name="training">How.</param>
/// <param name="mix">The mix; its step's name is that of the manifest.</param>
/// <param name="length">T, inputs of a sample.</param>
/// <param name="tokens">Tokens to train on.</param>
/// <param name="inputs">Files that are read.</param>
internal abstract class MixTrainingTask(MixTraining training, Artifact mix, int length, long tokens, IReadOnlyList<FileEntry> inputs) : StepTask("00000", inputs)
{
    private const string All = "all";

    public override long Weight => tokens;

    protected MixTraining Training => training;

    protected Artifact Mix => mix;

    protected int Length => length;

    public override void Execute(TaskContext context)
    {
        Artifact tokenizerFiles = context.Run.Latest(ArtifactKind.Tokenizer);
        Tokenizer tokenizer = TokenizerArtifact.Load(tokenizerFiles);
        string step = context.Step.Name;
        using Loader loader = MixArtifact.Open(mix, length, training.Packing);
        PretrainOptions options = training.Run with { steps = Steps(step, loader), seed = context.Seed.For(training.Run.seed).Value };
        using TaskRanks task = TaskRanks.Join(context, training.Parallel, options.device);
        (Ranks ranks, Device device) = (task.Ranks, task.Device);
        var share = new StepShare(options.accumulate, ranks.Rank, ranks.Count);
        share.Check(training.Batch);
        using LanguageModel model = Model(context, tokenizer, device);
        context.Say($"{step}: {model.Parameters:N0} parameters on {device}, {options.steps:N0} steps of {training.StepSamples * length:N0} tokens"
            + (ranks.Count > 1 ? $" in {ranks.Count} processes" : ""));
        training.Adapters.Attach(context, model, options.seed);
        string[] sources = [.. loader.Plan.Shares.Select(source => source.Source)];
        using ValidationData validation = Validation(tokenizer, sources);
        string logPath = Path.Combine(context.Scratch, ModelFiles.Log);
        // Only the first of several processes has a log.
        TrainingLog? log = null;
        TrainingProgress? progress = null;
        using var batches = new LoaderBatches(loader, training.Batch, pinned: device.Type == DeviceType.CUDA, mix.Manifest.Step, DocumentsOf(context, loader), share, ranks);
        using var trainer = new Pretrainer(model, batches, validation.Batches, options, training.Optimizer, Path.Combine(context.Scratch, "checkpoints"), ranks)
        {
            Stepped = report => Stepped(context, log, progress!, report, batches.TakeDrawn()),
            Evaluated = report => Evaluated(context, log, report, sources),
            Saving = () => log!.Flush(),
            ValidationText = validation.Text,
        };
        if (trainer.Resume())
        {
            context.Say($"{step}: goes on from step {trainer.Step:N0}");
            context.Advance(Done(trainer.Step, trainer.Steps));
        }
        if (ranks.IsFirst)
            log = new TrainingLog(logPath, trainer.Step);
        progress = Progress(model, loader, trainer, device, ranks);
        int before = trainer.Step;
        TrainResult result;
        using (log)
            result = trainer.Run(context.Cancel);
        context.Cancel.ThrowIfCancellationRequested();
        if (!task.Finish(result, result.Steps - before))
            return;
        context.Say(string.Create(CultureInfo.InvariantCulture, $"{step}: {progress.Speed} at the end, waited for data {trainer.WaitShare:P2} of the time"));
        if (options.keepBest || options.averageDecay > 0)
            Checkpoint.LoadTrained(result.Model, model);
        ModelFiles.Publish(context, AdapterTraining.Finished(context, model, result), logPath, tokenizerFiles);
        Finished(context, model, tokenizer);
        NoteFacts(context, model, loader, logPath, result, trainer, ranks);
    }

    /// <summary>The model to train, on the device.</summary>
    protected abstract LanguageModel Model(TaskContext context, Tokenizer tokenizer, Device device);

    /// <summary>What it is validated on.</summary>
    protected abstract ValidationData Validation(Tokenizer tokenizer, string[] sources);

    /// <summary>Work with the trained model.</summary>
    protected virtual void Finished(TaskContext context, LanguageModel model, Tokenizer tokenizer) { }

    /// <summary>Lines about a finished training.</summary>
    internal static IEnumerable<string> Summary(StepManifest manifest)
    {
        yield return $"{manifest.Step}: {manifest.Number("parameters"):N0} parameters, {manifest.Number("steps"):N0} steps, {manifest.Number("tokens"):N0} tokens; "
            + $"training loss {manifest.Number("first_loss"):F4} -> {manifest.Number("last_loss"):F4}";
        if (manifest.Fact("skipped_steps") is not null)
            yield return $"{manifest.Step}: {manifest.Number("skipped_steps"):N0} steps diverged and were skipped";
        if (manifest.Fact("overflowed_steps") is not null)
            yield return $"{manifest.Step}: {manifest.Number("overflowed_steps"):N0} steps overflowed float16 and were left out";
        foreach (MixDelivery delivery in ManifestJson.Value<IReadOnlyList<MixDelivery>>(manifest.Fact("delivered")!.Value))
            yield return $"  {delivery.Source,-16} asked {delivery.Asked,6:P1}  delivered {delivery.Delivered,6:P1}  {delivery.Tokens,12:N0} tokens  {delivery.Epochs,5:F2} epochs";
        foreach (ValidationLoss loss in ManifestJson.Value<IReadOnlyList<ValidationLoss>>(manifest.Fact("validation")!.Value))
            yield return $"  {loss.Source,-16} validation loss {loss.First:F4} -> {loss.Last:F4}, perplexity {Math.Exp(loss.Last):F2}{(loss.BitsPerByte is { } bits ? $", {bits:F4} bits a byte" : "")}";
    }

    private int Steps(string step, Loader loader)
    {
        long most = loader.SampleCount / training.StepSamples;
        if (most == 0 || training.Run.steps > most)
        {
            throw new ConfigurationException($"{step}: {Math.Max(1, training.Run.steps)} steps of {training.StepSamples} samples are asked for, but the mix has {loader.SampleCount} samples of "
                + $"{length} tokens ({most} steps): lower steps, batch or the length of samples, or raise the epochs of the mix");
        }
        return training.Run.steps == 0 ? (int)Math.Min(most, int.MaxValue) : training.Run.steps;
    }

    private Func<long, long, Func<long, IReadOnlyList<string>>>? DocumentsOf(TaskContext context, Loader loader) => context.Run.Find(ArtifactKind.Tokens) is { } shards
        ? (first, count) => SampleDocuments.Of(mix, shards, loader, Enumerable.Range(0, (int)count).Select(i => first + i)) : null;

    private TrainingProgress Progress(LanguageModel model, Loader loader, Pretrainer trainer, Device device, Ranks ranks)
    {
        var progress = new TrainingProgress(trainer.Steps, trainer.Step) { FlopsPerToken = ModelFlops.PerToken(model, length), Gpu = TrainingProgress.GpuOf(device), Gpus = ranks.Count };
        progress.Deliver(loader.Audit((long)trainer.Step * training.StepSamples).Where(source => source.Tokens > 0).Select(source => KeyValuePair.Create(source.Source, source.Tokens)));
        return progress;
    }

    // In shares of the steps: how many tokens of a sample are targets is not known before it is read.
    private long Done(int step, int steps) => (long)((Int128)tokens * step / steps);

    private void Stepped(TaskContext context, TrainingLog? log, TrainingProgress progress, StepReport report, (IReadOnlyDictionary<string, long> Tokens, long Padding) drawn)
    {
        if (log is null)
            return;
        log.Add(new { report.Step, Kind = "train", report.Loss, report.LearningRate, report.GradientNorm, report.Tokens, Sources = drawn.Tokens, drawn.Padding });
        if (report.Auxiliary.Count > 0)
            log.Add(new { report.Step, Kind = "auxiliary", Losses = report.Auxiliary });
        long targets = drawn.Tokens.Values.Sum();
        progress.Deliver(drawn.Tokens);
        progress.Add(report.Step, report.Loss, targets, targets / report.TokensPerSecond);
        context.Advance(Done(report.Step, report.Steps) - Done(report.Step - 1, report.Steps), progress.ToString());
    }

    private static void Evaluated(TaskContext context, TrainingLog? log, EvaluationReport report, string[] sources)
    {
        if (log is null)
            return;
        log.Add(new { report.Step, Kind = "validation", Source = All, report.Loss, report.Perplexity, report.BitsPerByte });
        foreach (SourceLoss loss in report.BySource)
            log.Add(new { report.Step, Kind = "validation", Source = sources[loss.Source], loss.Loss, loss.Perplexity, loss.BitsPerByte });
        context.Say($"{context.Step.Name}: step {report.Step:N0}, validation {Figures(report.Loss, report.Perplexity, report.BitsPerByte)}");
        if (report.BySource.Count > 1)
        {
            foreach (SourceLoss loss in report.BySource)
                context.Say($"  {sources[loss.Source],-16} {Figures(loss.Loss, loss.Perplexity, loss.BitsPerByte)}");
        }
    }

    private static string Figures(double loss, double perplexity, double? bitsPerByte) => string.Create(CultureInfo.InvariantCulture,
        $"loss {loss:F4}, perplexity {perplexity:F2}{(bitsPerByte is { } bits ? string.Create(CultureInfo.InvariantCulture, $", {bits:F4} bits a byte") : "")}");

    private void NoteFacts(TaskContext context, LanguageModel model, Loader loader, string logPath, TrainResult result, Pretrainer trainer, Ranks ranks)
    {
        if (ranks.Count > 1)
            context.Facts["processes"] = ranks.Count;
        if (trainer.Skipped > 0)
            context.Facts["skipped_steps"] = trainer.Skipped;
        if (trainer.Overflowed > 0)
            context.Facts["overflowed_steps"] = trainer.Overflowed;
        var steps = LogReader.Entries(logPath, "train");
        context.Facts["parameters"] = model.Parameters;
        context.Facts["steps"] = result.Steps;
        context.Facts["tokens"] = steps[^1].GetProperty("tokens").GetInt64();
        (context.Facts["first_loss"], context.Facts["last_loss"]) = LogReader.Losses(steps);
        long samples = (long)result.Steps * training.StepSamples;
        context.Facts["plan_hash"] = loader.PlanHash;
        context.Facts["packing"] = loader.Packing;
        context.Facts["cursors"] = loader.Cursors(samples);
        context.Facts["delivered"] = loader.Audit(samples);
        context.Facts["validation"] = LogReader.Entries(logPath, "validation")
            .GroupBy(entry => entry.GetProperty("source").GetString()!)
            .Select(entries => new ValidationLoss(entries.Key, entries.First().GetProperty("loss").GetDouble(), entries.Last().GetProperty("loss").GetDouble(),
                entries.Last().GetProperty("bits_per_byte") is { ValueKind: JsonValueKind.Number } bits ? bits.GetDouble() : null));
    }
}

/// <summary>What a model is validated on.</summary>
/// <param name="Batches">Gives the same batches at every call; null validates nothing.</param>
/// <param name="Text">The text they stand for; null leaves bits per byte unknown.</param>
/// <param name="Files">What has to stay open for them.</param>
internal sealed record ValidationData(Func<IEnumerable<Batch>>? Batches, ValidationText? Text = null, IDisposable? Files = null) : IDisposable
{
    public void Dispose() => Files?.Dispose();
}
