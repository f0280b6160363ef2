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
    /// <param name="remember">Names of the lists to be kept.</param>
    internal WeightGroup(IEnumerable<Weight> weights, double decay, params string[] remember)
    {
        Weights = [.. weights];
        Decay = decay;
        Values = new TensorList([.. Weights.Select(w => w.Value)]);
        remembered = [.. remember.Select(name => (name, new TensorList([.. Weights.Select(w => zeros(w.Value.shape, w.Value.dtype, w.Value.device).DetachFromDisposeScope())])))];
    }

    internal IReadOnlyList<Weight> Weights { get; }

    internal double Decay { get; }

    internal TensorList Values { get; }

    internal IEnumerable<Weight> State => remembered.SelectMany(list => Weights.Select((w, i) => new Weight($"{list.Name}.{w.Name}", list.Tensors.Tensors[i])));

    internal TensorList this[string name] => Array.Find(remembered, list => list.Name == name).Tensors;

    /// <summary>Two groups: tensors of 2 or more dimensions with decay, norms and biases without.</summary>
    internal static WeightGroup[] ByDecay(IReadOnlyList<Weight> weights, double decay, params string[] remember) =>
    [
        new WeightGroup(weights.Where(w => w.Value.ndim >= 2), decay, remember),
        new WeightGroup(weights.Where(w => w.Value.ndim < 2), 0, remember),
    ];

    internal TensorList Gradients() => new([.. Weights.Select(w => w.Value.grad ?? throw new InvalidOperationException($"weight {w.Name} has no gradient: call backward first"))]);
}
