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

    /// <summary>Bytes that a dictionary of texts may take before the column is written plain; 0 writes no dictionaries; default 1 MiB.</summary>
    public int DictionaryBytes { get; init; } = 1 << 20;

    /// <summary>Whether each page carries a CRC-32, which readers check; default true.</summary>
    public bool PageChecksums { get; init; } = true;

    /// <summary>Whether the file ends in an index of its pages, by which readers skip pages; default true.</summary>
    public bool PageIndex { get; init; } = true;

    /// <summary>Pairs kept in the footer, in this order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> KeyValues { get; init; } = [];
}
