using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Files;

/// <summary>One whole file met by a source: a file of its own or an entry of an archive, its bytes decompressed; or the reason why it cannot be
/// read.</summary>
/// <param name="Path">Path of the file, or <c>archive!/entry</c>.</param>
/// <param name="Name">Path inside the archive, or the file's path.</param>
/// <param name="Offset">Byte offset in the file as stored (of the decompressed tar where that is compressed); -1 if unknown.</param>
/// <param name="Content">The bytes.</param>
internal sealed record Entry(string Path, string Name, long Offset, ReadOnlyMemory<byte> Content)
{
    /// <summary>Why there are no bytes; null for a good entry.</summary>
    public Damage? Problem { get; init; }

    /// <summary>The record of this entry.</summary>
    public RawRecord ToRecord(long number, IReadOnlyDictionary<string, string>? fields = null) => Problem is { } problem
        ? RawRecord.Unreadable(new Origin(Path, number, problem.Offset), problem.Reason, problem.Detail)
        : new RawRecord(new Origin(Path, number, Offset), Content, fields);
}
