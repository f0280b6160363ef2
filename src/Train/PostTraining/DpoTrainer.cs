using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Direct preference optimisation (Rafailov 2023). The reference is the policy as it is before the first step; its log-probabilities are computed
/// once for every pair, so that no second model stays in memory.
/// </summary>
public sealed class DpoTrainer : Trainer
{
    private readonly IReadOnlyList<PreferencePair> train, heldOut;
    private readonly DpoOptions options;
    private readonly PreferenceLoss loss;
    private readonly Seed seed;
    private Reference[]? trainReference, heldOutReference;
    private int[] order = [];
    private long orderEpoch = -1;
    private PreferenceMetrics? stepMetrics;

    /// <summary>Prepares a run.</summary>
    /// <param name="policy">The model to train, with the weights it starts from.</param>
    /// <param name="train">Pairs to train on.</param>
    /// <param name="heldOut">Pairs to validate on; may be empty.</param>
    /// <param name="options">The run.</param>
    /// <param name="optimizer">Optimizer and schedule; learning rates are a hundredth of pretraining's.</param>
    /// <param name="folder">Where checkpoints go.</param>
    public DpoTrainer(LanguageModel policy, IReadOnlyList<PreferencePair> train, IReadOnlyList<PreferencePair> heldOut, DpoOptions options, OptimizerOptions optimizer, string folder)
        : base(policy, new LoopOptions(options.steps, options.evalInterval, options.checkpointInterval, options.keepCheckpoints, options.torchThreads, options.seed, ScaleLoss: options.precision == Precision.Float16), optimizer, folder)
    {
        if (train.Count == 0) throw new InputException("there are no preference pairs to train on: check the filters and dedup of the preference source");
        foreach (PreferencePair pair in train.Concat(heldOut))
            {
            if (pair.Prompt.Length == 0 || pair.Chosen.Length == 0 || pair.Rejected.Length == 0) throw new ArgumentException("a preference pair needs a prompt and two answers of one token at least");
            TokenIds.Check([.. pair.Prompt, .. pair.Chosen, .. pair.Rejected], policy.Vocabulary);
        }
        this.train = train;
        this.heldOut = heldOut;
        this.options = options;
        Half.Check(options.precision, policy.Device);
        policy.CheckpointActivations = options.checkpointActivations;
        loss = new PreferenceLoss(options.loss, options.beta, options.labelSmoothing, options.gamma);
        seed = new Seed(options.seed).For("pair order");
    }

    /// <summary>Called after every step.</summary>
    public Action<DpoStepReport>? Stepped { get; init; }

    /// <summary>Called after every validation.</summary>
    public Action<DpoEvaluationReport>? Evaluated { get; init; }

    /// <summary>The last validation of this process.</summary>
    public DpoEvaluationReport? Evaluation { get; private set; }

    /// <inheritdoc/>
    protected override void Prepare()
    {
        trainReference = References(train);
        heldOutReference = References(heldOut);
    }

    /// <inheritdoc/>
    protected override (double Loss, long Targets) Accumulate()
    {
        using var scope = NewDisposeScope();
        int[] chosen = [.. Enumerable.Range(0, options.batch).Select(i => PairAt((long)Step * options.batch + i))];
        (PairLogProbabilities p, long targets) = Forward([.. chosen.Select(i => train[i])], [.. chosen.Select(i => trainReference![i])]);
        Tensor byPair = loss.ByPair(p), mean = byPair.mean();
        Backward(mean);
        stepMetrics = Metrics([(byPair.detach(), loss.Rewards(p))]);
        return (mean.item(), targets);
    }

    /// <inheritdoc/>
    protected override void Report(double loss, double learningRate, double gradientNorm, double seconds) =>
        Stepped?.Invoke(new DpoStepReport(Step, Steps, stepMetrics!, learningRate, gradientNorm, options.batch / seconds));

