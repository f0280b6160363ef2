using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>Reads DELTA_BINARY_PACKED: blocks of differences, each miniblock packed in its own width (after Lemire and Boytsov 2015). Takes no memory by what a page claims.</summary>
internal sealed class DeltaReader
{
    private readonly byte[] _page;
    private readonly int _end;
    private readonly int _miniBlocks;
    private readonly int _perMiniBlock;
    private int _widthsAt;
    private int _at;
    private long _left;
    private long _value;
    private bool _isFirst = true;
    private long _minDelta;
    private int _miniBlock;
    private int _inMiniBlock;
    private int _width;
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
        _left = (long)count;
        _value = (long)(first >> 1) ^ -(long)(first & 1);
        _miniBlock = _miniBlocks;
    }

    /// <summary>Values not read yet.</summary>
    public long Left => _left;

    /// <summary>Where the packed values end, found from the widths alone: for a reader of which nothing was read.</summary>
    public int SkipAll()
    {
        for (long left = _left - 1; left > 0;)
        {
            ReadBlockHead();
            for (_miniBlock = 0; _miniBlock < _miniBlocks && left > 0; _miniBlock++, left -= _perMiniBlock)
                StartMiniBlock();
        }

        return _at;
    }

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
            {
                ReadBlockHead();
                (_miniBlock, _inMiniBlock) = (0, 0);
            }

            if (_inMiniBlock == 0)
                StartMiniBlock();
            int n = Math.Min(values.Length - i, _perMiniBlock - _inMiniBlock);
            Unpack(values.Slice(i, n));
            i += n;
            _inMiniBlock += n;
            if (_inMiniBlock == _perMiniBlock)
                (_miniBlock, _inMiniBlock) = (_miniBlock + 1, 0);
        }
    }

    /// <summary>The smallest difference, then a byte for the width of each miniblock; widths of miniblocks that hold no values are not looked at.</summary>
    private void ReadBlockHead()
    {
        ulong min = VarInt();
        _minDelta = (long)(min >> 1) ^ -(long)(min & 1);
        if (_miniBlocks > _end - _at)
            throw new ParquetException("the page ends within its delta values");
        _widthsAt = _at;
        _at += _miniBlocks;
    }

    private void StartMiniBlock()
    {
        _width = _page[_widthsAt + _miniBlock];
        if (_width > 64)
            throw new ParquetException($"delta values are packed in {_width} bits");

        // The last miniblock of a page may be cut after the bytes that its values need, so values are held against the end as they are read.
        long needed = _perMiniBlock * (long)_width / 8;
        _bit = (long)_at * 8;
        _at = (int)Math.Min(_end, _at + needed);
    }

    private void Unpack(Span<long> values)
    {
        long value = _value, min = _minDelta, bit = _bit, last = bit + ((long)values.Length * _width);
        if (last > (long)_end * 8)
            throw new ParquetException("the page ends within its delta values");
        if (_width == 0)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = value = unchecked(value + min);
        }
        else if (_width <= 56 && (last >> 3) + 8 <= _page.Length)
        {
            ReadOnlySpan<byte> page = _page;
            ulong mask = (1UL << _width) - 1;
            for (int i = 0; i < values.Length; i++, bit += _width)
            {
                ulong delta = (BinaryPrimitives.ReadUInt64LittleEndian(page[(int)(bit >> 3)..]) >> (int)(bit & 7)) & mask;
                values[i] = value = unchecked(value + min + (long)delta);
            }
        }
        else
        {
            for (int i = 0; i < values.Length; i++, bit += _width)
                values[i] = value = unchecked(value + min + (long)Bits(bit));
        }

        (_value, _bit) = (value, last);
    }

    /// <summary>One value of any width, also at the very end of the page.</summary>
    private ulong Bits(long bit)
    {
        int at = (int)(bit >> 3), shift = (int)(bit & 7);
        ulong word = 0;
        for (int b = 0; b < 8 && at + b < _page.Length; b++)
            word |= (ulong)_page[at + b] << (8 * b);
        word >>= shift;
        if (shift + _width > 64)
            word |= (ulong)_page[at + 8] << (64 - shift);
        return _width == 64 ? word : word & ((1UL << _width) - 1);
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
