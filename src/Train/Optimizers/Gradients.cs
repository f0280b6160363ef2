using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>What is done to all gradients at once.</summary>
public static class Gradients
{
    // Keeps an all-zero gradient from a division by zero; PyTorch's clip_grad_norm_ adds the same.
    private const double NormEps = 1e-6;

    /// <summary>Scales the gradient so that its norm is at most `highest` (Pascanu 2013); 0 only measures. Returns the norm before.</summary>
    public static double Clip(IReadOnlyList<Weight> weights, double highest)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var gradients = new TensorList([.. weights.Select(w => w.Value.grad).OfType<Tensor>()]);
        double norm = stack(@foreach.norm(gradients)).norm().item();
        double scale = highest / (norm + NormEps);
        if (highest > 0 && scale < 1) @foreach.mul_(gradients, scale);
        return norm;
    }

    /// <summary>Gives weights that the step did not reach, as those of an expert that no token chose, a gradient of zero: the one they have where several processes sum theirs.</summary>
    public static void Complete(IReadOnlyList<Weight> weights)
    {
        using var scope = NewDisposeScope();
        foreach (Weight weight in weights) weight.Value.grad ??= zeros(weight.Value.shape, weight.Value.dtype, weight.Value.device);
    }

    /// <summary>Frees the gradients, so that the next backward starts from nothing.</summary>
    public static void Clear(IReadOnlyList<Weight> weights)
    {
        foreach (Weight weight in weights) weight.Value.grad = null;
    }
}
