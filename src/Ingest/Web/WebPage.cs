using System.Buffers;
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
    /// <param name="settings">How the text is taken and written.</param>
    /// <param name="facts">What is known beside the page (<c>url</c>, <c>date</c>, <c>content_type</c>).</param>
    public static Verdict Parse(Origin origin, ReadOnlySpan<byte> html, string? charset, PageSettings settings, params IEnumerable<(string Key, string? Value)> facts)
    {
        if (Binary.IsMostly(html))
            return Verdict.Drop("binary_file", detail: "the bytes are no page");
        int length = Charset.Decode(html, charset, out char[] chars, out string used);
        using Page page = HtmlParser.Parse(chars.AsSpan(0, length));
        ArrayPool<char>.Shared.Return(chars);
        string text = WellFormed.Text(settings.Write(page));
        if (text.Length == 0)
            return Verdict.Drop("empty_text", measured: 0, limit: 1, detail: "the page has no main text");
        var metadata = Document.NoMetadata.ToBuilder();
        foreach ((string key, string? value) in facts)
            Set(metadata, key, value);
        Set(metadata, "charset", used);
        var said = PageFacts.Of(page);
        Set(metadata, "title", said.Title);
        Set(metadata, "author", said.Author);
        Set(metadata, "published", said.Published);
        Set(metadata, "site", said.Site);
        Set(metadata, "html_lang", said.Language);
        // The header and the page may each ask for something.
        Set(metadata, "robots", string.Join(", ", new[] { metadata.GetValueOrDefault("robots"), page.Meta.GetValueOrDefault("robots") }.Where(one => !string.IsNullOrWhiteSpace(one))));
        // The address that it was read from is known of archives alone.
        if (!metadata.TryGetValue("url", out string? url))
            Set(metadata, "url", said.Url);
        else if (said.Url != url)
            Set(metadata, "canonical_url", said.Url);
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

    private static void Set(ImmutableSortedDictionary<string, string>.Builder metadata, string key, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
            metadata[key] = WellFormed.Text(value);
    }
}

/// <summary>How the main text of a page is taken and written.</summary>
internal readonly record struct PageSettings(PageFormat Format, ExtractionPreset Preset)
{
    /// <summary>The main text of a page; empty when it has none.</summary>
    public string Write(Page page)
    {
        IReadOnlyList<PageBlock> blocks = MainText.Extract(page, Preset);
        return Format == PageFormat.Markdown ? Markdown.Of(blocks) : PageBlock.PlainText(blocks);
    }
}
