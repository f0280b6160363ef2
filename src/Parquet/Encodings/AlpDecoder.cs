using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DataPipeline.Parquet;

/// <summary>
/// ALP, adaptive lossless floating point (Afroozeh, Kuffo and Boncz 2023): vectors of decimal integers, packed above their smallest, which two
/// multiplications turn into the numbers; numbers that this would change stand aside with their bits.
/// </summary>
internal sealed class AlpDecoder : ValueDecoder
{
    private const int HeadBytes = 7;
    private static readonly double[] s_powers = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];
    private static readonly double[] s_inverses = [1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18];
    private static readonly float[] s_singlePowers = [1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f];
    private static readonly float[] s_singleInverses = [1e0f, 1e-1f, 1e-2f, 1e-3f, 1e-4f, 1e-5f, 1e-6f, 1e-7f, 1e-8f, 1e-9f, 1e-10f];
    private readonly byte[] _page;
    private readonly int _start;
    private readonly int _end;
    private readonly bool _isDouble;
    private readonly int _vectorSize;
    private readonly int _count;
    private byte[] _vector = [];
    private int _vectors;
    private int _at;
    private int _left;

    public AlpDecoder(byte[] page, int offset, int end, bool isDouble)
    {
        (_page, _start, _end, _isDouble) = (page, offset + HeadBytes, end, isDouble);
        if (end - offset < HeadBytes)
            throw new ParquetException("the page ends within the head of its ALP values");
        _count = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(offset + 3));
        if (page[offset] != 0 || page[offset + 1] != 0 || page[offset + 2] is < 3 or > 15 || _count < 0)
            throw new ParquetException($"ALP values claim mode {page[offset]}, packing {page[offset + 1]}, vectors of 2^{page[offset + 2]} and {_count} values, which is not read here");
        _vectorSize = 1 << page[offset + 2];
    }

    private int Size => _isDouble ? sizeof(double) : sizeof(float);

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        if (_left == 0)
            NextVector();
        int n = Math.Min(count, _left);
        into.AppendPlain(_vector, _at, _at + (n * Size), n);
        _at += n * Size;
        _left -= n;
        return n;
    }

    private void NextVector()
    {
        long first = (long)_vectors * _vectorSize;
        if (first >= _count)
            throw new ParquetException($"the page holds {_count} ALP values but more are asked for");
        int n = (int)Math.Min(_vectorSize, _count - first);
        ReadOnlySpan<byte> data = _page.AsSpan(_start.._end);
        if (4L * (_vectors + 1) > data.Length)
            throw new ParquetException("the page ends within the places of its ALP vectors");
        uint place = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 * _vectors)..]);
        if (place > (uint)data.Length)
            throw new ParquetException($"ALP vector {_vectors} claims to lie at byte {place} of {data.Length}");

        if (_vector.Length < n * Size)
            _vector = new byte[n * Size];
        Decode(data[(int)place..], n);
        (_vectors, _at, _left) = (_vectors + 1, 0, n);
    }

    private void Decode(ReadOnlySpan<byte> vector, int count)
    {
        int headBytes = 4 + Size + 1;
        if (vector.Length < headBytes)
            throw new ParquetException("the page ends within an ALP vector");
        int exponent = vector[0], factor = vector[1], exceptions = BinaryPrimitives.ReadUInt16LittleEndian(vector[2..]), width = vector[headBytes - 1];
        long frame = _isDouble ? BinaryPrimitives.ReadInt64LittleEndian(vector[4..]) : BinaryPrimitives.ReadInt32LittleEndian(vector[4..]);
        int packedBytes = (int)((((long)count * width) + 7) / 8);
        if (exponent > (_isDouble ? 18 : 10) || factor > exponent || width > 8 * Size || exceptions > count || vector.Length < headBytes + packedBytes + (exceptions * (2 + Size)))
            throw new ParquetException($"an ALP vector claims exponent {exponent}, factor {factor}, {width} bits and {exceptions} exceptions of {count} values in {vector.Length} bytes");

        ReadOnlySpan<byte> packed = vector.Slice(headBytes, packedBytes);
        if (_isDouble)
        {
            Span<double> values = MemoryMarshal.Cast<byte, double>(_vector.AsSpan(0, count * Size));
            for (int i = 0; i < count; i++)
                values[i] = unchecked((long)((ulong)frame + Bits(packed, i, width))) * s_powers[factor] * s_inverses[exponent];
        }
        else
        {
            Span<float> values = MemoryMarshal.Cast<byte, float>(_vector.AsSpan(0, count * Size));
            for (int i = 0; i < count; i++)
                values[i] = unchecked((int)((uint)frame + (uint)Bits(packed, i, width))) * s_singlePowers[factor] * s_singleInverses[exponent];
        }

        Patch(vector[(headBytes + packedBytes)..], exceptions, count);
    }

    private void Patch(ReadOnlySpan<byte> exceptions, int number, int count)
    {
        for (int i = 0; i < number; i++)
        {
            int at = BinaryPrimitives.ReadUInt16LittleEndian(exceptions[(2 * i)..]);
            if (at >= count)
                throw new ParquetException($"an ALP exception claims place {at} of {count}");
            exceptions.Slice((2 * number) + (i * Size), Size).CopyTo(_vector.AsSpan(at * Size));
        }
    }

    private static ulong Bits(ReadOnlySpan<byte> packed, int index, int width)
    {
        long bit = (long)index * width;
        int at = (int)(bit >> 3), shift = (int)(bit & 7);
        UInt128 word = 0;
        for (int b = 0; b < 9 && at + b < packed.Length; b++)
            word |= (UInt128)packed[at + b] << (8 * b);
        return (ulong)(word >> shift) & (width == 64 ? ulong.MaxValue : (1UL << width) - 1);
    }
}
