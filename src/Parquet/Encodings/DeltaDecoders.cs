namespace DataPipeline.Parquet;

internal sealed class DeltaIntegerDecoder(byte[] page, int offset, int end) : ValueDecoder
{
    private readonly DeltaReader _reader = new(page, offset, end);
    private long[] _values = [];

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        if (_values.Length < count)
            _values = new long[count];
        _reader.Read(_values.AsSpan(0, count));
        into.AppendIntegers(_values.AsSpan(0, count));
        return count;
    }
}

/// <summary>Lengths of values, packed as differences; read a part at a time, so that a claim of many takes no memory.</summary>
internal sealed class DeltaLengths(byte[] page, int offset, int end)
{
    private readonly DeltaReader _reader = new(page, offset, end);
    private long[] _wide = [];

    /// <summary>Where the lengths end in the page.</summary>
    public int End { get; } = new DeltaReader(page, offset, end).SkipAll();

    public void Read(Span<int> lengths)
    {
        if (_wide.Length < lengths.Length)
            _wide = new long[lengths.Length];
        _reader.Read(_wide.AsSpan(0, lengths.Length));
        for (int i = 0; i < lengths.Length; i++)
        {
            // Writers wrap differences of 32-bit lengths at 32 bits.
            lengths[i] = (int)_wide[i];
            if (lengths[i] < 0)
                throw new ParquetException($"a value claims {lengths[i]} bytes");
        }
    }
}

/// <summary>DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.</summary>
internal sealed class DeltaLengthDecoder : ValueDecoder
{
    private readonly byte[] _page;
    private readonly int _end;
    private readonly DeltaLengths _packed;
    private int[] _starts = [];
    private int[] _lengths = [];
    private int _at;

    public DeltaLengthDecoder(byte[] page, int offset, int end)
    {
        (_page, _end) = (page, end);
        _packed = new DeltaLengths(page, offset, end);
        _at = _packed.End;
    }

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        if (_starts.Length < count)
            (_starts, _lengths) = (new int[count], new int[count]);
        _packed.Read(_lengths.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            if (_lengths[i] > _end - _at)
                throw new ParquetException($"a value claims {_lengths[i]} bytes where {_end - _at} are left in the page");
            _starts[i] = _at;
            _at += _lengths[i];
        }

        ((BinaryColumnBuffer)into).AppendPlaces(_page, _starts.AsSpan(0, count), _lengths.AsSpan(0, count));
        return count;
    }
}

/// <summary>DELTA_BYTE_ARRAY: each value is a prefix of the one before and a suffix of its own.</summary>
internal sealed class DeltaBytesDecoder : ValueDecoder
{
    private const int MaxTogether = 1024;

    // A few bytes can claim long prefixes again and again: values are joined so many bytes at a time and then held against the limit.
    private const int JoinedBytes = 1 << 20;
    private readonly byte[] _page;
    private readonly int _end;
    private readonly DeltaLengths _packedPrefixes;
    private readonly DeltaLengths _packedSuffixes;
    private readonly int[] _prefixes = new int[MaxTogether];
    private readonly int[] _suffixes = new int[MaxTogether];
    private readonly int[] _starts = new int[MaxTogether];
    private readonly int[] _lengths = new int[MaxTogether];
    private int _next;
    private int _ready;
    private int _at;
    private ArraySegment<byte> _last = ArraySegment<byte>.Empty;

    public DeltaBytesDecoder(byte[] page, int offset, int end)
    {
        (_page, _end) = (page, end);
        _packedPrefixes = new DeltaLengths(page, offset, end);
        _packedSuffixes = new DeltaLengths(page, _packedPrefixes.End, end);
        _at = _packedSuffixes.End;
    }

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        if (_next == _ready)
        {
            (_next, _ready) = (0, Math.Min(count, MaxTogether));
            _packedPrefixes.Read(_prefixes.AsSpan(0, _ready));
            _packedSuffixes.Read(_suffixes.AsSpan(0, _ready));
        }

        int n = 0, bytes = 0;
        for (; n < count && _next + n < _ready && bytes < JoinedBytes; n++)
        {
            _starts[n] = bytes;
            _lengths[n] = checked(_prefixes[_next + n] + _suffixes[_next + n]);
            CheckNext(_prefixes[_next + n], _suffixes[_next + n], n == 0 ? _last.Count : _lengths[n - 1]);
            bytes = checked(bytes + _lengths[n]);
            _at += _suffixes[_next + n];
        }

        byte[] joined = Join(n, bytes);
        _next += n;
        ((BinaryColumnBuffer)into).AppendPlaces(joined, _starts.AsSpan(0, n), _lengths.AsSpan(0, n));
        return n;
    }

    private void CheckNext(int prefix, int suffix, int lastLength)
    {
        if (prefix > lastLength || suffix > _end - _at)
            throw new ParquetException($"a value claims {prefix} bytes of the one before, which has {lastLength}, and {suffix} of its own where {_end - _at} are left");
    }

    /// <summary>The bytes of the next <paramref name="count"/> values, whose suffixes end where the page is read up to.</summary>
    private byte[] Join(int count, int bytes)
    {
        byte[] joined = GC.AllocateUninitializedArray<byte>(bytes);
        int from = _at;
        for (int i = 0; i < count; i++)
            from -= _suffixes[_next + i];
        ReadOnlySpan<byte> last = _last;
        for (int i = 0; i < count; i++)
        {
            Span<byte> value = joined.AsSpan(_starts[i], _lengths[i]);
            int prefix = _prefixes[_next + i];
            last[..prefix].CopyTo(value);
            _page.AsSpan(from, value.Length - prefix).CopyTo(value[prefix..]);
            from += value.Length - prefix;
            last = value;
        }

        _last = new ArraySegment<byte>(joined, _starts[count - 1], _lengths[count - 1]);
        return joined;
    }
}
