using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>Odds-ratio preference optimisation (Hong 2024): no reference model.</summary>
public static class OrpoLoss
{
    /// <summary>The term added to the chosen answers' cross-entropy: lambda * -log sigmoid(log odds ratio) of each pair, from mean token log-probabilities.</summary>
    public static Tensor ByPair(Tensor chosenMean, Tensor rejectedMean, double lambda)
    {
        using var scope = NewDisposeScope();
        return (F.logsigmoid(LogOdds(chosenMean, rejectedMean)) * -lambda).MoveToOuterDisposeScope();
    }

    /// <summary>log of odds(chosen) / odds(rejected), with odds p / (1 - p) and p = exp(mean log-probability).</summary>
    public static Tensor LogOdds(Tensor chosenMean, Tensor rejectedMean)
    {
        using var scope = NewDisposeScope();
        Tensor odds = chosenMean - rejectedMean - ((-chosenMean.exp()).log1p() - (-rejectedMean.exp()).log1p());
        return odds.MoveToOuterDisposeScope();
    }
}

/// <summary>Kahneman-Tversky optimisation (Ethayarajh 2024): answers judged alone, good or bad.</summary>
/// <param name="Beta">How far the policy may leave the reference.</param>
/// <param name="DesirableWeight">Weight of good answers.</param>
/// <param name="UndesirableWeight">Weight of bad answers; weight times count should be 1 to 4/3 between the two.</param>
public sealed record KtoLoss(double Beta, double DesirableWeight = 1, double UndesirableWeight = 1)
{
    /// <summary>Loss of each answer before its weight.</summary>
    /// <param name="logRatios">Summed log-probability under the policy less that under the reference.</param>
    /// <param name="desirable">Which answers are good, as bool.</param>
    /// <param name="mismatched">The log-ratios of prompts with other prompts' answers: their mean, at least 0, is the reference point and takes no gradient.</param>
    public Tensor ByAnswer(Tensor logRatios, Tensor desirable, Tensor mismatched)
    {
        using var scope = NewDisposeScope();
        Tensor gain = logRatios - mismatched.detach().mean().clamp(min: 0);
        return (1 - (where(desirable, gain, -gain) * Beta).sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>Weighted mean loss.</summary>
    public Tensor Mean(Tensor byAnswer, Tensor desirable)
    {
        using var scope = NewDisposeScope();
        Tensor weights = where(desirable, full([], DesirableWeight, byAnswer.dtype, byAnswer.device), full([], UndesirableWeight, byAnswer.dtype, byAnswer.device));
        return (byAnswer * weights).mean().MoveToOuterDisposeScope();
    }
}
