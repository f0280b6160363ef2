using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Adam (Kingma 2015), with decoupled weight decay (Loshchilov 2019) unless the options say plain Adam, in PyTorch's order of operations, so that it gives
/// PyTorch's numbers; by libtorch's fused kernel where it has one.
/// </summary>
public sealed class AdamW : Optimizer
{
    internal const string Mean = "exp_avg", Square = "exp_avg_sq";
    private readonly OptimizerOptions options;

    /// <summary>An optimizer with empty moments.</summary>
    public AdamW(IReadOnlyList<Weight> weights, OptimizerOptions options) : base(WeightGroup.ByDecay(weights, options, Mean, Square)) => this.options = options;

    private protected override void Update(WeightGroup group, double learningRate) => Update(group, learningRate, Steps, options);

    internal static void Update(WeightGroup group, double learningRate, int steps, OptimizerOptions options)
    {
        bool isDecoupled = options.kind != OptimizerKind.Adam;
        if (fused.has_adam(isDecoupled, group.Values.Tensors[0].device))
            fused.adam_(group.Values, group.Gradients(), group[Mean], group[Square], steps, isDecoupled, learningRate, options.beta1, options.beta2, group.Decay, options.eps);
        else
            UpdateByLists(group, learningRate, steps, options);
    }

    internal static void UpdateByLists(WeightGroup group, double learningRate, int steps, OptimizerOptions options)
    {
        TensorList gradients = group.Gradients(), mean = group[Mean], square = group[Square];
        double stepSize = learningRate / (1 - Math.Pow(options.beta1, steps)), correction = Math.Sqrt(1 - Math.Pow(options.beta2, steps));
        if (group.Decay != 0)
        {
            if (options.kind == OptimizerKind.Adam) gradients = @foreach.add(gradients, group.Values, group.Decay);
            else @foreach.mul_(group.Values, 1 - learningRate * group.Decay);
        }
        @foreach.mul_(mean, options.beta1);
        @foreach.add_(mean, gradients, 1 - options.beta1);
        @foreach.mul_(square, options.beta2);
        @foreach.addcmul_(square, gradients, gradients, 1 - options.beta2);
        TensorList denominator = @foreach.sqrt(square);
        @foreach.div_(denominator, correction);
        @foreach.add_(denominator, options.eps);
        @foreach.addcdiv_(group.Values, mean, denominator, -stepSize);
    }
}
