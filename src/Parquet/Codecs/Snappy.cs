using System.Buffers.Binary;
using System.Numerics;

namespace DataPipeline.Parquet;

/// <summary>
/// The raw snappy format: a length, then literals and copies of at most 64 bytes. The compressor hashes four bytes at a time within
/// blocks of 64 KiB and steps faster through what does not repeat.
/// </summary>
internal static class Snappy
{
    private const int BlockSize = 1 << 16;
    private const int HashBits = 14;

    public static int MaxCompressedLength(int length) => checked(32 + length + (length / 6));

    public static int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int at = 0;
        for (uint left = (uint)source.Length; ; left >>= 7)
        {
            if (left < 0x80)
            {
                target[at++] = (byte)left;
                break;
            }

            target[at++] = (byte)(left | 0x80);
        }

        Span<ushort> table = new ushort[1 << HashBits];
        for (int start = 0; start < source.Length; start += BlockSize)
        {
            table.Clear();
            at += CompressBlock(source.Slice(start, Math.Min(BlockSize, source.Length - start)), target[at..], table);
        }

        return at;
    }

    /// <summary>The length that the data claims to unpack to, and where the data starts behind it.</summary>
    public static long LengthOf(ReadOnlySpan<byte> source, out int start)
    {
        long length = 0;
        start = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (start >= source.Length || shift > 28)
                throw new ParquetException("snappy data has no length");
            byte b = source[start++];
            length |= (long)(b & 0x7F) << shift;
            if (b < 0x80)
                return length;
        }
    }

    public static void Decompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        long length = LengthOf(source, out int from);
        if (length != target.Length)
            throw new ParquetException($"snappy data of {length} bytes is found where {target.Length} are claimed");

        int to = 0;
        while (from < source.Length)
        {
            int tag = source[from++];
            if ((tag & 3) == 0)
            {
                long literal = (tag >> 2) + 1;
                if (literal > 60)
                {
                    int extra = (int)literal - 60;
                    if (extra > source.Length - from)
                        throw Damaged();
                    literal = 1;
                    for (int i = 0; i < extra; i++)
                        literal += (long)source[from++] << (8 * i);
                }

                if (literal > source.Length - from || literal > target.Length - to)
                    throw Damaged();
                source.Slice(from, (int)literal).CopyTo(target[to..]);
                from += (int)literal;
                to += (int)literal;
                continue;
            }

            int extraBytes = (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
            if (extraBytes > source.Length - from)
                throw Damaged();
            (int count, uint offset) = (tag & 3) switch
            {
                1 => (((tag >> 2) & 7) + 4, ((uint)(tag >> 5) << 8) | source[from]),
                2 => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt16LittleEndian(source[from..])),
                _ => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt32LittleEndian(source[from..])),
            };
            from += extraBytes;
            if (offset == 0 || offset > (uint)to || count > target.Length - to)
                throw Damaged();
            CopyBack(target, to, (int)offset, count);
            to += count;
        }

        if (to != target.Length)
            throw Damaged();
    }

    /// <summary>Repeats earlier output, which may overlap what is being written.</summary>
    internal static void CopyBack(Span<byte> target, int to, int offset, int count)
    {
        if (offset >= count)
        {
            target.Slice(to - offset, count).CopyTo(target[to..]);
            return;
        }

        for (int i = 0; i < count; i++)
            target[to + i] = target[to - offset + i];
    }

    private static int CompressBlock(ReadOnlySpan<byte> block, Span<byte> target, Span<ushort> table)
    {
        int at = 0, literalStart = 0, from = 1, misses = 32;
        int lastMatch = block.Length - 15;
        while (from < lastMatch)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(block[from..]);
            int slot = (int)((word * 0x1E35A7BD) >> (32 - HashBits));
            int candidate = table[slot];
            table[slot] = (ushort)from;
            if (candidate >= from || BinaryPrimitives.ReadUInt32LittleEndian(block[candidate..]) != word)
            {
                from += misses++ >> 5;
                continue;
            }

            at += Literal(block[literalStart..from], target[at..]);
            int length = 4 + MatchLength(block, candidate + 4, from + 4);
            at += Copy(from - candidate, length, target[at..]);
            from += length;
            literalStart = from;
            misses = 32;
        }

        return at + Literal(block[literalStart..], target[at..]);
    }

    internal static int MatchLength(ReadOnlySpan<byte> block, int a, int b)
    {
        int start = b;
        while (b <= block.Length - 8)
        {
            ulong difference = BinaryPrimitives.ReadUInt64LittleEndian(block[a..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(block[b..]);
            if (difference != 0)
                return b - start + (BitOperations.TrailingZeroCount(difference) >> 3);
            a += 8;
            b += 8;
        }

        while (b < block.Length && block[a] == block[b])
        {
            a++;
            b++;
        }

        return b - start;
    }

    private static int Literal(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        if (bytes.Length == 0)
            return 0;

        int n = bytes.Length - 1, at = 1;
        if (n < 60)
        {
            target[0] = (byte)(n << 2);
        }
        else
        {
            int extra = n < 1 << 8 ? 1 : n < 1 << 16 ? 2 : 3;
            target[0] = (byte)((59 + extra) << 2);
            for (int i = 0; i < extra; i++)
                target[at++] = (byte)(n >> (8 * i));
        }

        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }

    private static int Copy(int offset, int length, Span<byte> target)
    {
        int at = 0;
        while (length > 0)
        {
            // The last copy keeps at least four bytes, so that it may take the short form.
            int n = length >= 68 ? 64 : length > 64 ? 60 : length;
            if (n is >= 4 and <= 11 && offset < 2048)
            {
                target[at++] = (byte)(1 | ((n - 4) << 2) | ((offset >> 8) << 5));
                target[at++] = (byte)offset;
            }
            else
            {
                target[at++] = (byte)(2 | ((n - 1) << 2));
                target[at++] = (byte)offset;
                target[at++] = (byte)(offset >> 8);
            }

            length -= n;
        }

        return at;
    }

    private static ParquetException Damaged() => new("snappy data is damaged");
}
