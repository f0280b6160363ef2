using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Muon (Jordan 2024): the momentum of a matrix inside a block is replaced by the nearest matrix whose singular values are all about 1, so that every
/// direction of the matrix learns at the same pace. Five Newton-Schulz steps find it with products alone; a singular value decomposition would take many
/// times as long. Embeddings, the head, norms and biases are no maps between hidden states: AdamW changes them.
/// </summary>
public sealed class Muon : Optimizer
{
    private const string Velocity = "momentum_buffer";
    private const int NewtonSchulzSteps = 5;

    // The quintic a x + b x^3 + c x^5 of the author: steepest at 0 of those that keep [0, 1] within about [0.7, 1.2].
    private const double A = 3.4445, B = -4.775, C = 2.0315, NormEps = 1e-7;
    private readonly OptimizerOptions options;

    /// <summary>An optimizer at rest.</summary>
    public Muon(IReadOnlyList<Weight> weights, OptimizerOptions options)
        : base([
            new WeightGroup(weights.Where(w => w.IsHiddenMatrix), options.weightDecay, options.muonLearningRate / options.learningRate, Velocity),
            .. WeightGroup.ByDecay([.. weights.Where(w => !w.IsHiddenMatrix)], options, AdamW.Mean, AdamW.Square)]) => this.options = options;

    private protected override void Update(WeightGroup group, double learningRate)
    {
        if (!group.Weights[0].IsHiddenMatrix)
        {
            AdamW.Update(group, learningRate, Steps, options);
            return;
        }
        TensorList gradients = group.Gradients(), velocity = group[Velocity];
        @foreach.mul_(velocity, options.muonMomentum);
        @foreach.add_(velocity, gradients, 1 - options.muonMomentum);
        if (group.Decay != 0) @foreach.mul_(group.Values, 1 - learningRate * group.Decay);
        // g + (v - g) * momentum is Nesterov's look ahead.
        TensorList ahead = @foreach.add(gradients, @foreach.add(velocity, gradients, -1), options.muonMomentum);
        for (int i = 0; i < group.Weights.Count; i++)
        {
            using var scope = NewDisposeScope();
            Tensor weight = group.Values.Tensors[i];
            // A tall matrix of orthonormal columns moves its outputs less than a square one: the author's correction.
            double scale = Math.Sqrt(Math.Max(1, (double)weight.size(-2) / weight.size(-1)));
            weight.add_(Orthogonal(ahead.Tensors[i]), -learningRate * scale);
        }
    }

    /// <summary>The nearest matrix with singular values of about 1 (0.7 to 1.2): [..., rows, columns], each matrix by itself.</summary>
    internal static Tensor Orthogonal(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        bool tall = matrix.size(-2) > matrix.size(-1);
        Tensor x = tall ? matrix.transpose(-2, -1) : matrix;
        x = x.div(x.pow(2).sum(-1, keepdim: true).sum(-2, keepdim: true).sqrt().add(NormEps));
        for (int step = 0; step < NewtonSchulzSteps; step++)
        {
            Tensor a = matmul(x, x.transpose(-2, -1));
            x = x.mul(A).add(matmul(a.mul(B).add(matmul(a, a), C), x));
        }
        return (tall ? x.transpose(-2, -1) : x).MoveToOuterDisposeScope();
    }
}