    /// <inheritdoc/>
    protected override double? Validate()
    {
        if (heldOut.Count == 0) return null;
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var batches = new List<(Tensor, (Tensor, Tensor))>();
        for (int at = 0; at < heldOut.Count; at += options.batch)
        {
            int count = Math.Min(options.batch, heldOut.Count - at);
            (PairLogProbabilities p, _) = Forward([.. heldOut.Skip(at).Take(count)], heldOutReference.AsSpan(at, count).ToArray());
            batches.Add((loss.ByPair(p), loss.Rewards(p)));
        }
        Evaluation = new DpoEvaluationReport(Step, Metrics(batches));
        Evaluated?.Invoke(Evaluation);
        return Evaluation.HeldOut.Loss;
    }

    // Where the run is in the pairs follows from the step alone.
    /// <inheritdoc/>
    protected override byte[] SavePosition() => [];

    /// <inheritdoc/>
    protected override void RestorePosition(byte[] position) { }

    private int PairAt(long index)
    {
        long epoch = index / train.Count;
        if (epoch != orderEpoch)
        {
            orderEpoch = epoch;
            order = [.. Enumerable.Range(0, train.Count)];
            Seed shuffle = seed.For((ulong)epoch);
            for (int i = order.Length - 1; i > 0; i--)
            {
                int j = (int)shuffle.Below((ulong)i + 1, (ulong)i);
                (order[i], order[j]) = (order[j], order[i]);
            }
        }
        return order[index % train.Count];
    }

    private (PairLogProbabilities, long Targets) Forward(PreferencePair[] pairs, Reference[] references)
    {
        PairBatch batch = PairBatch.Of(pairs, Model.Context, Model.Device);
        Tensor logits_BTV = Half.Forward(Model, batch.Inputs_BT, null, options.precision);
        Tensor[] logps = Loss.SequenceLogProbabilities(logits_BTV, batch.Targets_BT).chunk(2, 0);
        Tensor Known(Func<Reference, double> side) => tensor<double>([.. references.Select(side)], [pairs.Length]).to(logps[0].dtype).to(Model.Device);
        long targets = (long)(batch.ChosenLength.sum().item() + batch.RejectedLength.sum().item());
        return (new PairLogProbabilities(logps[0], logps[1], Known(r => r.Chosen), Known(r => r.Rejected), batch.ChosenLength, batch.RejectedLength), targets);
    }

    private Reference[] References(IReadOnlyList<PreferencePair> pairs)
    {
        var references = new Reference[pairs.Count];
        using var off = no_grad();
        for (int at = 0; at < pairs.Count; at += options.batch)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(options.batch, pairs.Count - at);
            (PairLogProbabilities p, _) = Forward([.. pairs.Skip(at).Take(count)], new Reference[count]);
            double[] chosen = p.PolicyChosen.to(float64).ToArray<double>(), rejected = p.PolicyRejected.to(float64).ToArray<double>();
            for (int i = 0; i < count; i++) references[at + i] = new Reference(chosen[i], rejected[i]);
        }
        return references;
    }

    private static PreferenceMetrics Metrics(IEnumerable<(Tensor Loss, (Tensor Chosen, Tensor Rejected) Rewards)> batches)
    {
        double[] losses = [.. batches.SelectMany(b => b.Loss.to(float64).ToArray<double>())];
        double[] chosen = [.. batches.SelectMany(b => b.Rewards.Chosen.to(float64).ToArray<double>())];
        double[] rejected = [.. batches.SelectMany(b => b.Rewards.Rejected.to(float64).ToArray<double>())];
        double accuracy = chosen.Zip(rejected).Average(r => r.First > r.Second ? 1 : r.First == r.Second ? 0.5 : 0);
        return new PreferenceMetrics(losses.Average(), chosen.Average() - rejected.Average(), accuracy, chosen.Average(), rejected.Average());
    }

    private readonly record struct Reference(double Chosen, double Rejected);
}
