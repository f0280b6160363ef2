using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Validation loss by source. Sums are kept in double in batch order, so that the numbers repeat.</summary>
public static class Evaluator
{
    /// <summary>Mean loss of a model over batches, in all and by source. Several processes take turns at the batches.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batches">What it is to predict.</param>
    /// <param name="step">Steps done, for the report.</param>
    /// <param name="precision">Type of matrix products.</param>
    /// <param name="text">The text the batches stand for; null leaves bits per byte unknown.</param>
    /// <param name="ranks">The processes; null is one.</param>
    public static EvaluationReport Evaluate(LanguageModel model, IEnumerable<Batch> batches, int step = 0, Precision precision = Precision.Float32, ValidationText? text = null, Ranks? ranks = null)
    {
        ranks ??= Ranks.Alone;
        var sums = new SortedDictionary<int, (double Loss, long Tokens, double TextLoss)>();
        using var off = no_grad();
        using Tensor? isText_V = text?.Mask(model);
        foreach (Batch batch in batches.Where((_, number) => number % ranks.Count == ranks.Rank))
        {
            using var scope = NewDisposeScope();
            BatchTensors tensors = batch.ToTensors(model);
            Tensor logits_BTV = Half.Forward(model, tensors.Inputs_BT, tensors.Context, precision), targets_BT = tensors.Targets_BT;
            Tensor losses_BT = Loss.ByToken(logits_BTV, targets_BT);
            double[] losses = losses_BT.sum(1).to(float64).ToArray<double>();
            double[] textLosses = isText_V is null ? losses : (losses_BT * isText_V.index_select(0, targets_BT.masked_fill(targets_BT.eq(Loss.Ignored), 0).view(-1)).view(targets_BT.shape)).sum(1).to(float64).ToArray<double>();
            double[] counts = targets_BT.ne(Loss.Ignored).sum(1).to(float64).ToArray<double>();
            for (int row = 0; row < batch.Rows; row++)
            {
                (double loss, long tokens, double textLoss) = sums.GetValueOrDefault(batch.Sources[row]);
                sums[batch.Sources[row]] = (loss + losses[row], tokens + (long)counts[row], textLoss + textLosses[row]);
            }
        }
        sums = OverRanks(sums, ranks);
        long all = sums.Values.Sum(s => s.Tokens);
        if (all == 0) throw new ArgumentException("the validation batches hold no token to predict", nameof(batches));
        return new EvaluationReport(step, sums.Values.Sum(s => s.Loss) / all, [.. sums.Where(s => s.Value.Tokens > 0)
            .Select(s => new SourceLoss(s.Key, s.Value.Loss / s.Value.Tokens, s.Value.Tokens) { BitsPerByte = text?.BitsPerByte(s.Value.TextLoss, s.Key) })])
        {
            BitsPerByte = text?.BitsPerByte(sums.Values.Sum(s => s.TextLoss)),
        };
    }

    private static SortedDictionary<int, (double Loss, long Tokens, double TextLoss)> OverRanks(SortedDictionary<int, (double Loss, long Tokens, double TextLoss)> own, Ranks ranks)
    {
        if (ranks.Count == 1) return own;
        Span<double> greatest = [own.Keys.DefaultIfEmpty(0).Max()];
        ranks.Reduce(greatest, ReduceOp.MAX);
        int sources = (int)greatest[0] + 1;
        var all = new double[3 * sources];
        foreach ((int source, (double loss, long tokens, double textLoss)) in own) (all[3 * source], all[3 * source + 1], all[3 * source + 2]) = (loss, tokens, textLoss);
        ranks.Reduce(all);
        var sums = new SortedDictionary<int, (double Loss, long Tokens, double TextLoss)>();
        for (int source = 0; source < sources; source++) sums[source] = (all[3 * source], (long)all[3 * source + 1], all[3 * source + 2]);
        return sums;
    }
}
