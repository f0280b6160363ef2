namespace DataPipeline.Tokens.Engine;

/// <summary>What encoding needs beside the tables: one for each call in flight.</summary>
/// <param name="cacheBits">2 to the power of this is the number of pieces remembered; 18 are 8 MB, about as much as the last cache of a core can serve.</param>
internal sealed class EncoderScratch(int cacheBits = 18)
{
    private const int KeptWords = 1 << 16;

    private ulong[] _alive = [];

    /// <summary>Pieces seen before.</summary>
    public PieceCache Cache { get; } = new(cacheBits);

    /// <summary>Steps that <see cref="BacktrackTable"/> took, for tests that bound them.</summary>
    public long Steps { get; set; }

    /// <summary>At least <paramref name="count"/> bits, all set; valid until the next call.</summary>
    public Span<ulong> Alive(int count)
    {
        int words = (count >> 6) + 1;
        // A document of one piece of many megabytes is rare: its bits are not kept.
        ulong[] bits = words > KeptWords ? new ulong[words] : _alive;
        if (bits.Length < words)
            bits = _alive = new ulong[Math.Max(words, Math.Min(KeptWords, bits.Length * 2))];
        Span<ulong> alive = bits.AsSpan(0, words);
        alive.Fill(ulong.MaxValue);
        return alive;
    }
}
