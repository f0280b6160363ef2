using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>Losses and log-probabilities of next tokens. Sums over the vocabulary are in float32 whatever the logits are in.</summary>
public static class Loss
{
    /// <summary>The target that is not predicted, as in PyTorch and Hugging Face.</summary>
    public const int Ignored = -100;

    /// <summary>Mean cross-entropy in nats over the targets that are not ignored.</summary>
    public static Tensor Mean(Tensor logits_BTV, Tensor targets_BT, double labelSmoothing = 0)
    {
        using var scope = NewDisposeScope();
        return F.cross_entropy(Flat(logits_BTV), targets_BT.reshape(-1), label_smoothing: labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>The z-loss: the mean squared log of the softmax's sum over the targets that are not ignored (Chowdhery 2022).</summary>
    public static Tensor LogSumSquared(Tensor logits_BTV, Tensor targets_BT)
    {
        using var scope = NewDisposeScope();
        Tensor counted_N = targets_BT.reshape(-1).ne(Ignored).to(float32), squared_N = Flat(logits_BTV).logsumexp(-1).pow(2);
        return ((squared_N * counted_N).sum() / counted_N.sum()).MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy of each target, 0 where ignored.</summary>
    public static Tensor ByToken(Tensor logits_BTV, Tensor targets_BT)
    {
        using var scope = NewDisposeScope();
        return F.cross_entropy(Flat(logits_BTV), targets_BT.reshape(-1), Reduction.None).view(targets_BT.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Sum of the log-probabilities of the targets of each row, ignored ones left out: [B].</summary>
    public static Tensor SequenceLogProbabilities(Tensor logits_BTV, Tensor targets_BT)
    {
        using var scope = NewDisposeScope();
        return ByToken(logits_BTV, targets_BT).sum(1).neg().MoveToOuterDisposeScope();
    }

    private static Tensor Flat(Tensor logits_BTV)
    {
        Tensor flat = logits_BTV.reshape(-1, logits_BTV.size(-1));
        return flat.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? flat.to(float32) : flat;
    }
}
