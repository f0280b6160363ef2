using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Web;

/// <summary>Web archives: WARC 0.18, 1.0 and 1.1, ARC 1 and 2, and the WET files of Common Crawl, plain or compressed (a member a record or whole; zstd with its
/// dictionary too). HTML responses become their main text; <c>conversion</c> records are taken as the text they hold.</summary>
/// <remarks>A compressed archive above 256 MiB is read in ranges of that size, each a task or a part of one: a record belongs to the range in which its member starts.
/// In a later range records are numbered from its first byte on.</remarks>
/// <param name="files">Paths or patterns of the archives.</param>
/// <param name="maxRecordBytes">Largest record, in bytes after decompression.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
/// <param name="format">How the text of pages is written.</param>
/// <param name="preset">What to risk where it is not certain that a part of a page belongs to its text.</param>
/// <param name="checkDigests">Drops records whose block or payload does not have the digest that its header names.</param>
/// <param name="revisits">What becomes of records that say a page is as it was: <c>count</c> drops them, for as documents they would be duplicates; <c>resolve</c> gives them the content of
/// the record before them that they refer to. Archives are then read whole, not in ranges.</param>
[Stage("warc")]
public sealed class WarcSource(
    IReadOnlyList<string> files,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion,
    PageFormat format = PageFormat.Text, ExtractionPreset preset = ExtractionPreset.Balanced, bool checkDigests = false, RevisitMode revisits = RevisitMode.Count) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private const int Ok = 200;

    /// <summary>Stored bytes of a range; fixed but in tests, since outputs depend on it.</summary>
    internal long RangeBytes { get; init; } = 256L << 20;

    /// <inheritdoc/>
    public override IReadOnlyList<InputFile> Files() => [.. base.Files().SelectMany(Ranges)];

    private IEnumerable<InputFile> Ranges(InputFile file)
    {
        if (revisits == RevisitMode.Resolve || file.Bytes <= RangeBytes || !ByteFlow.IsCompressedFile(file.Path))
            return [file];
        int ranges = (int)((file.Bytes + RangeBytes - 1) / RangeBytes);
        return Enumerable.Range(0, ranges).Select(i => file with { From = i * RangeBytes, To = i == ranges - 1 ? long.MaxValue : (i + 1) * RangeBytes });
    }

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        using ByteFlow flow = Open(file, cancel);
        // What lies between the first byte of a range and the first header in it, false starts too, is for the range before.
        bool begun = file.From == 0;
        Revisits? before = revisits == RevisitMode.Resolve ? new Revisits(file.Path, MaxRecordBytes, MaxExpansion) : null;
        // request, warcinfo, metadata and continuation records are not documents: they are numbered and passed over.
        foreach (ArchiveEntry entry in ArchiveReader.Of(flow, file.Path, MaxRecordBytes, file.From).Read(type => type is "response" or "resource" or "conversion" or "revisit"))
        {
            cancel.ThrowIfCancellationRequested();
            begun |= entry.Header.Length > 0;
            if (entry.Header.Length > 0 && entry.Origin.Offset >= file.To)
                yield break;
            if (begun && (before is null ? entry.Record : before.Resolve(entry)) is { } record)
                yield return record;
        }
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        string? url = record.Fields.GetValueOrDefault("warc-target-uri")?.Trim('<', '>');
        string? date = record.Fields.GetValueOrDefault("warc-date");
        (string blockType, string? charset) = WebPage.ContentType(record.Fields.GetValueOrDefault("content-type"));
        string type = record.Fields.GetValueOrDefault("warc-type", "").ToLowerInvariant();
        if (checkDigests && RecordDigest.Problem(record) is { } problem)
            return Verdict.Drop(problem.Reason, detail: problem.Detail);
        if (type == "revisit")
            return Verdict.Drop("revisit", detail: revisits == RevisitMode.Resolve ? "the record that it refers to is not before it in the file" : "the same payload was archived before");
        if (type == "conversion")
            return PlainText(record, url, date, charset);
        if (type == "resource")
        {
            return IsHtml(blockType, record.Content.Span)
                ? WebPage.Parse(record.Origin, record.Content.Span, charset, new PageSettings(format, preset), ("url", url), ("date", date), ("content_type", blockType))
                : Verdict.Drop("not_html", detail: blockType);
        }
        if (blockType.Length > 0 && blockType != "application/http")
            return Verdict.Drop("not_html", detail: blockType);
        var response = HttpResponse.Parse(record.Content, MaxRecordBytes);
        if (response.Status != Ok)
            return Verdict.Drop("http_status", measured: response.Status, limit: Ok);
        (string mediaType, charset) = WebPage.ContentType(response.Headers.GetValueOrDefault("content-type"));
        if (mediaType.Length > 0 && !IsHtml(mediaType, default))
            return Verdict.Drop("not_html", detail: mediaType);
        if (response.Problem is { } unreadable)
            return Verdict.Drop(unreadable, detail: $"Content-Encoding {response.Headers.GetValueOrDefault("content-encoding")}");
        if (response.Body.IsEmpty)
            return Verdict.Drop("empty_body", measured: 0, limit: 1);
        if (!IsHtml(mediaType, response.Body.Span))
            return Verdict.Drop("not_html", detail: "no Content-Type, and the bytes do not look like HTML");
        return WebPage.Parse(record.Origin, response.Body.Span, charset, new PageSettings(format, preset), ("url", url), ("date", date), ("content_type", mediaType),
            ("robots", response.Headers.GetValueOrDefault("x-robots-tag")));
    }

    private static Verdict PlainText(RawRecord record, string? url, string? date, string? charset)
    {
        string text = WellFormed.Text(Charset.Decode(record.Content.Span, charset ?? "utf-8", out string used)).Trim();
        if (text.Length == 0)
            return Verdict.Drop("empty_text", measured: 0, limit: 1);
        var document = new Document(record.Origin, text).With("charset", used).With("content_type", "text/plain");
        if (url is not null)
            document = document.With("url", WellFormed.Text(url));
        return Verdict.Keep(date is null ? document : document.With("date", WellFormed.Text(date)));
    }

    private static bool IsHtml(string mediaType, ReadOnlySpan<byte> body)
    {
        if (mediaType is "text/html" or "application/xhtml+xml" or "application/xhtml")
            return true;
        if (mediaType.Length > 0)
            return false;
        string head = System.Text.Encoding.Latin1.GetString(body[..Math.Min(body.Length, 512)]).TrimStart().ToLower(CultureInfo.InvariantCulture);
        return head.StartsWith("<!doctype html", StringComparison.Ordinal) || head.Contains("<html", StringComparison.Ordinal)
            || head.Contains("<head", StringComparison.Ordinal);
    }
}
