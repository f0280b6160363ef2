namespace DataPipeline.Tokens.Training;

/// <summary>Words as sequences of symbols, end to end in one array, and how often each word occurs.</summary>
internal sealed class WordSymbols(int words, int symbols)
{
    private readonly int[] _symbols = new int[symbols];
    private readonly int[] _start = new int[words];
    private readonly int[] _length = new int[words];
    private readonly long[] _counts = new long[words];
    private int _used;

    public int Words { get; private set; }

    /// <summary>Symbols of all words as they were added.</summary>
    public int Symbols => _used;

    public Span<int> this[int word] => _symbols.AsSpan(_start[word], _length[word]);

    public long CountOf(int word) => _counts[word];

    /// <summary>Makes a word shorter after its symbols were merged in place.</summary>
    public void Shorten(int word, int length) => _length[word] = length;

    /// <summary>Adds a word; its symbols are to be written into what is returned.</summary>
    public Span<int> Add(int length, long count)
    {
        (_start[Words], _length[Words], _counts[Words]) = (_used, length, count);
        _used += length;
        return this[Words++];
    }

    /// <summary>Every byte of every word a symbol.</summary>
    /// <param name="counts">The words.</param>
    /// <param name="symbolOf">The symbol of each of the 256 bytes.</param>
    public static WordSymbols OfBytes(WordCounts counts, ReadOnlySpan<int> symbolOf)
    {
        long total = 0;
        for (int place = 0; place < counts.Places; place++)
            total += counts.TryGet(place, out ReadOnlySpan<byte> word, out _) ? word.Length : 0;
        WordSymbols symbols = new(counts.Count, checked((int)total));
        for (int place = 0; place < counts.Places; place++)
        {
            if (!counts.TryGet(place, out ReadOnlySpan<byte> word, out long count))
                continue;
            Span<int> target = symbols.Add(word.Length, count);
            for (int i = 0; i < word.Length; i++)
                target[i] = symbolOf[word[i]];
        }
        return symbols;
    }
}
