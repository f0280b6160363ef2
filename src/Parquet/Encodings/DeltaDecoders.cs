using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>Reads DELTA_BINARY_PACKED: blocks of differences, each miniblock packed in its own width.</summary>
internal sealed class DeltaReader
{
    private readonly byte[] _page;
    private readonly int _end;
    private readonly int _miniBlocks;
    private readonly int _perMiniBlock;
    private readonly int[] _widths;
    private int _at;
    private long _left;
    private long _value;
    private bool _isFirst = true;
    private long _minDelta;
    private int _miniBlock;
    private int _inMiniBlock;
    private long _bit;

    public DeltaReader(byte[] page, int offset, int end)
    {
        (_page, _at, _end) = (page, offset, end);
        ulong blockSize = VarInt(), miniBlocks = VarInt(), count = VarInt();
        ulong first = VarInt();
        if (miniBlocks == 0 || miniBlocks > 4096 || blockSize == 0 || blockSize > 1 << 24 || blockSize % miniBlocks != 0 || blockSize / miniBlocks % 8 != 0 || count > int.MaxValue)
            throw new ParquetException($"delta values claim blocks of {blockSize} in {miniBlocks} parts and {count} values");

        _miniBlocks = (int)miniBlocks;
        _perMiniBlock = (int)(blockSize / miniBlocks);
        _widths = new int[_miniBlocks];
        _left = (long)count;
        _value = (long)(first >> 1) ^ -(long)(first & 1);
        _miniBlock = _miniBlocks;
    }

    /// <summary>Values not read yet.</summary>
    public long Left => _left;

    /// <summary>Where the packed values end: known once all values are read.</summary>
    public int End => _at;

    public void Read(Span<long> values)
    {
        if (values.Length > _left)
            throw new ParquetException($"{values.Length} more delta values are asked for but the page holds {_left}");

        _left -= values.Length;
        int i = 0;
        if (_isFirst && values.Length > 0)
        {
            _isFirst = false;
            values[i++] = _value;
        }

        while (i < values.Length)
        {
            if (_miniBlock == _miniBlocks)
                NextBlock();
            else if (_inMiniBlock == 0)
                StartMiniBlock();

            int width = _widths[_miniBlock];
            int n = Math.Min(values.Length - i, _perMiniBlock - _inMiniBlock);
            for (int k = 0; k < n; k++, _bit += width)
            {
                _value = unchecked(_value + _minDelta + (long)Bits(width));
                values[i++] = _value;
            }

            _inMiniBlock += n;
            if (_inMiniBlock == _perMiniBlock)
                (_miniBlock, _inMiniBlock) = (_miniBlock + 1, 0);
        }
    }

    private void NextBlock()
    {
        ulong min = VarInt();
        _minDelta = (long)(min >> 1) ^ -(long)(min & 1);
        if (_miniBlocks > _end - _at)
            throw new ParquetException("the page ends within its delta values");
        for (int i = 0; i < _miniBlocks; i++)
            _widths[i] = _page[_at++];
        (_miniBlock, _inMiniBlock) = (0, 0);
        StartMiniBlock();
    }

    private void StartMiniBlock()
    {
        int width = _widths[_miniBlock];
        if (width > 64)
            throw new ParquetException($"delta values are packed in {width} bits");

        // The last miniblock of a page may be cut after the bytes that its values need, so values are held against the end one by one.
        long needed = _perMiniBlock * (long)width / 8;
        _bit = (long)_at * 8;
        _at = (int)Math.Min(_end, _at + needed);
    }

    private ulong Bits(int width)
    {
        if (width == 0)
            return 0;
        if (_bit + width > (long)_end * 8)
            throw new ParquetException("the page ends within its delta values");

        int at = (int)(_bit >> 3), shift = (int)(_bit & 7);
        ulong word = Word(at) >> shift;
        if (shift + width > 64)
            word |= (ulong)_page[at + 8] << (64 - shift);
        return width == 64 ? word : word & ((1UL << width) - 1);
    }

    private ulong Word(int at)
    {
        if (at <= _page.Length - 8)
            return BinaryPrimitives.ReadUInt64LittleEndian(_page.AsSpan(at));
        ulong word = 0;
        for (int b = 0; b < 8 && at + b < _page.Length; b++)
            word |= (ulong)_page[at + b] << (8 * b);
        return word;
    }

