using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>Losses over pairs of a chosen and a rejected answer.</summary>
public enum PreferenceLossKind
{
    /// <summary>-log sigmoid(beta * d) (DPO, Rafailov 2023); with label smoothing e, conservative DPO (Mitchell 2023).</summary>
    Sigmoid,
    /// <summary>[-(1-e) log sigmoid(beta d) + e log sigmoid(-beta d)] / (1 - 2e) (Chowdhury 2024).</summary>
    Robust,
    /// <summary>max(0, 1 - beta * d) (SLiC, Zhao 2023).</summary>
    Hinge,
    /// <summary>(d - 1 / (2 beta))^2 (IPO, Azar 2023), on summed log-probabilities.</summary>
    Ipo,
    /// <summary>IPO with each log-ratio divided by the length of its answer.</summary>
    IpoNormalised,
    /// <summary>DPO with each log-ratio divided by the length of its answer.</summary>
    SigmoidNormalised,
    /// <summary>1 - sigmoid(beta * chosen ratio) + sigmoid(beta * rejected ratio) (D'Oosterlinck 2024).</summary>
    ApoZero,
    /// <summary>Noise contrastive alignment of a pair (Chen 2024).</summary>
    NcaPair,
    /// <summary>-log sigmoid(beta * (mean chosen - mean rejected) - gamma), without a reference (Meng 2024).</summary>
    Simpo,
}

/// <summary>Summed log-probabilities of a batch of pairs, each [B].</summary>
/// <param name="PolicyChosen">Of the chosen answers under the model in training.</param>
/// <param name="PolicyRejected">Of the rejected ones.</param>
/// <param name="ReferenceChosen">Of the chosen answers under the frozen model.</param>
/// <param name="ReferenceRejected">Of the rejected ones.</param>
/// <param name="ChosenLength">Tokens of the chosen answers.</param>
/// <param name="RejectedLength">Tokens of the rejected ones.</param>
public sealed record PairLogProbabilities(Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected, Tensor ChosenLength, Tensor RejectedLength);

/// <summary>The DPO family: each loss of a pair, [B], and the implicit rewards beta * (policy - reference).</summary>
/// <param name="Kind">Which loss.</param>
/// <param name="Beta">How far the policy may leave the reference: larger stays closer.</param>
/// <param name="LabelSmoothing">Share of pairs thought to be labelled the wrong way round.</param>
/// <param name="Gamma">Margin of SimPO.</param>
public sealed record PreferenceLoss(PreferenceLossKind Kind, double Beta, double LabelSmoothing = 0, double Gamma = 0.5)
{
    /// <summary>Loss of each pair.</summary>
    public Tensor ByPair(PairLogProbabilities p)
    {
        using var scope = NewDisposeScope();
        Tensor chosen = p.PolicyChosen - p.ReferenceChosen, rejected = p.PolicyRejected - p.ReferenceRejected;
        Tensor loss = Kind switch
        {
            PreferenceLossKind.Sigmoid => Smoothed((chosen - rejected) * Beta),
            PreferenceLossKind.SigmoidNormalised => Smoothed((chosen / p.ChosenLength - rejected / p.RejectedLength) * Beta),
            PreferenceLossKind.Robust => Robust((chosen - rejected) * Beta),
            PreferenceLossKind.Hinge => (1 - (chosen - rejected) * Beta).relu(),
            PreferenceLossKind.Ipo => (chosen - rejected - 1 / (2 * Beta)).pow(2),
            PreferenceLossKind.IpoNormalised => (chosen / p.ChosenLength - rejected / p.RejectedLength - 1 / (2 * Beta)).pow(2),
            PreferenceLossKind.ApoZero => 1 - (chosen * Beta).sigmoid() + (rejected * Beta).sigmoid(),
            PreferenceLossKind.NcaPair => -(F.logsigmoid(chosen * Beta) + F.logsigmoid(chosen * -Beta) * 0.5 + F.logsigmoid(rejected * -Beta) * 0.5),
            PreferenceLossKind.Simpo => -F.logsigmoid((p.PolicyChosen / p.ChosenLength - p.PolicyRejected / p.RejectedLength) * Beta - Gamma),
            _ => throw new InvalidOperationException($"no loss {Kind}"),
        };
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Implicit rewards of the chosen and the rejected answers.</summary>
    public (Tensor Chosen, Tensor Rejected) Rewards(PairLogProbabilities p)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return (((p.PolicyChosen - p.ReferenceChosen) * Beta).MoveToOuterDisposeScope(), ((p.PolicyRejected - p.ReferenceRejected) * Beta).MoveToOuterDisposeScope());
    }

    private Tensor Smoothed(Tensor x) => LabelSmoothing == 0 ? -F.logsigmoid(x) : F.logsigmoid(x) * (LabelSmoothing - 1) - F.logsigmoid(-x) * LabelSmoothing;

    private Tensor Robust(Tensor x) => (F.logsigmoid(x) * (LabelSmoothing - 1) + F.logsigmoid(-x) * LabelSmoothing) / (1 - 2 * LabelSmoothing);
}
