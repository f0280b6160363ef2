using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>Divergence of a policy from a reference: estimates from sampled tokens (d = logp - reference), and exact values from logits. Nats.</summary>
public static class Divergence
{
    /// <summary>d: unbiased, of high variance.</summary>
    public static Tensor K1(Tensor logps, Tensor reference) => logps - reference;

    /// <summary>d^2 / 2: biased, of low variance.</summary>
    public static Tensor K2(Tensor logps, Tensor reference)
    {
        using var scope = NewDisposeScope();
        return ((logps - reference).pow(2) * 0.5).MoveToOuterDisposeScope();
    }

    /// <summary>exp(-d) - 1 + d: unbiased and never negative.</summary>
    public static Tensor K3(Tensor logps, Tensor reference)
    {
        using var scope = NewDisposeScope();
        Tensor difference = reference - logps;
        return (difference.exp() - difference - 1).MoveToOuterDisposeScope();
    }

    /// <summary>KL(p || q) over the last dimension.</summary>
    public static Tensor OfLogits(Tensor p, Tensor q)
    {
        using var scope = NewDisposeScope();
        Tensor logP = F.log_softmax(p, -1);
        return (logP.exp() * (logP - F.log_softmax(q, -1))).sum(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Entropy over the last dimension.</summary>
    public static Tensor Entropy(Tensor logits)
    {
        using var scope = NewDisposeScope();
        Tensor logP = F.log_softmax(logits, -1);
        return (logP.exp() * logP).sum(-1).neg().MoveToOuterDisposeScope();
    }
}
