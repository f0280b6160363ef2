using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Web;

/// <summary>Web archives: WARC 0.18, 1.0 and 1.1 and the WET files of Common Crawl, plain or compressed (a member a record or whole). HTML
/// responses become their main text; <c>conversion</c> records are taken as the text they hold.</summary>
/// <param name="files">Paths or patterns of the archives.</param>
/// <param name="maxRecordBytes">Largest record, in bytes after decompression.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("warc")]
public sealed class WarcSource(
    IReadOnlyList<string> files,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private const int Ok = 200;

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        using ByteFlow flow = Open(file, cancel);
        // request, warcinfo, metadata and continuation records are not documents: they are numbered and passed over.
        foreach (RawRecord record in new WarcReader(flow, file.Path, MaxRecordBytes).Read(type => type is "response" or "resource" or "conversion"
            or "revisit"))
        {
            cancel.ThrowIfCancellationRequested();
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
        if (type == "revisit")
            return Verdict.Drop("revisit", detail: "the same payload was archived before");
        if (type == "conversion")
            return PlainText(record, url, date, charset);
        if (type == "resource")
        {
            return IsHtml(blockType, record.Content.Span)
                ? WebPage.Parse(record.Origin, record.Content.Span, charset, ("url", url), ("date", date), ("content_type", blockType))
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
        if (response.Problem is { } problem)
            return Verdict.Drop(problem, detail: $"Content-Encoding {response.Headers.GetValueOrDefault("content-encoding")}");
        if (response.Body.IsEmpty)
            return Verdict.Drop("empty_body", measured: 0, limit: 1);
        if (!IsHtml(mediaType, response.Body.Span))
            return Verdict.Drop("not_html", detail: "no Content-Type, and the bytes do not look like HTML");
        return WebPage.Parse(record.Origin, response.Body.Span, charset, ("url", url), ("date", date), ("content_type", mediaType));
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
