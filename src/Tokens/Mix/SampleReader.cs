namespace DataPipeline.Tokens.Mix;

/// <summary>Samples of T inputs, found by their number.</summary>
public abstract class SampleReader : IDisposable
{
    /// <summary>T, inputs of a sample.</summary>
    public abstract int SequenceLength { get; }

    /// <summary>How documents become samples.</summary>
    public abstract Packing Packing { get; }

    /// <summary>Samples in all.</summary>
    public abstract long SampleCount { get; }

    /// <summary>Fills a row with sample <paramref name="sample"/>.</summary>
    /// <exception cref="ArgumentException">The row is of another length.</exception>
    public abstract Sample Read(long sample, SampleRow row);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Refuses a row of another length.</summary>
    private protected void Check(SampleRow row)
    {
        if (row.Inputs.Length != SequenceLength || row.Targets.Length != SequenceLength
            || (row.Documents.Length | row.Positions.Length) is not 0 && (row.Documents.Length != SequenceLength || row.Positions.Length != SequenceLength))
        {
            throw new ArgumentException($"a sample has {SequenceLength} inputs and targets, not {row.Inputs.Length} and {row.Targets.Length}", nameof(row));
        }
    }
}
