using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>How losses of tokens become one number.</summary>
public enum TokenAggregation
{
    /// <summary>Mean of each sequence's mean (GRPO, Shao 2024).</summary>
    SequenceMean,
    /// <summary>Mean over all tokens (DAPO, Yu 2025).</summary>
    TokenMean,
    /// <summary>Sum over sequences times the longest answer allowed (Dr. GRPO, Liu 2025).</summary>
    FixedLength,
}

/// <summary>How the rewards of a group of answers become advantages.</summary>
public enum GroupAdvantage
{
    /// <summary>(r - mean) / (std + 1e-4), std with n-1.</summary>
    GroupStd,
    /// <summary>(r - mean) / (std + 1e-8), std with n.</summary>
    GroupStdPopulation,
    /// <summary>r - mean.</summary>
    MeanOnly,
    /// <summary>(r - group mean) / (std of all rewards + 1e-4).</summary>
    BatchStd,
    /// <summary>r - mean of the other answers (RLOO, Ahmadian 2024).</summary>
    LeaveOneOut,
}

/// <summary>The clipped policy-gradient losses: GRPO, DAPO, Dr. GRPO, GSPO and the two-sided clip.</summary>
/// <param name="ClipLow">How far below 1 a ratio is used.</param>
/// <param name="ClipHigh">How far above 1 (0.28 in DAPO).</param>
/// <param name="KlWeight">Weight of the k3 estimate of the KL to the reference.</param>
/// <param name="Aggregation">How tokens are averaged.</param>
/// <param name="LongestAnswer">Tokens that FixedLength divides by.</param>
/// <param name="RatioCap">Largest ratio used at all, 0 for none (INTELLECT-2).</param>
/// <param name="BySequence">Whether a sequence shares one ratio, exp of the mean log-ratio (GSPO, Zheng 2025).</param>
public sealed record PolicyLoss(
    double ClipLow = 0.2, double ClipHigh = 0.2, double KlWeight = 0, TokenAggregation Aggregation = TokenAggregation.TokenMean, int LongestAnswer = 0, double RatioCap = 0, bool BySequence = false)
{
    /// <summary>exp(logp - old), by token [B, T] or by sequence [B, 1].</summary>
    public Tensor Ratio(Tensor logps_BT, Tensor old_BT, Tensor mask_BT)
    {
        using var scope = NewDisposeScope();
        Tensor logRatio = logps_BT - old_BT;
        if (BySequence) logRatio = (logRatio * mask_BT).sum(1, keepdim: true) / mask_BT.sum(1, keepdim: true);
        return logRatio.exp().MoveToOuterDisposeScope();
    }

    /// <summary>Loss of each token.</summary>
    public Tensor ByToken(Tensor logps_BT, Tensor old_BT, Tensor reference_BT, Tensor advantages_B, Tensor mask_BT)
    {
        using var scope = NewDisposeScope();
        Tensor ratio = Ratio(logps_BT, old_BT, mask_BT), advantage_B1 = advantages_B.unsqueeze(1), clipped = ratio.clamp(1 - ClipLow, 1 + ClipHigh);
        if (RatioCap > 0) ratio = ratio.clamp(max: RatioCap);
        Tensor loss = -minimum(ratio * advantage_B1, clipped * advantage_B1);
        if (KlWeight != 0) loss += Divergence.K3(logps_BT, reference_BT) * KlWeight;
        return loss.expand(logps_BT.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of a batch; the mask is 1 on the tokens of answers.</summary>
    public Tensor Mean(Tensor byToken_BT, Tensor mask_BT)
    {
        using var scope = NewDisposeScope();
        Tensor masked = byToken_BT * mask_BT;
        Tensor loss = Aggregation switch
        {
            TokenAggregation.SequenceMean => (masked.sum(1) / mask_BT.sum(1)).mean(),
            TokenAggregation.TokenMean => masked.sum() / mask_BT.sum(),
            _ => masked.sum() / ((double)LongestAnswer * mask_BT.size(0)),
        };
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Advantages of rewards [groups, answers].</summary>
    public static Tensor Advantages(Tensor rewards_GA, GroupAdvantage form)
    {
        using var scope = NewDisposeScope();
        Tensor centred = rewards_GA - rewards_GA.mean(1, keepdim: true);
        double answers = rewards_GA.size(1);
        Tensor advantages = form switch
        {
            GroupAdvantage.GroupStd => centred / (rewards_GA.std(1, keepdim: true) + 1e-4),
            GroupAdvantage.GroupStdPopulation => centred / (rewards_GA.std(1, unbiased: false, keepdim: true) + 1e-8),
            GroupAdvantage.BatchStd => centred / (rewards_GA.view(-1).std(0) + 1e-4),
            GroupAdvantage.LeaveOneOut => centred * (answers / (answers - 1)),
            _ => centred,
        };
        return advantages.MoveToOuterDisposeScope();
    }
}
