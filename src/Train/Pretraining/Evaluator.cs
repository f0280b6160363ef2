using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Validation loss by source. Sums are kept in double in batch order, so that the numbers repeat.</summary>
public static class Evaluator
{
    /// <summary>Mean loss of a model over batches, in all and by source. Several processes take turns at the batches.</summary>
    public static EvaluationReport Evaluate(LanguageModel model, IEnumerable<Batch> batches, int step = 0, Precision precision = Precision.Float32, Ranks? ranks = null)
    {
        ranks ??= Ranks.Alone;
        var sums = new SortedDictionary<int, (double Loss, long Tokens)>();
        using var off = no_grad();
        foreach (Batch batch in batches.Where((_, number) => number % ranks.Count == ranks.Rank))
        {
            using var scope = NewDisposeScope();
            BatchTensors tensors = batch.ToTensors(model);
            Tensor logits_BTV = Half.Forward(model, tensors.Inputs_BT, tensors.Context, precision), targets_BT = tensors.Targets_BT;
            double[] losses = Loss.ByToken(logits_BTV, targets_BT).sum(1).to(float64).ToArray<double>();
            double[] counts = targets_BT.ne(Loss.Ignored).sum(1).to(float64).ToArray<double>();
            for (int row = 0; row < batch.Rows; row++)
            {
                (double loss, long tokens) = sums.GetValueOrDefault(batch.Sources[row]);
                sums[batch.Sources[row]] = (loss + losses[row], tokens + (long)counts[row]);
            }
        }
        sums = OverRanks(sums, ranks);
        long all = sums.Values.Sum(s => s.Tokens);
        if (all == 0) throw new ArgumentException("the validation batches hold no token to predict", nameof(batches));
        return new EvaluationReport(step, sums.Values.Sum(s => s.Loss) / all, [.. sums.Where(s => s.Value.Tokens > 0).Select(s => new SourceLoss(s.Key, s.Value.Loss / s.Value.Tokens, s.Value.Tokens))]);
    }

    private static SortedDictionary<int, (double Loss, long Tokens)> OverRanks(SortedDictionary<int, (double Loss, long Tokens)> own, Ranks ranks)
    {
        if (ranks.Count == 1) return own;
        Span<double> greatest = [own.Keys.DefaultIfEmpty(0).Max()];
        ranks.Reduce(greatest, ReduceOp.MAX);
        int sources = (int)greatest[0] + 1;
        var all = new double[2 * sources];
        foreach ((int source, (double loss, long tokens)) in own) (all[2 * source], all[2 * source + 1]) = (loss, tokens);
        ranks.Reduce(all);
        var sums = new SortedDictionary<int, (double Loss, long Tokens)>();
        for (int source = 0; source < sources; source++) sums[source] = (all[2 * source], (long)all[2 * source + 1]);
        return sums;
    }
}

/// <summary>A forward pass with matrix products in the precision asked for.</summary>
internal static class Half
{
    internal static Tensor Forward(LanguageModel model, Tensor tokens_BT, ForwardContext? context, Precision precision)
    {
        if (precision == Precision.Float32) return model.Forward(tokens_BT, context ?? ForwardContext.Plain);
        using var half = autocast(model.Device, bfloat16);
        return model.Forward(tokens_BT, context ?? ForwardContext.Plain);
    }
}
