using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Files;

/// <summary>A source over files named by patterns, read through <see cref="ByteFlow"/> with one limit for records and one for expansion.</summary>
public abstract class FileSource : Source
{
    /// <summary>64 MiB: what a record, line, page or archive entry may hold by default.</summary>
    public const int DefaultMaxRecordBytes = 64 << 20;

    /// <summary>Decompressed bytes allowed for one stored byte by default; deflate's own bound is 1032.</summary>
    public const double DefaultMaxExpansion = 1000;

    private readonly IReadOnlyList<string> _patterns;

    /// <summary>Remembers the patterns and limits; nothing is opened yet.</summary>
    protected FileSource(IReadOnlyList<string> files, int maxRecordBytes, double maxExpansion)
    {
        _patterns = files;
        MaxRecordBytes = maxRecordBytes;
        MaxExpansion = maxExpansion;
    }

    /// <summary>Largest record, in bytes after decompression.</summary>
    protected int MaxRecordBytes { get; }

    /// <summary>Largest growth of a compressed member.</summary>
    protected double MaxExpansion { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<InputFile> Files() => Glob.Expand(_patterns);

    private protected ByteFlow Open(InputFile file, CancellationToken cancel) => ByteFlow.Open(file.Path, MaxExpansion, file.From, cancel);
}
