using DataPipeline.Core;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Ingest.Text;

/// <summary>Whole lines of a file, read together: what a worker takes at a time.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="FirstLine">Number of the first line, from 1.</param>
/// <param name="Bytes">The lines with their ends; the last line of a file may have none.</param>
public sealed record LineBlock(string File, long FirstLine, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Name of the standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>1 GiB: what a line may hold.</summary>
    public const int DefaultMaxLineBytes = 1 << 30;

    private const int BlockBytes = 1 << 18;

    /// <summary>The blocks of a file in order, in bounded memory: a quarter of a megabyte, or one line where that is longer. A byte order mark at the start is left out.</summary>
    /// <param name="path">A file, plain or compressed by gzip, zstd, xz, bzip2 or lz4, known by its first bytes; <c>-</c> is the standard input.</param>
    /// <param name="maxLineBytes">Longest line allowed.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="InputException">There is no such file, it is damaged, or a line is too long.</exception>
    public static IEnumerable<LineBlock> Read(string path, int maxLineBytes = DefaultMaxLineBytes, CancellationToken cancel = default)
    {
        using ByteFlow flow = Open(path, cancel);
        // What a pipe has is given on at once: who writes a line there may wait for the answer.
        int wanted = path == StandardInput ? 1 : BlockBytes;
        if (flow.Ensure(3) && flow.Buffered.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
            flow.Advance(3);
        long line = 1;
        int searched = 0;
        while (true)
        {
            bool more = flow.Ensure(Math.Max(wanted, searched + 1));
            if (flow.Damage is { } damage)
                throw new InputException($"{path}: {damage.Detail}, after line {line - 1}: get the file again");
            int end = flow.Buffered[searched..].LastIndexOf((byte)'\n');
            searched = end < 0 ? flow.Buffered.Length : searched + end + 1;
            if (end < 0 && more)
            {
                if (searched > maxLineBytes)
                    throw new InputException($"{path}: line {line} is longer than {maxLineBytes:N0} bytes: cut it");
                continue;
            }
            if (searched > 0)
            {
                byte[] bytes = flow.Buffered[..searched].ToArray();
                flow.Advance(searched);
                yield return new LineBlock(path, line, bytes);
                line += bytes.AsSpan().Count((byte)'\n');
            }
            else if (!more)
            {
                yield break;
            }
            searched = 0;
        }
    }

    /// <summary>The lines as JSON: broken UTF-8 and lone surrogate escapes become U+FFFD, so that no string in them throws when read.</summary>
    public ReadOnlyMemory<byte> Json() => JsonText.Clean(Bytes);

    private static ByteFlow Open(string path, CancellationToken cancel)
    {
        if (path == StandardInput)
            return new ByteFlow(Console.OpenStandardInput(), FileSource.DefaultMaxExpansion, cancel: cancel);
        try
        {
            return ByteFlow.Open(path, FileSource.DefaultMaxExpansion, cancel: cancel);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {fault.Message}", fault);
        }
    }
}
