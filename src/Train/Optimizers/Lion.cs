using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Lion (Chen 2023): w -= rate * sign(beta1 * m + (1 - beta1) * g), then m = beta2 * m + (1 - beta2) * g, with decoupled decay. The paper takes 0.9 and 0.99.</summary>
public sealed class Lion : Optimizer
{
    private const string Mean = "exp_avg";
    private readonly OptimizerOptions options;

    /// <summary>An optimizer with an empty moment.</summary>
    public Lion(IReadOnlyList<Weight> weights, OptimizerOptions options) : base(WeightGroup.ByDecay(weights, options, Mean)) => this.options = options;

    private protected override void Update(WeightGroup group, double learningRate)
    {
        TensorList gradients = group.Gradients(), mean = group[Mean];
        if (group.Decay != 0) @foreach.mul_(group.Values, 1 - learningRate * group.Decay);
        // g + (m - g) * beta1, in two operators.
        TensorList ahead = @foreach.add(gradients, @foreach.add(mean, gradients, -1), options.beta1);
        @foreach.add_(group.Values, new TensorList([.. ahead.Tensors.Select(a => a.sign())]), -learningRate);
        @foreach.mul_(mean, options.beta2);
        @foreach.add_(mean, gradients, 1 - options.beta2);
    }
}
