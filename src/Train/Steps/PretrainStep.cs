using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;
using DataPipeline.Torch;

namespace DataPipeline.Train.Steps;

/// <summary>Pretraining as a step of a run.</summary>
internal sealed class PretrainStep(PretrainSettings settings, string text) : Step("train.pretrain", ArtifactKind.Model, text)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) =>
        [new PretrainTask(settings, Tokens(run.Latest(ArtifactKind.Mix)), [.. run.Latest(ArtifactKind.Mix).Files(), .. run.Latest(ArtifactKind.Tokenizer).Files()])];

    public override string Unit => "tokens";

    private long Tokens(Artifact mix) => settings.Run.steps > 0
        ? (long)settings.Run.steps * settings.Batch * settings.Run.accumulate * settings.Model.context
        : mix.Manifest.Fact("tokens")!.Value.GetInt64();

    public override IEnumerable<string> Summary(StepManifest manifest)
    {
        yield return $"train.pretrain: {manifest.Number("parameters"):N0} parameters, {manifest.Number("steps"):N0} steps, {manifest.Number("tokens"):N0} tokens; "
            + $"training loss {manifest.Number("first_loss"):F4} -> {manifest.Number("last_loss"):F4}";
        if (manifest.Fact("skipped_steps") is not null)
            yield return $"train.pretrain: {manifest.Number("skipped_steps"):N0} steps diverged and were skipped";
        foreach (MixDelivery delivery in ManifestJson.Value<IReadOnlyList<MixDelivery>>(manifest.Fact("delivered")!.Value))
            yield return $"  {delivery.Source,-16} asked {delivery.Asked,6:P1}  delivered {delivery.Delivered,6:P1}  {delivery.Tokens,12:N0} tokens  {delivery.Epochs,5:F2} epochs";
        foreach (ValidationLoss loss in ManifestJson.Value<IReadOnlyList<ValidationLoss>>(manifest.Fact("validation")!.Value))
            yield return $"  {loss.Source,-16} validation loss {loss.First:F4} -> {loss.Last:F4}";
    }
}

/// <summary>Validation loss of a source, in nats a token, before the first step and after the last.</summary>
internal sealed record ValidationLoss(string Source, double First, double Last);

internal sealed class PretrainTask(PretrainSettings settings, long tokens, IReadOnlyList<FileEntry> inputs) : StepTask("00000", inputs)
{
    private const string All = "all";

    /// <summary>Tokens to train on.</summary>
    public override long Weight => tokens;

    public override void Execute(TaskContext context)
    {
        Artifact mix = context.Run.Latest(ArtifactKind.Mix), tokenizerArtifact = context.Run.Latest(ArtifactKind.Tokenizer);
        Tokenizer tokenizer = TokenizerArtifact.Load(tokenizerArtifact);
        int endOfDocument = new ChatTemplate(tokenizer).EndOfDocument, stepSamples = settings.Batch * settings.Run.accumulate;
        using Loader loader = MixArtifact.Open(mix, settings.Model.context, settings.Packing);
        PretrainOptions options = settings.Run with { steps = Steps(loader, stepSamples), seed = context.Seed.For(settings.Run.seed).Value };
        string[] sources = [.. loader.Plan.Shares.Select(share => share.Source)];
        using TaskRanks task = TaskRanks.Join(context, settings.Parallel, options.device);
        (Ranks ranks, Device device) = (task.Ranks, task.Device);
        var share = new StepShare(options.accumulate, ranks.Rank, ranks.Count);
        share.Check(settings.Batch);
        using LanguageModel model = settings.Model.Make(tokenizer.VocabularySize, context.Seed.Value, ScalarType.Float32, device);
        context.Say($"train.pretrain: {model.Parameters:N0} parameters on {device}, {options.steps:N0} steps of {stepSamples * settings.Model.context:N0} tokens"
            + (ranks.Count > 1 ? $" in {ranks.Count} processes" : ""));
        IReadOnlyList<TokenBatch> validation = [.. ValidationBatches.Of(mix, sources, settings.Model.context, settings.Batch, settings.ValidationSamples,
            settings.Packing == Packing.Contiguous ? null : endOfDocument)];
        string logPath = Path.Combine(context.Scratch, ModelFiles.Log);
        TrainingLog? log = null;
        using var batches = new LoaderBatches(loader, settings.Batch, pinned: device.Type == DeviceType.CUDA,
            context.Run.Find(ArtifactKind.Tokens) is { } shards ? (first, count) => SampleDocuments.Of(mix, shards, loader, Enumerable.Range(0, (int)count).Select(i => first + i)) : null,
            share, ranks);
        using var trainer = new Pretrainer(model, batches, validation.Count == 0 ? null : () => validation,
            options, settings.Optimizer, Path.Combine(context.Scratch, "checkpoints"), ranks)
        {
            Stepped = report => Stepped(context, log, report, batches.TakeDrawn()),
            Evaluated = report => Evaluated(context, log, report, sources),
            Saving = () => log!.Flush(),
        };
        if (trainer.Resume())
        {
            context.Say($"train.pretrain: goes on from step {trainer.Step:N0}");
            context.Advance(trainer.Tokens);
        }
        if (ranks.IsFirst)
            log = new TrainingLog(logPath, trainer.Step);
        int before = trainer.Step;
        TrainResult result;
        using (log)
            result = trainer.Run(context.Cancel);
        context.Cancel.ThrowIfCancellationRequested();
        if (!task.Finish(result, result.Steps - before))
            return;
        context.Say(string.Create(CultureInfo.InvariantCulture, $"train.pretrain: waited for data {trainer.WaitShare:P2} of the time"));
        ModelFiles.Publish(context, result, logPath, tokenizerArtifact);
        if (options.keepBest || options.averageDecay > 0)
            Checkpoint.LoadWeights(result.Model, model);
        WriteSamples(context, model, tokenizer, endOfDocument);
        if (ranks.Count > 1)
            context.Facts["processes"] = ranks.Count;
        if (trainer.Skipped > 0)
            context.Facts["skipped_steps"] = trainer.Skipped;
        State(context, model, loader, logPath, result, stepSamples);
    }

