using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Web;

/// <summary>HTML pages as files, loose or in .tar, .tar.gz, .tar.xz, .tar.zst or .zip, each perhaps compressed itself: one document a page, its
/// main text.</summary>
/// <param name="files">Paths or patterns of pages and archives.</param>
/// <param name="entries">Patterns of the paths to read inside archives, such as <c>*/html/**</c>; a pattern without a folder matches at any
/// depth.</param>
/// <param name="maxRecordBytes">Largest page, in bytes after decompression.</param>
/// <param name="maxExpansion">Largest growth of a compressed file, decompressed bytes for one stored byte.</param>
/// <param name="format">How the text of pages is written.</param>
/// <param name="preset">What to risk where it is not certain that a part of a page belongs to its text.</param>
[Stage("html")]
public sealed class HtmlSource(
    IReadOnlyList<string> files,
    IReadOnlyList<string>? entries = null,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion,
    PageFormat format = PageFormat.Text, ExtractionPreset preset = ExtractionPreset.Balanced) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private readonly Regex[] _entries = [.. (entries ?? ["*.{html,htm,xhtml,shtml,html.gz,htm.gz,html.zst,html.xz}"]).Select(Glob.Matcher)];

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
        Entry entry = Archive.Unpack(new Entry(record.Origin.File, record.Origin.File, record.Origin.Offset, record.Content), MaxRecordBytes,
            MaxExpansion);
        if (entry.Problem is { } problem)
            return Verdict.Drop(problem.Reason, detail: problem.Detail);
        return entry.Content.IsEmpty
            ? Verdict.Drop("empty_body", measured: 0, limit: 1)
            : WebPage.Parse(record.Origin, entry.Content.Span, null, new PageSettings(format, preset), ("path", record.Origin.File));
    }
}
