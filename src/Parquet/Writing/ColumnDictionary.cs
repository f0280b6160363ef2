namespace DataPipeline.Parquet;

/// <summary>The distinct values of a column chunk and, for each value of the chunk, which of them it is. The bytes depend on the values alone.</summary>
internal abstract class ColumnDictionary(int count)
{
    /// <summary>Number of distinct values.</summary>
    public int Count => count;

    /// <summary>Bits that hold every index.</summary>
    public int Width => RleEncoder.WidthOf(count - 1);

    /// <summary>Appends the distinct values in plain encoding.</summary>
    public abstract void EncodeEntries(ByteBuffer output);

    /// <summary>The indices of the values from <paramref name="start"/> on.</summary>
    public abstract void CopyIndices(int start, Span<int> indices);
}
