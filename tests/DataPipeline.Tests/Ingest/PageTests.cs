using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Ingest.Web;
using DataPipeline.Ingest.Web.Html;
using DataPipeline.Tests.Cli;
using HtmlParser = DataPipeline.Ingest.Web.Html.HtmlParser;

namespace DataPipeline.Tests.Ingest;

/// <summary>What is made of a page: Markdown, facts, presets, and the lines of <c>extract</c>.</summary>
public sealed class PageTests : IDisposable
{
    private const string Sentence = "The committee met on Tuesday, and after a long debate it decided to build the bridge.";
    private readonly Temporary _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("<h1>A</h1><p>x<h3>B</h3><p>y", "# A\n\nx\n\n### B\n\ny")]
    [InlineData("<ul><li>a<li>b<ul><li>c</ul></ul><p>d", "- a\n- b\n  - c\n\nd")]
    [InlineData("<ol><li>a<li>b</ol>", "1. a\n2. b")]
    [InlineData("<blockquote><p>a<p>b</blockquote><p>c", "> a\n>\n> b\n\nc")]
    [InlineData("<pre>if (a)\n  b();</pre>", "```\nif (a)\n  b();\n```")]
    [InlineData("<pre>x ```` y</pre>", "`````\nx ```` y\n`````")]
    [InlineData("<table><tr><th>a<th>b|c<tr><td>1<td>2</table><p>d", "| a | b\\|c |\n| --- | --- |\n| 1 | 2 |\n\nd")]
    [InlineData("<table><tr><td><p>a</p><p>b</p><td><ul><li>c<li>d</ul><tr><td>e<br>f<td>g</table>", "| a<br>b | c<br>d |\n| --- | --- |\n| e<br>f | g |")]
    [InlineData("<table><tr><td><td>a<tr><td>b<td></table>", "|  | a |\n| --- | --- |\n| b |")]
    [InlineData("<table><tr><th colspan=2>a<tr><td>b<td>c</table>", "| a |  |\n| --- | --- |\n| b | c |")]
    [InlineData("<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e</table>", "| a | b |\n| --- | --- |\n|  | c |\n| d | e |")]
    [InlineData("<table><tr><td>a<td rowspan=2>b<tr><td>c<tr><td>d<td>e</table>", "| a | b |\n| --- | --- |\n| c |\n| d | e |")]
    [InlineData("<table><caption>C</caption><tr><td>a<td>b<tr><td>c<td>d</table>", "C\n\n| a | b |\n| --- | --- |\n| c | d |")]
    [InlineData("<table><tr><td><table><tr><td>a<td>b<tr><td>c<td>d</table><td><p>e<p>f</table>", "| a | b |\n| --- | --- |\n| c | d |\n\ne\n\nf")]
    [InlineData("<p># no heading<p>1. no item<p>- neither<p>2024 is a year", "\\# no heading\n\n1\\. no item\n\n\\- neither\n\n2024 is a year")]
    [InlineData("<ul><li>\u7532<li>\u4e59</ul><h2>\u4e19</h2><p>\u4e01\u3002", "- \u7532\n- \u4e59\n\n## \u4e19\n\n\u4e01\u3002")]
    public void Markdown_Blocks_AreMarked(string html, string markdown) => Assert.Equal(markdown, Markdown.Of(MainText.All(HtmlParser.Parse(html))));

    [Theory]
    [InlineData("<meta property=og:title content='A bridge | The Herald'><meta property=og:site_name content='The Herald'>", "title", "A bridge")]
    [InlineData("<title>A bridge - The Herald</title><meta property=og:site_name content='The Herald'>", "title", "A bridge")]
    [InlineData("<title>A bridge - a story</title>", "title", "A bridge - a story")]
    [InlineData("<meta name=author content='Ann Lee'>", "author", "Ann Lee")]
    [InlineData("<meta name=author content='https://example.org/ann'><body><a rel=author href=/a>Bo Lee</a>", "author", "Bo Lee")]
    [InlineData("<body><div class=byline>By Ann Lee March 3, 2020</div>", "author", "Ann Lee")]
    [InlineData("<body><p itemprop='author creator'>Ann Lee</p>", "author", "Ann Lee")]
    [InlineData("<body><a rel='author nofollow'><img></a><a rel=author>Ann Lee</a> and <a rel=author>Bo Lee</a>", "author", "Ann Lee, Bo Lee")]
    [InlineData("<body><div class=byline>By Ann Lee</div><div class=byline>By Bo Lee</div>", "author", "Ann Lee")]
    [InlineData("<body><div class=article__author>By Ann Lee</div>", "author", "Ann Lee")]
    [InlineData("<body><div class=article__author>subscribe to our letter</div>", "author", null)]
    [InlineData("<body><ul class=comments><li><a rel=author>Bo Lee</a></ul>", "author", null)]
    [InlineData("<meta property=og:article:author content='By Ann Lee'>", "author", "Ann Lee")]
    [InlineData("<body><p>\u6765\u6e90\uff1a\u65b0\u534e\u7f51 \u4f5c\u8005\uff1a\u5f20\u4e09 2020-01-01</p>", "author", "\u5f20\u4e09")]
    [InlineData("<body><p>\u53d1\u5e03\u65f6\u95f4\uff1a2020\u5e741\u670802\u65e5 10:11</p>", "published", "2020-01-02")]
    [InlineData("<body><p>\u53d1\u5e03\u65f6\u95f4\uff1a\u6628\u5929 10:11</p>", "published", null)]
    [InlineData("<script type='application/ld+json'>//<![CDATA[\n{\"headline\": \"H\nI\", \"author\": \"Ann Lee\"}\n//]]></script>", "author", "Ann Lee")]
    [InlineData("<script type='application/ld+json'>[{\"headline\": \"H\", \"author\": {\"@id\": \"#a\"}}, {\"@id\": \"#a\", \"name\": \"Ann Lee\"}]</script>", "author", "Ann Lee")]
    [InlineData("<body><span itemprop=author>\u4f5c\u8005\uff1a\u5f20\u4e09</span>", "author", "\u5f20\u4e09")]
    [InlineData("<script type='application/ld+json'>{\"@graph\": [{\"@type\": \"Person\", \"name\": \"No\"}, {\"headline\": \"H &amp; I\", \"author\": [{\"name\": \"A\"}, {\"name\": \"B\"}], \"datePublished\": \"2021-05-06T07:08:09Z\"}]}</script>", "author", "A, B")]
    [InlineData("<script type='application/ld+json'>{\"headline\": \"H &amp; I\", \"datePublished\": \"2021-05-06T07:08:09Z\"}</script>", "published", "2021-05-06T07:08:09Z")]
    [InlineData("<script type='application/ld+json'>{\"headline\": \"H &amp; I\"}</script>", "title", "H & I")]
    [InlineData("<script type='application/ld+json'>{broken</script><meta property=article:published_time content='2020-02-03'>", "published", "2020-02-03")]
    [InlineData("<body><time datetime='2019-01-02T03:04:05+08:00'>x</time>", "published", "2019-01-02T03:04:05+08:00")]
    [InlineData("<meta name=date content='last Tuesday'><body><time datetime='2019-01-02'>x</time>", "published", "2019-01-02")]
    [InlineData("<meta itemprop=datePublished content='2018/07/06'>", "published", "2018-07-06")]
    [InlineData("<link rel=canonical href='https://example.org/a?b=1&amp;c=2'>", "url", "https://example.org/a?b=1&c=2")]
    [InlineData("<link rel=canonical href='/relative'>", "url", null)]
    public void Parse_Facts_AreFound(string html, string key, string? value)
    {
        (List<Document> documents, _) = Temporary.Run(new HtmlSource([_folder.Write("a.html", $"<html lang=en-GB><head>{html}<p>{Sentence}</p>")]));
        Document page = Assert.Single(documents);
        Assert.Equal(value, page.Metadata.GetValueOrDefault(key));
        Assert.Equal("en-GB", page.Metadata["html_lang"]);
    }

    [Fact]
    public void Extract_Presets_TakeLessOrMore()
    {
        string html = $"<body><article><h1>T</h1><p>{Sentence}</p><p>Photo by hand</p><p>{Sentence} {Sentence} {Sentence} {Sentence}</p><p>{Sentence} {Sentence}</p></article>"
            + $"<div class=comments><p>{Sentence} Says a reader.</p></div></body>";
        string Text(ExtractionPreset preset) => PageBlock.PlainText(MainText.Extract(HtmlParser.Parse(html), preset));
        Assert.DoesNotContain("Photo by hand", Text(ExtractionPreset.Precision), StringComparison.Ordinal);
        Assert.Contains("Photo by hand", Text(ExtractionPreset.Balanced), StringComparison.Ordinal);
        Assert.DoesNotContain("Says a reader", Text(ExtractionPreset.Balanced), StringComparison.Ordinal);
        Assert.Contains("Says a reader", Text(ExtractionPreset.Recall), StringComparison.Ordinal);
    }

    [Fact]
    public void ExtractVerb_PagesAndArchives_GiveALineEach()
    {
        string page = $"<html lang=en><head><title>Bridge</title><meta name=author content=Ann><meta name=date content=2020-01-02></head><body><h2>Head</h2><p>{Sentence}</p></body></html>";
        string loose = _folder.Write("a.html", page), empty = _folder.Write("b.html", "<html></html>");
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(page));
        string compressed = _folder.Write("c.html.gz", packed.ToArray());
        string http = $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page}", image = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx";
        string archive = _folder.Write("d.warc", string.Concat(new[] { http, image }.Select((block, i) =>
            $"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/{i}\r\nContent-Type: application/http\r\nContent-Length: {block.Length}\r\n\r\n{block}\r\n\r\n")));
        (int code, string output, string error) = CommandLine.Run(_folder.Folder, "extract", loose, empty, compressed, archive, "--format", "markdown");
        JsonElement[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(0, code);
        Assert.Equal([loose, empty, compressed, archive + "#0"], lines.Select(line => line.GetProperty("id").GetString()));
        Assert.All(lines.Where((_, i) => i != 1), line => Assert.Equal(("Bridge", "Ann", "2020-01-02", "en", $"## Head\n\n{Sentence}"), (line.GetProperty("title").GetString(),
            line.GetProperty("author").GetString(), line.GetProperty("date").GetString(), line.GetProperty("language").GetString(), line.GetProperty("text").GetString())));
        Assert.Equal(("", "http://example.org/0"), (lines[1].GetProperty("text").GetString(), lines[3].GetProperty("url").GetString()));
        Assert.Contains("4 pages, 1 of them without a text; 1 records that are no pages", error, StringComparison.Ordinal);
    }
}
