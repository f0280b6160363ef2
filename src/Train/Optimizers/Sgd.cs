using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Gradient descent with momentum in PyTorch's form: v = momentum * v + g, w -= rate * v; Nesterov's takes g + momentum * v. The decay is added to g.</summary>
public sealed class Sgd : Optimizer
{
    private const string Velocity = "momentum_buffer";
    private readonly OptimizerOptions options;

    /// <summary>An optimizer at rest.</summary>
    public Sgd(IReadOnlyList<Weight> weights, OptimizerOptions options)
        : base(WeightGroup.ByDecay(weights, options, options.momentum > 0 ? [Velocity] : [])) => this.options = options;

    private protected override void Update(WeightGroup group, double learningRate)
    {
        TensorList direction = group.Gradients();
        if (group.Decay != 0) direction = @foreach.add(direction, group.Values, group.Decay);
        if (options.momentum > 0)
        {
            TensorList velocity = group[Velocity];
            @foreach.mul_(velocity, options.momentum);
            @foreach.add_(velocity, direction);
            direction = options.nesterov ? @foreach.add(direction, velocity, options.momentum) : velocity;
        }
        @foreach.add_(group.Values, direction, -learningRate);
    }
}
