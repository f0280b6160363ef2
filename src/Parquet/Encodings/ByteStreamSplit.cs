namespace DataPipeline.Parquet;

/// <summary>Values stored as a stream of all first bytes, a stream of all second bytes and so on.</summary>
internal static class ByteStreamSplit
{
    public static int SizeOf(DataField field) => field.PhysicalType switch
    {
        PhysicalType.Int32 or PhysicalType.Float => 4,
        PhysicalType.Int64 or PhysicalType.Double => 8,
        PhysicalType.FixedLenByteArray => field.TypeLength,
        _ => 0,
    };

    /// <summary>Writes values of <paramref name="size"/> bytes as streams.</summary>
    public static void Split(ReadOnlySpan<byte> values, int size, Span<byte> streams)
    {
        int count = values.Length / size;
        for (int b = 0; b < size; b++)
        {
            Span<byte> stream = streams.Slice(b * count, count);
            for (int i = 0; i < stream.Length; i++)
                stream[i] = values[(i * size) + b];
        }
    }

    public static byte[] Join(ReadOnlySpan<byte> streams, int size)
    {
        if (streams.Length % size != 0)
            throw new ParquetException($"{streams.Length} bytes of split values are no multiple of {size}");

        int count = streams.Length / size;
        byte[] values = GC.AllocateUninitializedArray<byte>(streams.Length);
        for (int b = 0; b < size; b++)
        {
            ReadOnlySpan<byte> stream = streams.Slice(b * count, count);
            for (int i = 0; i < stream.Length; i++)
                values[(i * size) + b] = stream[i];
        }

        return values;
    }
}
