using System.Collections.Immutable;
using DataPipeline.Core;
using DataPipeline.Ingest.Web.Html;

namespace DataPipeline.Ingest.Web;

/// <summary>A page's bytes as a document: decoded, its main text taken, its facts in the metadata.</summary>
internal static class WebPage
{
    /// <summary>Makes the document of an HTML page, or drops it as <c>empty_text</c>.</summary>
    /// <param name="origin">Where it was read.</param>
    /// <param name="html">The page.</param>
    /// <param name="charset">Charset that the transport named, if any.</param>
    /// <param name="facts">What is known beside the page (<c>url</c>, <c>date</c>, <c>content_type</c>).</param>
    public static Verdict Parse(Origin origin, ReadOnlySpan<byte> html, string? charset, params IEnumerable<(string Key, string? Value)> facts)
    {
        if (Binary.IsMostly(html))
            return Verdict.Drop("binary_file", detail: "the bytes are no page");
        Page page = HtmlParser.Parse(Charset.Decode(html, charset, out string used));
        string text = WellFormed.Text(MainText.Extract(page));
        if (text.Length == 0)
            return Verdict.Drop("empty_text", measured: 0, limit: 1, detail: "the page has no main text");
        var metadata = Document.NoMetadata.ToBuilder();
        foreach ((string key, string? value) in facts)
            Set(metadata, key, value);
        Set(metadata, "charset", used);
        Set(metadata, "title", TitleOf(page));
        Set(metadata, "html_lang", page.Language?.Trim());
        if (!metadata.ContainsKey("url"))
            Set(metadata, "url", page.Canonical ?? page.Meta.GetValueOrDefault("og:url"));
        return Verdict.Keep(new Document(origin, text) { Metadata = metadata.ToImmutable() });
    }

    /// <summary>Splits a Content-Type value into media type (lower case) and charset.</summary>
    public static (string MediaType, string? Charset) ContentType(string? value)
    {
        if (value is null)
            return ("", null);
        int semicolon = value.IndexOf(';');
        string type = (semicolon < 0 ? value : value[..semicolon]).Trim().ToLowerInvariant();
        int charset = value.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        return (type, charset < 0 ? null : value[(charset + 8)..].Split(';', ',')[0].Trim(' ', '"', '\''));
    }

    private static string? TitleOf(Page page) => page.Meta.GetValueOrDefault("og:title") ?? page.Title;

    private static void Set(ImmutableSortedDictionary<string, string>.Builder metadata, string key, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
            metadata[key] = WellFormed.Text(value);
    }
}
