namespace DataPipeline.Parquet;

/// <summary>The distinct values of a column chunk and, for each value of the chunk, which of them it is. The bytes depend on the values alone.</summary>
internal abstract class ColumnDictionary(ColumnBuffer column, int[] firsts)
{
    /// <summary>Number of distinct values.</summary>
    public int Count => firsts.Length;

    /// <summary>Where in the column each distinct value is first seen, in the order of the dictionary.</summary>
    public ReadOnlySpan<int> Firsts => firsts;

    /// <summary>Bits that hold every index.</summary>
    public int Width => RleEncoder.WidthOf(firsts.Length - 1);

    /// <summary>Appends the distinct values in plain encoding.</summary>
    public void EncodeEntries(ByteBuffer output)
    {
        foreach (int first in firsts)
            column.EncodePlain(first, 1, output);
    }

    /// <summary>The indices of the values from <paramref name="start"/> on.</summary>
    public abstract void CopyIndices(int start, Span<int> indices);
}
