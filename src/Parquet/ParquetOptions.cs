namespace DataPipeline.Parquet;

/// <summary>How a Parquet file is written.</summary>
public sealed record ParquetOptions
{
    /// <summary>How pages are compressed: none, snappy, gzip, brotli, lz4_raw or zstd (default).</summary>
    public CompressionMethod Compression { get; init; } = CompressionMethod.Zstd;

    /// <summary>Level of zstd, 1 (fast) to 19 (small); default 3.</summary>
    public int CompressionLevel { get; init; } = 3;

    /// <summary>Bytes of values after which a page ends, at the next row; default 1 MiB.</summary>
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>Bytes that the dictionary of a column chunk may take before the chunk is written without; 0 writes no dictionaries; default 1 MiB.</summary>
    public int DictionaryBytes { get; init; } = 1 << 20;

    /// <summary>Whether each page carries a CRC-32, which readers check; default true.</summary>
    public bool PageChecksums { get; init; } = true;

    /// <summary>Whether the file ends in an index of its pages, by which readers skip pages; default true.</summary>
    public bool PageIndex { get; init; } = true;

    /// <summary>
    /// Encodings by dotted column path, for columns where the writer shall not choose by a sample: plain, dictionary (plain where it outgrows
    /// <see cref="DictionaryBytes"/>), delta-packed for 32- and 64-bit integers, delta lengths or prefixes for texts, split bytes for floats (and,
    /// since 2024, integers and fixed lengths: DuckDB 1.5 does not read those).
    /// </summary>
    public IReadOnlyDictionary<string, PageEncoding> Encodings { get; init; } = new Dictionary<string, PageEncoding>();

    /// <summary>
    /// Columns that get a Bloom filter, by dotted path, with the share of absent values that a reader may take for present, between 0 and 1 (0.01 takes about
    /// 10 bits a distinct value). Not for booleans.
    /// </summary>
    public IReadOnlyDictionary<string, double> BloomFilters { get; init; } = new Dictionary<string, double>();

    /// <summary>The order in which the caller gives the rows of each row group, which the footer then states; the writer does not sort.</summary>
    public IReadOnlyList<SortingColumn> SortingColumns { get; init; } = [];

    /// <summary>Pairs kept in the footer, in this order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> KeyValues { get; init; } = [];
}

/// <summary>A column by which the rows of a row group are sorted.</summary>
/// <param name="Column">Dotted path of the column.</param>
/// <param name="Descending">Whether values fall.</param>
/// <param name="NullsFirst">Whether nulls come before values.</param>
public sealed record SortingColumn(string Column, bool Descending = false, bool NullsFirst = false);