    private ulong VarInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_at >= _end)
                throw new ParquetException("the page ends within its delta values");
            byte b = _page[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }

        throw new ParquetException("a delta value has an impossible length");
    }
}

internal sealed class DeltaIntegerDecoder(byte[] page, int offset, int end) : ValueDecoder
{
    private readonly DeltaReader _reader = new(page, offset, end);
    private long[] _values = [];

    private protected override void DecodeBlock(ColumnBuffer into, int count)
    {
        if (_values.Length < count)
            _values = new long[count];
        _reader.Read(_values.AsSpan(0, count));
        into.AppendIntegers(_values.AsSpan(0, count));
    }
}

/// <summary>All lengths of a run of delta-packed lengths; grows as lengths are read, never on a claim.</summary>
internal static class DeltaLengths
{
    public static int[] ReadAll(byte[] page, int offset, int end, out int after)
    {
        var reader = new DeltaReader(page, offset, end);
        var lengths = new List<int>();
        Span<long> few = stackalloc long[512];
        while (reader.Left > 0)
        {
            Span<long> some = few[..(int)Math.Min(few.Length, reader.Left)];
            reader.Read(some);
            foreach (long length in some)
            {
                // Writers wrap differences of 32-bit lengths at 32 bits.
                int wrapped = (int)length;
                lengths.Add(wrapped >= 0 ? wrapped : throw new ParquetException($"a value claims {wrapped} bytes"));
            }
        }

        after = reader.End;
        return [.. lengths];
    }
}

internal sealed class DeltaLengthDecoder : ValueDecoder
{
    private readonly byte[] _page;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private int _next;

    public DeltaLengthDecoder(byte[] page, int offset, int end)
    {
        _page = page;
        _lengths = DeltaLengths.ReadAll(page, offset, end, out int at);
        _starts = new int[_lengths.Length];
        for (int i = 0; i < _lengths.Length; i++)
        {
            if (_lengths[i] > end - at)
                throw new ParquetException($"value {i} claims {_lengths[i]} bytes where {end - at} are left in the page");
            _starts[i] = at;
            at += _lengths[i];
        }
    }

    private protected override void DecodeBlock(ColumnBuffer into, int count)
    {
        if (count > _lengths.Length - _next)
            throw new ParquetException($"the page holds {_lengths.Length} values but more are asked for");
        ((BinaryColumnBuffer)into).AppendPlaces(_page, _starts.AsSpan(_next, count), _lengths.AsSpan(_next, count));
        _next += count;
    }
}

/// <summary>DELTA_BYTE_ARRAY: each value is a prefix of the one before and a suffix of its own.</summary>
internal sealed class DeltaBytesDecoder : ValueDecoder
{
    private readonly byte[] _page;
    private readonly int _end;
    private readonly int[] _prefixes;
    private readonly int[] _suffixes;
    private int _next;
    private int _at;
    private byte[] _last = [];

    public DeltaBytesDecoder(byte[] page, int offset, int end)
    {
        (_page, _end) = (page, end);
        _prefixes = DeltaLengths.ReadAll(page, offset, end, out int suffixes);
        _suffixes = DeltaLengths.ReadAll(page, suffixes, end, out _at);
        if (_prefixes.Length != _suffixes.Length)
            throw new ParquetException($"the page holds {_prefixes.Length} prefixes but {_suffixes.Length} suffixes");
    }

    private protected override void DecodeBlock(ColumnBuffer into, int count)
    {
        if (count > _prefixes.Length - _next)
            throw new ParquetException($"the page holds {_prefixes.Length} values but more are asked for");

        var joined = new ByteBuffer();
        int[] starts = new int[count], lengths = new int[count];
        ReadOnlySpan<byte> last = _last;
        for (int i = 0; i < count; i++, _next++)
        {
            int prefix = _prefixes[_next], suffix = _suffixes[_next];
            if (prefix > last.Length || suffix > _end - _at)
                throw new ParquetException($"a value claims {prefix} bytes of the one before, which has {last.Length}, and {suffix} of its own where {_end - _at} are left");

            starts[i] = joined.Length;
            lengths[i] = prefix + suffix;
            Span<byte> value = joined.Extend(lengths[i]);
            last[..prefix].CopyTo(value);
            _page.AsSpan(_at, suffix).CopyTo(value[prefix..]);
            _at += suffix;
            last = value;
        }

        _last = last.ToArray();
        ((BinaryColumnBuffer)into).AppendPlaces(joined.Span.ToArray(), starts, lengths);
    }
}
