namespace DataPipeline.Parquet;

/// <summary>How much a file may make the reader take; what goes beyond is a <see cref="ParquetException"/>.</summary>
public sealed record ReadLimits
{
    /// <summary>Bytes that one page may unpack to; default 1 GiB.</summary>
    public int MaxPageBytes { get; init; } = 1 << 30;

    /// <summary>
    /// Bytes that the values of one column chunk may take when read at once; default 512 MiB. A chunk that is itself large in the file may always
    /// take 32 times its bytes there.
    /// </summary>
    public long MaxColumnBytes { get; init; } = 1L << 29;

    /// <summary>Bytes of the footer; default 64 MiB. It takes some 30 times its bytes in memory at worst.</summary>
    public int MaxFooterBytes { get; init; } = 1 << 26;

    /// <summary>Whether pages are held against the checksums that they carry; default true.</summary>
    public bool CheckPageChecksums { get; init; } = true;
}
