namespace DataPipeline.Filters;

/// <summary>The rows of a text's features, in memory that is used again for the next text.</summary>
internal sealed class FeatureList
{
    private const int KeptRows = 1 << 20;

    /// <summary>Rows; those from <see cref="Count"/> on mean nothing.</summary>
    public int[] Rows = new int[1024];

    /// <summary>Rows in use.</summary>
    public int Count;

    /// <summary>Features they stand for: a row may be the sum of several.</summary>
    public int Features;

    /// <summary>Hashes of the words, for word n-grams.</summary>
    public int[] WordHashes = new int[64];

    public int WordCount;

    public ReadOnlySpan<int> InUse => Rows.AsSpan(0, Count);

    public void Clear()
    {
        // One very long text must not hold its memory for ever.
        if (Rows.Length > KeptRows)
            Rows = new int[1024];
        if (WordHashes.Length > KeptRows)
            WordHashes = new int[64];
        Count = Features = WordCount = 0;
    }

    /// <summary>Makes room for more rows.</summary>
    public void Reserve(long more)
    {
        if (Count + more > Rows.Length)
            Array.Resize(ref Rows, (int)Math.Min(Array.MaxLength, Math.Max(Rows.Length * 2L, Count + more)));
    }

    /// <summary>Adds rows that stand for a feature each.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        Reserve(rows.Length);
        rows.CopyTo(Rows.AsSpan(Count));
        Count += rows.Length;
        Features += rows.Length;
    }

    public void AddWordHash(int hash)
    {
        if (WordCount == WordHashes.Length)
            Array.Resize(ref WordHashes, WordCount * 2);
        WordHashes[WordCount++] = hash;
    }
}
