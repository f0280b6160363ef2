using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>Unpacks LZ4 blocks, bare (LZ4_RAW) or in the framing that Hadoop gave the older LZ4 codec.</summary>
internal static class Lz4
{
    public static void DecompressBlock(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (TryDecompress(source, target) != target.Length)
            throw new ParquetException("LZ4 data is damaged");
    }

    /// <summary>Frames of two big-endian lengths and a block; some writers of the older codec left the framing out.</summary>
    public static void DecompressHadoop(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int from = 0, to = 0;
        while (source.Length - from >= 8)
        {
            uint unpacked = BinaryPrimitives.ReadUInt32BigEndian(source[from..]);
            uint packed = BinaryPrimitives.ReadUInt32BigEndian(source[(from + 4)..]);
            if (unpacked > (uint)(target.Length - to) || packed > (uint)(source.Length - from - 8)
                || TryDecompress(source.Slice(from + 8, (int)packed), target.Slice(to, (int)unpacked)) != (int)unpacked)
            {
                break;
            }

            from += 8 + (int)packed;
            to += (int)unpacked;
        }

        if (from != source.Length || to != target.Length)
            DecompressBlock(source, target);
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
