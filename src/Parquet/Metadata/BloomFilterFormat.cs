using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DataPipeline.Parquet;

/// <summary>Bloom filters between memory and file: a Thrift header, then the blocks in little-endian words.</summary>
internal static class BloomFilterFormat
{
    /// <summary>A header has about 15 bytes; more are read at once only where the footer gives the whole length.</summary>
    private const int HeaderBytes = 64;

    public static void Write(ByteBuffer output, BloomFilter filter)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.Int32(1, filter.ByteCount);

        // Unions with one choice each: the block algorithm, the hash XXH64, no compression.
        for (int id = 2; id <= 4; id++)
        {
            writer.BeginStruct(id);
            writer.BeginStruct(1);
            writer.EndStruct();
            writer.EndStruct();
        }

        writer.EndStruct();
        foreach (uint word in filter.Words)
            BinaryPrimitives.WriteUInt32LittleEndian(output.Extend(sizeof(uint)), word);
    }

    /// <summary>Reads the filter of a column chunk, or null where its algorithm, hash or compression is none that the format had in 2024.</summary>
    public static BloomFilter? Read(ByteSource source, ColumnMetadata column, int group)
    {
        long offset = column.BloomFilterOffset!.Value;
        try
        {
            if (offset < 4 || offset >= source.Length)
                throw new ParquetException($"the filter claims to lie at offset {offset} in a file of {source.Length} bytes");
            long left = source.Length - offset;
            byte[] head = new byte[(int)Math.Min(left, HeaderBytes)];
            source.Read(offset, head);
            (int bytes, int headBytes, bool isKnown) = ReadHeader(head);
            if (!isKnown)
                return null;
            if (bytes < BloomFilter.BlockBytes || bytes % BloomFilter.BlockBytes != 0 || bytes > BloomFilter.MaxBytes || bytes > left - headBytes)
                throw new ParquetException($"the filter claims {bytes} bytes where {left - headBytes} are left in the file");

            uint[] words = GC.AllocateUninitializedArray<uint>(bytes / sizeof(uint));
            source.Read(offset + headBytes, MemoryMarshal.AsBytes(words.AsSpan()));
            return new BloomFilter(words);
        }
        catch (Exception fault) when (fault is ParquetException { IsPlaced: false } or ThriftEndException)
        {
            throw ParquetException.At($"{source.Name}: row group {group}, column {column.Field}, Bloom filter at offset {offset}", fault.Message, fault);
        }
    }

    private static (int Bytes, int HeadBytes, bool IsKnown) ReadHeader(ReadOnlySpan<byte> head)
    {
        int bytes = -1;
        bool isKnown = true;
        var reader = new ThriftReader(head);
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                bytes = reader.Int32(type);
            else if (id is 2 or 3 or 4)
                isKnown &= IsFirstChoice(ref reader);
            else
                reader.Skip(type);
        }

        reader.EndStruct(saved);
        return (bytes, reader.Position, isKnown);
    }

    private static bool IsFirstChoice(ref ThriftReader reader)
    {
        bool isFirst = false;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            isFirst |= id == 1;
            reader.Skip(type);
        }

        reader.EndStruct(saved);
        return isFirst;
    }
}
