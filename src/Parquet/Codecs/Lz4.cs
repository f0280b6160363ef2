using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>Packs LZ4 blocks (greedy, one candidate a hash) and unpacks them, bare (LZ4_RAW) or in the framing that Hadoop gave the older LZ4 codec.</summary>
internal static class Lz4
{
    private const int HashBits = 14;

    // The format keeps the last five bytes literal and starts no match in the last twelve.
    private const int LastLiterals = 5;
    private const int LastMatch = 12;

    public static int MaxCompressedLength(int length) => checked(16 + length + (length / 255));

    public static int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int[] table = new int[1 << HashBits];
        int at = 0, literalStart = 0, from = 1, misses = 64;
        while (from < source.Length - LastMatch)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(source[from..]);
            int slot = (int)((word * 0x9E3779B1) >> (32 - HashBits));
            int candidate = table[slot];
            table[slot] = from;
            if (from - candidate > ushort.MaxValue || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word)
            {
                from += misses++ >> 6;
                continue;
            }

            int length = 4 + Snappy.MatchLength(source[..^LastLiterals], candidate + 4, from + 4);
            at += Sequence(source[literalStart..from], from - candidate, length, target[at..]);
            from += length;
            literalStart = from;
            misses = 64;
        }

        return at + Sequence(source[literalStart..], 0, 0, target[at..]);
    }

    /// <summary>Literals, then a match unless its offset is 0, as at the end.</summary>
    private static int Sequence(ReadOnlySpan<byte> literals, int offset, int length, Span<byte> target)
    {
        int match = offset == 0 ? 0 : length - 4;
        target[0] = (byte)((Math.Min(15, literals.Length) << 4) | Math.Min(15, match));
        int at = 1 + Extension(literals.Length, target[1..]);
        literals.CopyTo(target[at..]);
        at += literals.Length;
        if (offset == 0)
            return at;
        BinaryPrimitives.WriteUInt16LittleEndian(target[at..], (ushort)offset);
        return at + 2 + Extension(match, target[(at + 2)..]);
    }

    private static int Extension(int length, Span<byte> target)
    {
        if (length < 15)
            return 0;
        int at = 0;
        for (length -= 15; length >= 255; length -= 255)
            target[at++] = 255;
        target[at++] = (byte)length;
        return at;
    }

    public static void DecompressBlock(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (TryDecompress(source, target) != target.Length)
            throw new ParquetException("LZ4 data is damaged");
    }

    /// <summary>
    /// Hadoop's framing: a length unpacked, then blocks that reach it, each behind its own length, all big-endian; again until the end. Some writers of
    /// the older codec left the framing out.
    /// </summary>
    public static void DecompressHadoop(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!TryFramed(source, target))
            DecompressBlock(source, target);
    }

    private static bool TryFramed(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int to = 0;
        while (source.Length > 0)
        {
            if (source.Length < 4)
                return false;
            uint due = BinaryPrimitives.ReadUInt32BigEndian(source);
            source = source[4..];
            if (due > (uint)(target.Length - to))
                return false;
            while (due > 0)
            {
                if (source.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(source) is var packed && packed > (uint)(source.Length - 4))
                    return false;
                int unpacked = TryDecompress(source.Slice(4, (int)packed), target.Slice(to, (int)due));
                if (unpacked <= 0)
                    return false;
                source = source[(4 + (int)packed)..];
                to += unpacked;
                due -= (uint)unpacked;
            }
        }

        return to == target.Length;
    }

    /// <summary>Returns the bytes written, or -1 where the block is damaged.</summary>
    private static int TryDecompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int from = 0, to = 0;
        while (from < source.Length)
        {
            int token = source[from++];
            long literal = token >> 4;
            if (literal == 15 && !Extend(source, ref from, ref literal))
                return -1;
            if (literal > source.Length - from || literal > target.Length - to)
                return -1;
            source.Slice(from, (int)literal).CopyTo(target[to..]);
            from += (int)literal;
            to += (int)literal;
            if (from == source.Length)
                return to;

            if (source.Length - from < 2)
                return -1;
            int offset = BinaryPrimitives.ReadUInt16LittleEndian(source[from..]);
            from += 2;
            long match = token & 15;
            if (match == 15 && !Extend(source, ref from, ref match))
                return -1;
            match += 4;
            if (offset == 0 || offset > to || match > target.Length - to)
                return -1;
            Snappy.CopyBack(target, to, offset, (int)match);
            to += (int)match;
        }

        return to;
    }

    private static bool Extend(ReadOnlySpan<byte> source, ref int from, ref long length)
    {
        while (from < source.Length)
        {
            byte b = source[from++];
            length += b;
            if (b != 255)
                return true;
        }

        return false;
    }
}
