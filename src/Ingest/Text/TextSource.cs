using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Ingest.Text;

/// <summary>What one document of a text file is.</summary>
public enum TextSplit
{
    /// <summary>The whole file.</summary>
    File,

    /// <summary>Each line that is not blank.</summary>
    Line,

    /// <summary>Each run of lines between blank lines.</summary>
    Paragraph,
}

/// <summary>Plain text files, loose or in archives, taken as they are: a document a file, line or paragraph.</summary>
/// <param name="files">Paths or patterns of texts and archives.</param>
/// <param name="split">What one document is: <c>file</c>, <c>line</c> or <c>paragraph</c>.</param>
/// <param name="entries">Patterns of the paths to read inside archives.</param>
/// <param name="maxRecordBytes">Largest document, in bytes after decompression.</param>
/// <param name="maxExpansion">Largest growth of a compressed file, decompressed bytes for one stored byte.</param>
[Stage("text")]
public sealed class TextSource(
    IReadOnlyList<string> files,
    TextSplit split = TextSplit.File,
    IReadOnlyList<string>? entries = null,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private readonly Regex[] _entries = [.. (entries ?? ["*.txt"]).Select(Glob.Matcher)];

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        IEnumerable<RawRecord> records = split != TextSplit.File && !Archive.IsArchive(file.Path, MaxExpansion) ? Stream(file, cancel) : Entries(file, cancel);
        foreach (RawRecord record in records)
        {
            cancel.ThrowIfCancellationRequested();
            yield return record;
        }
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        if (Binary.Is(record.Content.Span))
            return Verdict.Drop("binary_file", detail: "the bytes are no text");
        string text = WellFormed.Text(Charset.Decode(record.Content.Span, out string charset)).ReplaceLineEndings("\n").Trim('\n');
        return string.IsNullOrWhiteSpace(text)
            ? Verdict.Drop("empty_text", measured: 0, limit: 1)
            : Verdict.Keep(new Document(record.Origin, text).With("charset", charset));
    }

    private IEnumerable<RawRecord> Stream(InputFile file, CancellationToken cancel)
    {
        using ByteFlow flow = Open(file, cancel);
        foreach (RawRecord record in new TextRecords(flow, file.Path, MaxRecordBytes, split == TextSplit.Paragraph).Read())
            yield return record;
    }

    private IEnumerable<RawRecord> Entries(InputFile file, CancellationToken cancel)
    {
        long number = 0;
        foreach (Entry entry in new Archive(file, MaxRecordBytes, MaxExpansion, cancel).Read(path => _entries.Any(pattern => pattern.IsMatch(path))))
        {
            if (split == TextSplit.File || entry.Problem is not null)
            {
                yield return entry.ToRecord(number++);
                continue;
            }
            using var flow = new ByteFlow(new MemoryStream(entry.Content.ToArray(), false), MaxExpansion);
            foreach (RawRecord record in new TextRecords(flow, entry.Path, MaxRecordBytes, split == TextSplit.Paragraph, number).Read())
            {
                number = record.Origin.Record + 1;
                yield return record;
            }
        }
    }
}
