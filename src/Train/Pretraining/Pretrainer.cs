using System.Diagnostics;
using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Trains a model on next tokens.</summary>
public sealed class Pretrainer : Trainer
{
    private readonly BatchSource source;
    private readonly Func<IEnumerable<Batch>>? validation;
    private readonly PretrainOptions options;
    private readonly StepShare share;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">The model, on the device to train on.</param>
    /// <param name="source">Training batches; with several processes those of this one's <see cref="StepShare"/>.</param>
    /// <param name="validation">Gives the same validation batches at every call; null validates nothing.</param>
    /// <param name="options">The run.</param>
    /// <param name="optimizer">Optimizer and schedule.</param>
    /// <param name="folder">Where checkpoints go.</param>
    /// <param name="ranks">The processes that train together; null is one.</param>
    public Pretrainer(LanguageModel model, BatchSource source, Func<IEnumerable<Batch>>? validation, PretrainOptions options, OptimizerOptions optimizer, string folder, Ranks? ranks = null)
        : base(model, new LoopOptions(options.steps, options.evalInterval, options.checkpointInterval, options.keepCheckpoints, options.torchThreads, options.seed,
            options.keepBest, options.averageDecay, options.onDivergence, options.spikeFactor, options.precision == Precision.Float16), optimizer, folder, ranks)
    {
        share = new StepShare(options.accumulate, Ranks.Rank, Ranks.Count);
        this.source = source;
        this.validation = validation;
        this.options = options;
        Half.Check(options.precision, model.Device);
        model.CheckpointActivations = options.checkpointActivations;
    }

    /// <summary>Called after every step.</summary>
    public Action<StepReport>? Stepped { get; init; }

    /// <summary>Called after every validation.</summary>
    public Action<EvaluationReport>? Evaluated { get; init; }

    /// <summary>The text of the validation batches, for bits per byte; null leaves these unknown.</summary>
    public ValidationText? ValidationText { get; init; }

    /// <summary>The last validation of this process.</summary>
    public EvaluationReport? Evaluation { get; private set; }

    /// <summary>Share of the time of this process's steps in which it waited for batches, 0 to 1: for people, never for outputs.</summary>
    public double WaitShare => stepped > TimeSpan.Zero ? waited / stepped : 0;

    private readonly SortedDictionary<string, double> auxiliary = new(StringComparer.Ordinal);
    private StepSizes sizes = StepSizes.None;
    private TimeSpan waited, stepped;

    /// <inheritdoc/>
    protected override (double Loss, long Targets) Accumulate()
    {
        long started = Stopwatch.GetTimestamp();
        var batches = new Batch[share.Batches];
        for (int i = 0; i < batches.Length; i++) batches[i] = source.Next();
        waited += Stopwatch.GetElapsedTime(started);
        sizes = StepSizes.Of(batches, share, Ranks);
        if (sizes.Targets == 0) throw new InputException($"step {Step + 1}: its batches hold no token to predict, only padding or what is not trained on");
        double loss = 0;
        auxiliary.Clear();
        for (int i = 0; i < batches.Length; i++)
        {
            loss += Backward(batches[i], share.FirstBatch + i);
            batches[i].Dispose();
        }
        return (SumOverRanks(loss), sizes.Targets);
    }

    // A mean over these rows, scaled by their share of the step's targets: summed over batches and processes it is the mean of the large batch.
    private double Backward(Batch batch, int number)
    {
        int own = batch.Targets;
        // Other processes may have targets in their rows of the batch, and wait for what this one says of its experts.
        if (own == 0 && Ranks.Count == 1) return 0;
        using var scope = NewDisposeScope();
        BatchTensors tensors = batch.ToTensors(Model);
        ForwardContext context = tensors.Context with { OtherRows = share.CutsBatches ? Ranks : null };
        Tensor logits_BTV = Half.Forward(Model, tensors.Inputs_BT, context, options.precision);
        double weight = (double)own / sizes.Targets, loss = 0;
        Tensor? root = null;
        if (own > 0)
        {
            root = Loss.Mean(logits_BTV, tensors.Targets_BT, options.labelSmoothing);
            loss = root.item() * weight;
            if (options.zLoss > 0) root += Loss.LogSumSquared(logits_BTV, tensors.Targets_BT) * options.zLoss;
            if (own != sizes.Targets) root *= weight;
        }
        if (WithAuxiliary(root, context, sizes.ShareOf(number, batch.Rows)) is { } whole) Backward(whole);
        return loss;
    }

    // What a mixture of experts adds counts as much of a step as the batch's tokens do; the loss that is reported and validated is that of the tokens.
    private Tensor? WithAuxiliary(Tensor? loss, ForwardContext context, double weight)
    {
        foreach ((string name, Tensor value) in context.Losses)
        {
            Tensor part = value * weight;
            auxiliary[name] = auxiliary.GetValueOrDefault(name) + part.item();
            loss = loss is null ? part : loss + part;
        }
        return loss;
    }

    // The losses of this process's rows become those of the step.
    private double SumOverRanks(double loss)
    {
        if (Ranks.Count == 1) return loss;
        double[] sums = [loss, .. auxiliary.Values];
        Ranks.Reduce(sums);
        string[] names = [.. auxiliary.Keys];
        for (int i = 0; i < names.Length; i++) auxiliary[names[i]] = sums[i + 1];
        return sums[0];
    }

    /// <inheritdoc/>
    protected override void Report(double loss, double learningRate, double gradientNorm, double seconds)
    {
        stepped += TimeSpan.FromSeconds(seconds);
        Stepped?.Invoke(new StepReport(Step, Steps, loss, learningRate, gradientNorm, Tokens, sizes.Targets / seconds) { Auxiliary = new Dictionary<string, double>(auxiliary) });
    }

    /// <inheritdoc/>
    protected override double? Validate()
    {
        if (validation is null) return null;
        Evaluation = Evaluator.Evaluate(Model, validation(), Step, options.precision, ValidationText, Ranks);
        Evaluated?.Invoke(Evaluation);
        return Evaluation.Loss;
    }

    /// <inheritdoc/>
    protected override string Origin() => source.Origin(options.accumulate) is { Length: > 0 } origin ? $"The step was computed from {origin}. " : "";

    /// <inheritdoc/>
    protected override byte[] SavePosition() => source.SavePosition();

    /// <inheritdoc/>
    protected override void RestorePosition(byte[] position) => source.RestorePosition(position);
}
