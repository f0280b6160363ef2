namespace DataPipeline.Tokens.Mix;

/// <summary>Which samples one of several data-parallel readers takes: every world-th one from a common start.</summary>
/// <remarks>The readers together have read a prefix of the samples after each round, so one number, the start, is all that a run keeps to go on with another number of them.</remarks>
/// <param name="Rank">Number of the reader, from 0.</param>
/// <param name="World">Readers in all.</param>
/// <param name="Start">Samples that were read before, by however many readers.</param>
public readonly record struct ReaderShare(int Rank, int World, long Start = 0)
{
    /// <summary>The sample of this reader in a round.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is not below the number of readers.</exception>
    public long SampleOf(long round)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(World, 1, nameof(World));
        ArgumentOutOfRangeException.ThrowIfNegative(Rank, nameof(Rank));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Rank, World, nameof(Rank));
        return Start + round * World + Rank;
    }

    /// <summary>Where a run goes on that stops after whole rounds of all its readers.</summary>
    public long StartAfter(long rounds) => Start + rounds * World;

    /// <summary>Rounds of this reader until the samples end; readers of the last, broken round have one more than the others.</summary>
    public long RoundsOf(long samples) => Math.Max(0, (samples - SampleOf(0) + World - 1) / World);
}
