using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// An exponential moving average of the weights (Polyak 1992; Izmailov 2018), which validates better than the last weights of a run whose rate is still
/// high. The decay of step t is at most (1 + t) / (10 + t), as in TensorFlow, so that the random weights of the start are soon forgotten.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly double decay;
    private readonly IReadOnlyList<Weight> weights;
    private readonly TensorList values, average;

    /// <summary>An average that begins at the weights as they are.</summary>
    internal WeightAverage(IReadOnlyList<Weight> weights, double decay)
    {
        (this.weights, this.decay) = (weights, decay);
        values = new TensorList([.. weights.Select(w => w.Value)]);
        average = new TensorList([.. weights.Select(w => w.Value.detach().clone().DetachFromDisposeScope())]);
    }

    /// <summary>The averages under the names of the weights.</summary>
    internal IEnumerable<Weight> State => weights.Select((w, i) => new Weight(w.Name, average.Tensors[i]));

    /// <summary>Takes in the weights after a step, counted from 1.</summary>
    internal void Add(int step)
    {
        using var off = no_grad();
        double keep = Math.Min(decay, (1.0 + step) / (10 + step));
        @foreach.mul_(average, keep);
        @foreach.add_(average, values, 1 - keep);
    }

    /// <summary>Runs an action while the model holds the averages; the weights come back whatever it does.</summary>
    internal void Within(Action action)
    {
        Swap();
        try
        {
            action();
        }
        finally
        {
            Swap();
        }
    }

    private void Swap()
    {
        using var off = no_grad();
        for (int i = 0; i < weights.Count; i++)
        {
            using var scope = NewDisposeScope();
            Tensor kept = values.Tensors[i].clone();
            values.Tensors[i].copy_(average.Tensors[i]);
            average.Tensors[i].copy_(kept);
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in average.Tensors) tensor.Dispose();
    }
}
