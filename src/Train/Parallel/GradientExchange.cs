using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Sums gradients over processes. The gradients of a step lie one behind the other in one tensor for each element type, so that all of them are one
/// exchange and no copy: some hundred small ones would wait for the network some hundred times.
/// </summary>
internal sealed class GradientExchange : IDisposable
{
    private readonly Ranks ranks;
    private readonly IReadOnlyList<Weight> weights;
    private readonly List<Tensor> flats = [];
    private readonly Tensor[] views;

    internal GradientExchange(Ranks ranks, IReadOnlyList<Weight> weights)
    {
        (this.ranks, this.weights) = (ranks, weights);
        views = new Tensor[weights.Count];
        foreach (IGrouping<(ScalarType, Device), int> alike in Enumerable.Range(0, weights.Count).GroupBy(i => (weights[i].Value.dtype, weights[i].Value.device)))
        {
            using var scope = NewDisposeScope();
            Tensor flat = zeros([alike.Sum(i => weights[i].Value.numel())], alike.Key.Item1, alike.Key.Item2).DetachFromDisposeScope();
            flats.Add(flat);
            long at = 0;
            foreach (int i in alike)
            {
                long count = weights[i].Value.numel();
                views[i] = flat.narrow(0, at, count).view(weights[i].Value.shape).DetachFromDisposeScope();
                at += count;
            }
        }
    }

    /// <summary>Lets the step's gradients be added up in the tensors that are exchanged.</summary>
    internal void Attach()
    {
        foreach (Tensor flat in flats) flat.zero_();
        for (int i = 0; i < views.Length; i++) weights[i].Value.grad = views[i];
    }

    /// <summary>Makes every gradient the sum over all processes.</summary>
    internal void Sum()
    {
        foreach (Tensor flat in flats) ranks.Reduce(flat);
    }

    public void Dispose()
    {
        foreach (Tensor tensor in views.Concat(flats)) tensor.Dispose();
    }
}
