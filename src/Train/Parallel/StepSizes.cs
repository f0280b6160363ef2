namespace DataPipeline.Train;

/// <summary>How many targets and rows each batch of a step has, over all processes: what the parts of a step are weighted by.</summary>
internal sealed class StepSizes
{
    private readonly double[] targets, rows;

    private StepSizes(double[] targets, double[] rows) => (this.targets, this.rows, Targets) = (targets, rows, (long)targets.Sum());

    /// <summary>No step.</summary>
    internal static StepSizes None { get; } = new([], []);

    /// <summary>Targets of the step.</summary>
    internal long Targets { get; }

    /// <summary>Those of a step of which each process has its share of the batches, or of their rows.</summary>
    internal static StepSizes Of(IReadOnlyList<Batch> own, StepShare share, Ranks ranks)
    {
        var sizes = new double[2 * share.Accumulate];
        for (int i = 0; i < own.Count; i++)
        {
            sizes[share.FirstBatch + i] = own[i].Targets;
            sizes[share.Accumulate + share.FirstBatch + i] = own[i].Rows;
        }
        ranks.Reduce(sizes);
        return new StepSizes(sizes[..share.Accumulate], sizes[share.Accumulate..]);
    }

    /// <summary>What so many rows of a batch are of the step: the batch's share of the targets, times their share of the batch's rows.</summary>
    internal double ShareOf(int batch, int ofRows) => targets[batch] / Targets * (ofRows / rows[batch]);
}