    private int Steps(Loader loader, int stepSamples)
    {
        long most = loader.SampleCount / stepSamples;
        if (most == 0 || settings.Run.steps > most)
        {
            throw new ConfigurationException($"train.pretrain: {Math.Max(1, settings.Run.steps)} steps of {stepSamples} samples are asked for, but the mix has {loader.SampleCount} samples of "
                + $"{settings.Model.context} tokens ({most} steps): lower steps, batch or context, or raise max_epochs of the mix");
        }
        return settings.Run.steps == 0 ? (int)Math.Min(most, int.MaxValue) : settings.Run.steps;
    }

    // Only the first of several processes has a log.
    private static void Stepped(TaskContext context, TrainingLog? log, StepReport report, (IReadOnlyDictionary<string, long> Tokens, long Padding) drawn)
    {
        if (log is null)
            return;
        log.Add(new { report.Step, Kind = "train", report.Loss, report.LearningRate, report.GradientNorm, report.Tokens, Sources = drawn.Tokens, drawn.Padding });
        if (report.Auxiliary.Count > 0)
            log.Add(new { report.Step, Kind = "auxiliary", Losses = report.Auxiliary });
        context.Advance(report.Tokens / report.Step);
    }

    private static void Evaluated(TaskContext context, TrainingLog? log, EvaluationReport report, string[] sources)
    {
        if (log is null)
            return;
        log.Add(new { report.Step, Kind = "validation", Source = All, report.Loss });
        foreach (SourceLoss loss in report.BySource)
            log.Add(new { report.Step, Kind = "validation", Source = sources[loss.Source], loss.Loss });
        context.Say($"train.pretrain: step {report.Step:N0}, validation loss {report.Loss:F4} ("
            + string.Join(", ", report.BySource.Select(loss => $"{sources[loss.Source]} {loss.Loss:F4}")) + ")");
    }

    private void WriteSamples(TaskContext context, LanguageModel model, Tokenizer tokenizer, int endOfDocument)
    {
        if (settings.SamplePrompts.Count == 0)
            return;
        using StreamWriter file = File.CreateText(context.NewFile("samples.txt"));
        context.Describe("samples.txt", settings.SamplePrompts.Count, role: "samples");
        for (int i = 0; i < settings.SamplePrompts.Count; i++)
        {
            int[] prompt = [endOfDocument, .. tokenizer.EncodeToIds(settings.SamplePrompts[i])];
            int[] continued = TextSampler.Sample(model, prompt, settings.Sampling with { seed = context.Seed.For((ulong)i).Value }, [endOfDocument]);
            file.Write($"### {settings.SamplePrompts[i]}\n{settings.SamplePrompts[i]}{tokenizer.Decode(continued, skipSpecialTokens: true)}\n\n");
        }
    }

    private static void State(TaskContext context, LanguageModel model, Loader loader, string logPath, TrainResult result, int stepSamples)
    {
        var steps = LogReader.Entries(logPath, "train");
        context.Facts["parameters"] = model.Parameters;
        context.Facts["steps"] = result.Steps;
        context.Facts["tokens"] = steps[^1].GetProperty("tokens").GetInt64();
        context.Facts["first_loss"] = steps[0].GetProperty("loss").GetDouble();
        context.Facts["last_loss"] = steps[^1].GetProperty("loss").GetDouble();
        long samples = (long)result.Steps * stepSamples;
        context.Facts["plan_hash"] = loader.PlanHash;
        context.Facts["packing"] = loader.Packing;
        context.Facts["cursors"] = loader.Cursors(samples);
        context.Facts["delivered"] = loader.Audit(samples);
        context.Facts["validation"] = LogReader.Entries(logPath, "validation")
            .GroupBy(entry => entry.GetProperty("source").GetString()!)
            .Select(entries => new ValidationLoss(entries.Key, entries.First().GetProperty("loss").GetDouble(), entries.Last().GetProperty("loss").GetDouble()));
    }
}
