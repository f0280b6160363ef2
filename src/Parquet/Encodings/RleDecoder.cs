using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>Reads the hybrid of run-length and bit-packed runs, a part at a time.</summary>
internal sealed class RleDecoder : LevelDecoder
{
    private readonly byte[] _page;
    private readonly int _end;
    private readonly int _width;
    private int _at;
    private long _runLeft;
    private int _runValue;
    private long _packedLeft;
    private long _packedBit;

    public RleDecoder(byte[] page, int offset, int end, int width)
    {
        if (width is < 0 or > 32)
            throw new ParquetException($"a page packs values in {width} bits");
        (_page, _at, _end, _width) = (page, offset, end, width);
    }

    /// <summary>A decoder of plain booleans: one long bit-packed run without a header.</summary>
    public static RleDecoder OfBits(byte[] page, int offset, int end) =>
        new(page, end, end, 1) { _packedBit = (long)offset * 8, _packedLeft = (end - offset) * 8L };

    public void Read(Span<int> values)
    {
        while (values.Length > 0)
        {
            if (_runLeft > 0)
            {
                int n = (int)Math.Min(_runLeft, values.Length);
                values[..n].Fill(_runValue);
                _runLeft -= n;
                values = values[n..];
            }
            else if (_packedLeft > 0)
            {
                int n = (int)Math.Min(_packedLeft, values.Length);
                Unpack(values[..n]);
                values = values[n..];
            }
            else
            {
                NextRun();
            }
        }
    }

    public override int Read(LevelRuns into, int count, int largest)
    {
        int present = 0;
        Span<int> few = stackalloc int[256];
        while (count > 0)
        {
            if (_runLeft > 0)
            {
                int n = (int)Math.Min(_runLeft, count);
                Check(_runValue, largest);
                into.Add(_runValue, n);
                present += _runValue == largest ? n : 0;
                _runLeft -= n;
                count -= n;
            }
            else if (_packedLeft > 0)
            {
                Span<int> some = few[..(int)Math.Min(Math.Min(_packedLeft, count), few.Length)];
                Unpack(some);
                foreach (int level in some)
                {
                    Check(level, largest);
                    into.Add(level);
                    present += level == largest ? 1 : 0;
                }

                count -= some.Length;
            }
            else
            {
                NextRun();
            }
        }

        return present;
    }

    private void NextRun()
    {
        ulong head = 0;
        int shift = 0;
        while (true)
        {
            if (_at >= _end)
                throw new ParquetException("the page ends before its last value");
            byte b = _page[_at++];
            head |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                break;
            shift += 7;
            if (shift > 35)
                throw new ParquetException("a run in the page has an impossible length");
        }

        long count = (long)(head >> 1);
        if ((head & 1) == 0)
        {
            int bytes = (_width + 7) / 8;
            if (count == 0 || bytes > _end - _at)
                throw new ParquetException("a run in the page is empty or cut");
            _runValue = 0;
            for (int i = 0; i < bytes; i++)
                _runValue |= _page[_at++] << (8 * i);
            _runLeft = count;
            return;
        }

        // Some writers cut the padding of the last group, so the claim is held against the bytes only where values are asked for.
        long packedBytes = count * _width;
        if (count == 0 || (_width > 0 && _at >= _end))
            throw new ParquetException("a packed run in the page is empty or cut");
        _packedBit = (long)_at * 8;
        _packedLeft = _width == 0 ? count * 8 : Math.Min(count * 8, (_end - _at) * 8L / _width);
        _at = (int)Math.Min(_end, _at + packedBytes);
        if (_packedLeft == 0)
            throw new ParquetException("a packed run in the page is cut");
    }

    private void Unpack(Span<int> values)
    {
        ulong mask = (1UL << _width) - 1;
        long bit = _packedBit;
        int i = 0;
        if (_width is > 0 and <= BitUnpacker.MaxWidth && (bit & 7) == 0)
        {
            i = BitUnpacker.Unpack(_page.AsSpan((int)(bit >> 3)), _width, values);
            bit += (long)i * _width;
        }

        for (; i < values.Length; i++)
        {
            int at = (int)(bit >> 3);
            if (at > _page.Length - 8)
                break;
            values[i] = (int)((BinaryPrimitives.ReadUInt64LittleEndian(_page.AsSpan(at)) >> (int)(bit & 7)) & mask);
            bit += _width;
        }

        for (; i < values.Length; i++, bit += _width)
        {
            ulong word = 0;
            int at = (int)(bit >> 3);
            for (int b = 0; b < 8 && at + b < _page.Length; b++)
                word |= (ulong)_page[at + b] << (8 * b);
            values[i] = (int)((word >> (int)(bit & 7)) & mask);
        }

        _packedBit = bit;
        _packedLeft -= values.Length;
    }
}
