using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Ingest.Books;

/// <summary>Books as plain text files, loose or in archives: one document a book. Project Gutenberg's header and licence are taken off, its title
/// and author kept; UTF-8, UTF-16, windows-1252, GB18030 and other encodings are told apart by their bytes.</summary>
/// <param name="files">Paths or patterns of books and archives.</param>
/// <param name="entries">Patterns of the paths to read inside archives.</param>
/// <param name="unwrap">Joins the lines of a paragraph that was broken at a fixed width; verse keeps its lines.</param>
/// <param name="maxRecordBytes">Largest book, in bytes after decompression.</param>
/// <param name="maxExpansion">Largest growth of a compressed file, decompressed bytes for one stored byte.</param>
[Stage("books")]
public sealed class BooksSource(
    IReadOnlyList<string> files,
    IReadOnlyList<string>? entries = null,
    bool unwrap = true,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private readonly Regex[] _entries = [.. (entries ?? ["*.txt"]).Select(Glob.Matcher)];

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        long number = 0;
        foreach (Entry entry in new Archive(file, MaxRecordBytes, MaxExpansion, cancel).Read(path => _entries.Any(pattern => pattern.IsMatch(path))))
        {
            cancel.ThrowIfCancellationRequested();
            yield return entry.ToRecord(number++);
        }
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        if (Binary.Is(record.Content.Span))
            return Verdict.Drop("binary_file", detail: "the bytes are no text");
        string all = WellFormed.Text(Charset.Decode(record.Content.Span, out string charset));
        string[] lines = all.ReplaceLineEndings("\n").Split('\n');
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["charset"] = charset };
        string text = Wrapping.Join(Gutenberg.Body(lines, facts), unwrap);
        return text.Length == 0
            ? Verdict.Drop("empty_text", measured: 0, limit: 1)
            : Verdict.Keep(new Document(record.Origin, text) { Metadata = facts.ToImmutableSortedDictionary(StringComparer.Ordinal) });
    }
}
