using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Adam with decoupled weight decay (Kingma 2015; Loshchilov 2019), in PyTorch's order of operations, so that it gives PyTorch's numbers.
/// Weights go in two groups, with and without decay, and each group takes one list operator for each line of the formula.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly OptimizerOptions options;
    private readonly Group[] groups;

    /// <summary>An optimizer with empty moments.</summary>
    public AdamW(IReadOnlyList<Weight> weights, OptimizerOptions options)
    {
        this.options = options;
        groups =
        [
            new Group([.. weights.Where(w => w.Value.ndim >= 2)], options.weightDecay),
            new Group([.. weights.Where(w => w.Value.ndim < 2)], 0),
        ];
    }

    /// <summary>Steps taken so far; the bias correction depends on it.</summary>
    public int Steps { get; set; }

    /// <summary>The moments under the names a checkpoint holds: exp_avg.NAME and exp_avg_sq.NAME.</summary>
    public IEnumerable<Weight> State => groups.SelectMany(g => g.State);

    /// <summary>Changes every weight by its gradient at this learning rate.</summary>
    public void Step(double learningRate)
    {
        Steps++;
        using var off = no_grad();
        foreach (Group group in groups)
            if (group.Weights.Count > 0) Step(group, learningRate);
    }

    private void Step(Group group, double learningRate)
    {
        using var scope = NewDisposeScope();
        TensorList gradients = group.Gradients();
        double stepSize = learningRate / (1 - Math.Pow(options.beta1, Steps)), correction = Math.Sqrt(1 - Math.Pow(options.beta2, Steps));
        if (group.Decay != 0) @foreach.mul_(group.Values, 1 - learningRate * group.Decay);
        @foreach.mul_(group.Mean, options.beta1);
        @foreach.add_(group.Mean, gradients, 1 - options.beta1);
        @foreach.mul_(group.Square, options.beta2);
        @foreach.addcmul_(group.Square, gradients, gradients, 1 - options.beta2);
        TensorList denominator = @foreach.sqrt(group.Square);
        @foreach.div_(denominator, correction);
        @foreach.add_(denominator, options.eps);
        @foreach.addcdiv_(group.Values, group.Mean, denominator, -stepSize);
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        foreach (Weight moment in State) moment.Value.Dispose();
    }

    private sealed class Group
    {
        internal Group(IReadOnlyList<Weight> weights, double decay)
        {
            Weights = weights;
            Decay = decay;
            Values = new TensorList([.. weights.Select(w => w.Value)]);
            Mean = Moments(weights);
            Square = Moments(weights);
        }

        internal IReadOnlyList<Weight> Weights { get; }
        internal double Decay { get; }
        internal TensorList Values { get; }
        internal TensorList Mean { get; }
        internal TensorList Square { get; }

        internal IEnumerable<Weight> State =>
            Weights.Select((w, i) => new Weight("exp_avg." + w.Name, Mean.Tensors[i])).Concat(Weights.Select((w, i) => new Weight("exp_avg_sq." + w.Name, Square.Tensors[i])));

        internal TensorList Gradients() => new([.. Weights.Select(w => w.Value.grad ?? throw new InvalidOperationException($"weight {w.Name} has no gradient: call backward first"))]);

        private static TensorList Moments(IReadOnlyList<Weight> weights) =>
            new([.. weights.Select(w => zeros(w.Value.shape, w.Value.dtype, w.Value.device).DetachFromDisposeScope())]);
    }
}
