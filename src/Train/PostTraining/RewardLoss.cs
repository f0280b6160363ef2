using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>Losses of reward models (Bradley and Terry 1952; Ouyang 2022).</summary>
public static class RewardLoss
{
    /// <summary>-log sigmoid(chosen - rejected - margin) + centering * (chosen + rejected)^2 of each pair (margin: Touvron 2023; centering: Eisenstein 2023).</summary>
    public static Tensor ByPair(Tensor chosen, Tensor rejected, Tensor? margin = null, double centering = 0)
    {
        using var scope = NewDisposeScope();
        Tensor gap = chosen - rejected;
        if (margin is not null) gap -= margin;
        Tensor loss = -F.logsigmoid(gap);
        if (centering != 0) loss += (chosen + rejected).pow(2) * centering;
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Mean over all pairs of scores given best first.</summary>
    public static Tensor Ranked(Tensor scores)
    {
        using var scope = NewDisposeScope();
        long count = scores.size(0);
        Tensor gaps = scores.unsqueeze(1) - scores.unsqueeze(0);
        Tensor better = ones([count, count], scores.dtype, scores.device).triu(1);
        return ((F.logsigmoid(gaps) * better).sum() / (-0.5 * count * (count - 1))).MoveToOuterDisposeScope();
    }
}
