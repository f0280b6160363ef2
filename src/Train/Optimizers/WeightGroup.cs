using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Weights that an optimizer treats alike, and what it remembers of each: lists of tensors, all zero at first.</summary>
internal sealed class WeightGroup
{
    private readonly (string Name, TensorList Tensors)[] remembered;

    /// <summary>A group.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="decay">Weight decay of this group.</param>
    /// <param name="rate">What the learning rate is multiplied by.</param>
    /// <param name="remember">Names of the lists to be kept.</param>
    internal WeightGroup(IEnumerable<Weight> weights, double decay, double rate, params string[] remember)
    {
        Weights = [.. weights];
        (Decay, Rate) = (decay, rate);
        Values = new TensorList([.. Weights.Select(w => w.Value)]);
        remembered = [.. remember.Select(name => (name, new TensorList([.. Weights.Select(w => zeros(w.Value.shape, w.Value.dtype, w.Value.device).DetachFromDisposeScope())])))];
    }

    internal IReadOnlyList<Weight> Weights { get; }

    internal double Decay { get; }

    internal double Rate { get; }

    internal TensorList Values { get; }

    internal IEnumerable<Weight> State => remembered.SelectMany(list => Weights.Select((w, i) => new Weight($"{list.Name}.{w.Name}", list.Tensors.Tensors[i])));

    internal TensorList this[string name] => Array.Find(remembered, list => list.Name == name).Tensors;

    /// <summary>Tensors of 2 or more dimensions with decay, norms and biases without, and embeddings by themselves where they have a rate of their own.</summary>
    internal static WeightGroup[] ByDecay(IReadOnlyList<Weight> weights, OptimizerOptions options, params string[] remember)
    {
        double own = options.embeddingLearningRate == 0 ? 1 : options.embeddingLearningRate / options.learningRate;
        bool IsApart(Weight weight) => own != 1 && weight.IsEmbedding;
        return
        [
            new WeightGroup(weights.Where(w => w.Value.ndim >= 2 && !IsApart(w)), options.weightDecay, 1, remember),
            new WeightGroup(weights.Where(w => w.Value.ndim < 2), 0, 1, remember),
            new WeightGroup(weights.Where(IsApart), options.weightDecay, own, remember),
        ];
    }

    internal TensorList Gradients() => new([.. Weights.Select(w => w.Value.grad ?? throw new InvalidOperationException($"weight {w.Name} has no gradient: call backward first"))]);
}
