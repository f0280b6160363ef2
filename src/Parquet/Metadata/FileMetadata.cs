namespace DataPipeline.Parquet;

/// <summary>What the footer of a Parquet file says.</summary>
public sealed class FileMetadata
{
    /// <summary>Version of the format, 1 or 2.</summary>
    public required int Version { get; init; }

    /// <summary>The fields of the file.</summary>
    public required ParquetSchema Schema { get; init; }

    /// <summary>Rows in all row groups.</summary>
    public required long RowCount { get; init; }

    /// <summary>The row groups in file order.</summary>
    public required IReadOnlyList<RowGroupMetadata> RowGroups { get; init; }

    /// <summary>The program that wrote the file, where it says so.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>The writer's own key-value pairs in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> KeyValues { get; init; } = [];

    /// <summary>The value of the first pair with this key, or null.</summary>
    public string? FindValue(string key)
    {
        foreach (KeyValuePair<string, string> pair in KeyValues)
        {
            if (pair.Key == key)
                return pair.Value;
        }

        return null;
    }
}

/// <summary>What the footer says about one row group.</summary>
public sealed class RowGroupMetadata
{
    /// <summary>Rows in the group.</summary>
    public required long RowCount { get; init; }

    /// <summary>Bytes of all column chunks before compression.</summary>
    public required long TotalByteSize { get; init; }

    /// <summary>The column chunks in the order of the schema's leaves.</summary>
    public required IReadOnlyList<ColumnMetadata> Columns { get; init; }

    /// <summary>The columns by which the writer says that the rows are sorted.</summary>
    public IReadOnlyList<SortingColumn> SortingColumns { get; init; } = [];
}

/// <summary>What the footer says about one column chunk.</summary>
public sealed class ColumnMetadata
{
    /// <summary>The column.</summary>
    public required DataField Field { get; init; }

    /// <summary>How its pages are compressed.</summary>
    public required CompressionMethod Compression { get; init; }

    /// <summary>The encodings used in its pages.</summary>
    public required IReadOnlyList<PageEncoding> Encodings { get; init; }

    /// <summary>Entries: values, nulls and empty lists.</summary>
    public required long ValueCount { get; init; }

    /// <summary>Bytes of all pages with headers before compression.</summary>
    public required long UncompressedBytes { get; init; }

    /// <summary>Bytes of all pages with headers in the file.</summary>
    public required long CompressedBytes { get; init; }

    /// <summary>Offset in the file of the first data page.</summary>
    public required long DataPageOffset { get; init; }

    /// <summary>Offset in the file of the dictionary page, where there is one.</summary>
    public long? DictionaryPageOffset { get; init; }

    /// <summary>Smallest and largest value and counts, where the writer gave them.</summary>
    public ColumnStatistics? Statistics { get; init; }

    /// <summary>How many pages have which encoding, where the writer said so.</summary>
    internal IReadOnlyList<PageEncodingCount> PageEncodings { get; init; } = [];

    /// <summary>What the chunk takes in memory, where the writer said so.</summary>
    internal SizeStatistics? Size { get; init; }

    /// <summary>Where the places of the chunk's pages are listed, 0 bytes where they are not.</summary>
    internal FileRange OffsetIndex { get; set; }

    /// <summary>Where the bounds of the chunk's pages are listed, 0 bytes where they are not.</summary>
    internal FileRange ColumnIndex { get; set; }

    /// <summary>Whether the chunk is encrypted: it is listed, but reading it fails.</summary>
    public bool IsEncrypted { get; internal init; }

    /// <summary>The order of the bounds, here and in the page index.</summary>
    internal SortOrder Order { get; init; } = SortOrder.OfType;

    /// <summary>Offset in the file of the chunk's Bloom filter, where there is one.</summary>
    public long? BloomFilterOffset { get; internal set; }

    /// <summary>Bytes of the Bloom filter with its header, where the file says so.</summary>
    public int? BloomFilterBytes { get; internal set; }

    /// <summary>Whether the file lists where each of the chunk's pages lies.</summary>
    public bool HasPageIndex => OffsetIndex.Bytes > 0;

    /// <summary>The smallest value (or a bound below it) as <see cref="ParquetReader.ReadRows(IReadOnlyList{string})"/> gives values, or null when unknown.</summary>
    public object? MinValue => ToValue(Statistics?.Min);

    /// <summary>The largest value (or a bound above it) as <see cref="ParquetReader.ReadRows(IReadOnlyList{string})"/> gives values, or null when unknown.</summary>
    public object? MaxValue => ToValue(Statistics?.Max);

    /// <summary>Offset in the file of the first page of the chunk.</summary>
    public long StartOffset => DictionaryPageOffset is > 0 and long offset && offset < DataPageOffset ? offset : DataPageOffset;

    /// <summary>A bound as statistics hold it, as <see cref="ParquetReader.ReadRows(IReadOnlyList{string})"/> gives values, or null where it does not fit the column.</summary>
    internal object? ToValue(byte[]? bound)
    {
        if (bound is null)
            return null;

        ColumnBuffer buffer = ColumnBuffer.Create(Field);
        if (buffer is BinaryColumnBuffer binary && (Field.PhysicalType == PhysicalType.ByteArray || bound.Length == binary.FixedLength))
            binary.AppendPlaces(bound, [0], [bound.Length]);
        else if (buffer is not BinaryColumnBuffer && bound.Length == NumberFormat.Size(Field.PhysicalType) && IsInRange(bound))
            buffer.AppendPlain(bound, 0, bound.Length, 1);
        else
            return null;

        // Old writers took NaN for a bound; a new one says by it that there are only NaN. Either way it bounds nothing.
        return ValueConverter.ToObject(buffer, 0) is var value and not (float.NaN or double.NaN) ? value : null;
    }

    /// <summary>Whether a bound of a narrow integer column fits its width: a lying one is no bound.</summary>
    private bool IsInRange(byte[] bound)
    {
        if (Field.LogicalType is not { Kind: LogicalKind.Integer, BitWidth: 8 or 16 })
            return true;

        int value = BitConverter.ToInt32(bound);
        int bits = Field.LogicalType.BitWidth;
        return Field.LogicalType.IsSigned ? value >= -(1 << (bits - 1)) && value < 1 << (bits - 1) : value >= 0 && value < 1 << bits;
    }
}

/// <summary>How many pages of a kind have an encoding.</summary>
internal readonly record struct PageEncodingCount(PageKind Kind, PageEncoding Encoding, int Count);

/// <summary>A part of a file.</summary>
internal readonly record struct FileRange(long Offset, int Bytes);

/// <summary>Statistics of a column chunk; minimum and maximum are in plain encoding without the length of byte arrays.</summary>
/// <param name="Min">A value that no value of the chunk is below, or null when unknown.</param>
/// <param name="Max">A value that no value of the chunk is above, or null when unknown.</param>
/// <param name="NullCount">Nulls (and empty lists), or null when unknown.</param>
/// <param name="DistinctCount">Distinct values, or null when unknown.</param>
/// <param name="IsMinExact">Whether Min occurs in the chunk rather than being a shortened bound.</param>
/// <param name="IsMaxExact">Whether Max occurs in the chunk rather than being a shortened bound.</param>
public sealed record ColumnStatistics(byte[]? Min, byte[]? Max, long? NullCount, long? DistinctCount = null, bool IsMinExact = true, bool IsMaxExact = true);
