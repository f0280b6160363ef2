namespace DataPipeline.Tokens;

/// <summary>Where a token stands in the text that was encoded: bytes of its UTF-8, from <paramref name="Start"/> up to but without <paramref name="End"/>.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">One past the last byte; equal to <paramref name="Start"/> for a token that no byte of the text made.</param>
public readonly record struct TokenOffset(int Start, int End);

/// <summary>A growing array of offsets, one for each id of the <see cref="IdBuffer"/> filled with it.</summary>
public sealed class OffsetBuffer
{
    private TokenOffset[] _offsets;

    /// <summary>An empty buffer.</summary>
    /// <param name="capacity">Offsets to make room for.</param>
    public OffsetBuffer(int capacity = 256) => _offsets = new TokenOffset[Math.Max(16, capacity)];

    /// <summary>How many offsets it holds.</summary>
    public int Count { get; private set; }

    /// <summary>The offsets; valid until the next append.</summary>
    public ReadOnlySpan<TokenOffset> Offsets => _offsets.AsSpan(0, Count);

    /// <summary>Appends one offset.</summary>
    public void Add(int start, int end)
    {
        if (Count == _offsets.Length)
            Array.Resize(ref _offsets, (int)Math.Min(Array.MaxLength, _offsets.Length * 2L));
        _offsets[Count++] = new TokenOffset(start, end);
    }

    /// <summary>Forgets the offsets behind the first <paramref name="count"/>.</summary>
    internal void Shrink(int count) => Count = count;

    /// <summary>Puts other places in place of those from <paramref name="from"/> on; <paramref name="places"/> has one for each byte, and for the end.</summary>
    internal void Map(int from, int[] places)
    {
        for (int i = from; i < Count; i++)
            _offsets[i] = new TokenOffset(places[_offsets[i].Start], places[_offsets[i].End]);
    }

    /// <summary>Moves the end of one offset.</summary>
    internal void Widen(int index, int end) => _offsets[index] = new TokenOffset(_offsets[index].Start, end);

    /// <summary>Forgets the offsets, keeps the memory.</summary>
    public void Clear() => Count = 0;
}
