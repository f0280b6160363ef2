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

    /// <summary>Prepares a run.</summary>
    /// <param name="model">The model, on the device to train on.</param>
    /// <param name="source">Training batches.</param>
    /// <param name="validation">Gives the same validation batches at every call; null validates nothing.</param>
    /// <param name="options">The run.</param>
    /// <param name="optimizer">Optimizer and schedule.</param>
    /// <param name="folder">Where checkpoints go.</param>
    public Pretrainer(LanguageModel model, BatchSource source, Func<IEnumerable<Batch>>? validation, PretrainOptions options, OptimizerOptions optimizer, string folder)
        : base(model, new LoopOptions(options.steps, options.evalInterval, options.checkpointInterval, options.keepCheckpoints, options.torchThreads, options.seed,
            options.keepBest, options.averageDecay, options.onDivergence, options.spikeFactor), optimizer, folder)
    {
        this.source = source;
        this.validation = validation;
        this.options = options;
    }

    /// <summary>Called after every step.</summary>
    public Action<StepReport>? Stepped { get; init; }

    /// <summary>Called after every validation.</summary>
    public Action<EvaluationReport>? Evaluated { get; init; }

    /// <summary>The last validation of this process.</summary>
    public EvaluationReport? Evaluation { get; private set; }

    /// <summary>Share of the time of this process's steps in which it waited for batches, 0 to 1: for people, never for outputs.</summary>
    public double WaitShare => stepped > TimeSpan.Zero ? waited / stepped : 0;

    private readonly SortedDictionary<string, double> auxiliary = new(StringComparer.Ordinal);
    private long stepTargets;
    private TimeSpan waited, stepped;

    /// <inheritdoc/>
    protected override (double Loss, long Targets) Accumulate()
    {
        long started = Stopwatch.GetTimestamp();
        var batches = new Batch[options.accumulate];
        for (int i = 0; i < batches.Length; i++) batches[i] = source.Next();
        waited += Stopwatch.GetElapsedTime(started);
        stepTargets = batches.Sum(b => (long)b.Targets);
        if (stepTargets == 0) throw new InputException($"step {Step + 1}: its batches hold no token to predict, only padding or what is not trained on");
        double loss = 0;
        auxiliary.Clear();
        foreach (Batch batch in batches)
        {
            loss += Backward(batch);
            batch.Dispose();
        }
        return (loss, stepTargets);
    }

    // A mean over this batch, scaled by its share of the targets: summed over the batches it is the mean of the large batch.
    private double Backward(Batch batch)
    {
        int own = batch.Targets;
        if (own == 0) return 0;
        using var scope = NewDisposeScope();
        BatchTensors tensors = batch.ToTensors(Model);
        ForwardContext context = tensors.Context;
        Tensor logits_BTV = Half.Forward(Model, tensors.Inputs_BT, context, options.precision);
        Tensor loss = Loss.Mean(logits_BTV, tensors.Targets_BT, options.labelSmoothing), root = loss;
        if (options.zLoss > 0) root += Loss.LogSumSquared(logits_BTV, tensors.Targets_BT) * options.zLoss;
        double share = (double)own / stepTargets;
        if (own != stepTargets) root *= share;
        WithAuxiliary(root, context, share).backward();
        return loss.item() * share;
    }

    // What a mixture of experts adds counts as much of a step as the batch's tokens do; the loss that is reported and validated is that of the tokens.
    private Tensor WithAuxiliary(Tensor loss, ForwardContext context, double share)
    {
        foreach ((string name, Tensor value) in context.Losses)
        {
            Tensor part = value * share;
            auxiliary[name] = auxiliary.GetValueOrDefault(name) + part.item();
            loss += part;
        }
        return loss;
    }

    /// <inheritdoc/>
    protected override void Report(double loss, double learningRate, double gradientNorm, double seconds)
    {
        stepped += TimeSpan.FromSeconds(seconds);
        Stepped?.Invoke(new StepReport(Step, Steps, loss, learningRate, gradientNorm, Tokens, stepTargets / seconds) { Auxiliary = new Dictionary<string, double>(auxiliary) });
    }

    /// <inheritdoc/>
    protected override double? Validate()
    {
        if (validation is null) return null;
        Evaluation = Evaluator.Evaluate(Model, validation(), Step, options.precision);
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
