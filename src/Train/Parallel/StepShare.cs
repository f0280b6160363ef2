using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>
/// Which samples of a step a process computes. A step is `accumulate` batches whatever the number of processes, so that a step, and a place in the data,
/// mean the same samples for any number. Whole batches are dealt out where that is even, which gives each backward pass the rows that one process would
/// give it; else every batch is cut, each process taking a run of its rows.
/// </summary>
/// <param name="Accumulate">Batches of a step.</param>
/// <param name="Rank">Number of this process.</param>
/// <param name="Count">Number of processes.</param>
public sealed record StepShare(int Accumulate, int Rank = 0, int Count = 1)
{
    /// <summary>Whether batches are cut.</summary>
    public bool CutsBatches => Accumulate % Count != 0;

    /// <summary>Batches of a step that this process has rows of.</summary>
    public int Batches => CutsBatches ? Accumulate : Accumulate / Count;

    /// <summary>Number in the step of the first of them.</summary>
    public int FirstBatch => CutsBatches ? 0 : Rank * Batches;

    /// <summary>The rows of a batch of so many that are this process's: the first, and their number.</summary>
    public (int First, int Count) Rows(int rows)
    {
        if (!CutsBatches) return (0, rows);
        int first = (int)((long)rows * Rank / Count), end = (int)((long)rows * (Rank + 1) / Count);
        return (first, end - first);
    }

    /// <summary>Refuses batches of fewer rows than processes that are to share them.</summary>
    /// <exception cref="ConfigurationException">A process would have nothing to compute.</exception>
    public void Check(int rows)
    {
        if (CutsBatches && rows < Count)
            throw new ConfigurationException($"{Count} processes share batches of {rows} samples (accumulate: {Accumulate}): raise batch to {Count} or more, or make accumulate a multiple of {Count}");
    }
}
