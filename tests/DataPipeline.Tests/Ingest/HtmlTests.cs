using System.Text;
using DataPipeline.Ingest.Web;
using DataPipeline.Ingest.Web.Html;
using HtmlParser = DataPipeline.Ingest.Web.Html.HtmlParser;

namespace DataPipeline.Tests.Ingest;

public sealed class HtmlTests
{
    private const string Sentence = "The committee met on Tuesday, and after a long debate it decided to build the bridge. ";

    private static string Extract(string html) => PageBlock.PlainText(MainText.Extract(HtmlParser.Parse(html)));

    private static string All(string html) => PageBlock.PlainText(MainText.All(HtmlParser.Parse(html)));

    [Theory]
    [InlineData("<p>a&amp;b &lt;c&gt; &eacute;&nbsp;&#x20AC;&#150;&notit;&NotEqualTilde;", "a&b <c> \u00e9 \u20ac\u2013\u00acit;\u2242\u0338")]
    [InlineData("<p>one<p>two<div>three</div>four", "one\ntwo\nthree\nfour")]
    [InlineData("a<br>b<br/>c", "a\nb\nc")]
    [InlineData("<ul><li>a<li>b</ul>", "- a\n- b")]
    [InlineData("<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc")]
    [InlineData("<pre>  x\n    y</pre>", "  x\n    y")]
    [InlineData("a <!-- no --> b <script>no</script> c <style>no</style><noscript>no</noscript>", "a b c")]
    [InlineData("<p title='a>b'>x</p><p title=\"</p>\">y", "x\ny")]
    [InlineData("1 < 2 and 3 <4 <", "1 < 2 and 3 <4 <")]
    [InlineData("<h2>Empty</h2><h2>Full</h2><p>text", "Full\ntext")]
    [InlineData("a<svg><title>no</title></svg>b", "ab")]
    public void All_Markup_BecomesLines(string html, string text) => Assert.Equal(text, All(html));

    [Fact]
    public void Extract_Surroundings_AreLeftOut()
    {
        string page = "<html><head><title>Bridge</title></head><body><nav><a href=/>Home</a><a href=/x>News of the day</a></nav>"
            + $"<div class='cookie-banner'><p>{Sentence}We use cookies.</p></div><article><h1>A bridge</h1><p>{Sentence}</p><div class='shareBar'>Share this</div>"
            + $"<p>{Sentence}Second.</p><h3>Related</h3><ul><li><a href=/1>One other story</a><li><a href=/2>Two other stories</a></ul></article>"
            + $"<section id=comments><p>{Sentence}Nonsense!</p></section><footer><p>{Sentence}Imprint.</p></footer></body></html>";
        Assert.Equal($"A bridge\n{Sentence.Trim()}\n{Sentence}Second.", Extract(page));
    }

    [Fact]
    public void Extract_FeedThatOutweighsTheArticle_IsCut()
    {
        string feed = string.Concat(Enumerable.Range(0, 12).Select(i => $"<li><a href=/{i}>A headline about other matters {i}</a> <p>{Sentence}{i}.</li>"));
        Assert.Equal($"{Sentence}One.\n{Sentence}Two.", Extract($"<body><div><div><p>{Sentence}One.<p>{Sentence}Two.</div><ul>{feed}</ul></div></body>"));
    }

    [Fact]
    public void Extract_PageWhoseNamesLie_IsReadByItsTags()
    {
        Assert.Equal($"{Sentence}One.", Extract($"<body><div class=content><div class=sidebar><p>{Sentence}One.</p></div></div></body>"));
    }

    [Fact]
    public void Extract_ChinesePage_KeepsItsParagraphs()
    {
        const string text = "\u6211\u4eec\u7684\u56fd\u5bb6\u662f\u4e00\u4e2a\u5927\u56fd\uff0c\u4eba\u6c11\u751f\u6d3b\u5f88\u597d\u3002";
        Assert.Equal(text, Extract($"<body><ul class=nav><li><a href=/>\u9996\u9875</a></ul><div><p>{text}</p></div></body>"));
    }

    [Fact]
    public void Parse_RealPages_HaveTheTextThatAngleSharpFinds()
    {
        if (SharedData.Find("extraction.tar.xz") is not { } path)
            return;
        var parser = new AngleSharp.Html.Parser.HtmlParser(new AngleSharp.Html.Parser.HtmlParserOptions { IsScripting = true });
        int pages = 0, equal = 0;
        var source = new HtmlSource([path], ["aeb/html/*", "readability/*/source.html"]);
        foreach (var record in source.Files().SelectMany(file => source.Read(file)).Where((_, i) => i % 4 == 0))
        {
            byte[] bytes = DataPipeline.Ingest.Files.Archive.Unpack(new("", "", 0, record.Content), 1 << 26, 1000).Content.ToArray();
            string html = Charset.Decode(bytes, null, out _);
            var document = parser.ParseDocument(html);
            foreach (var hidden in document.QuerySelectorAll("script,style,noscript,iframe,textarea,title,template,noframes,noembed").ToList())
                hidden.Remove();
            var page = HtmlParser.Parse(html);
            var ours = new StringBuilder();
            foreach (Node node in page.Nodes)
            {
                if (node.Tag == Tag.Text)
                    ours.Append(page.TextOf(node));
            }
            pages++;
            equal += Squeeze(ours.ToString()) == Squeeze(document.DocumentElement.TextContent) ? 1 : 0;
        }
        Console.WriteLine($"{equal} of {pages} pages have exactly the characters that AngleSharp finds");
        Assert.True(pages > 20 && equal >= 0.9 * pages, $"{equal} of {pages}");

        static string Squeeze(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
    }

    [Theory]
    [InlineData("<div>", 300_000)]
    [InlineData("<a href=x><p>", 200_000)]
    [InlineData("</div></p></b>", 100_000)]
    [InlineData("<table><tr><td>", 100_000)]
    [InlineData("<!--", 500_000)]
    [InlineData("<script>", 200_000)]
    [InlineData("<title></", 200_000)]
    [InlineData("<b><i><div></b></i>", 100_000)]
    [InlineData("&amp", 500_000)]
    [InlineData("<p class=\"a b c d e f g ", 50_000)]
    [InlineData("<x y=\"", 300_000)]
    [InlineData("<h1><h2>", 200_000)]
    public void Extract_HostilePage_Ends(string unit, int times)
    {
        // Anything quadratic in half a million characters would hold the suite for minutes.
        string page = string.Concat(Enumerable.Repeat(unit, times));
        Assert.True(Extract(page).Length <= 4 * page.Length);
    }

    [Fact]
    public void Extract_MutatedPages_NeverThrows()
    {
        string good = $"<html lang=en><head><meta charset=utf-8><title>T</title></head><body class='x'><div id=main><h1>H</h1><p>{Sentence}<a href='/'>l</a></p>"
            + "<table><tr><td>&eacute;</td></tr></table><ul><li>a<li>b</ul><script>if (a</b) x</script><!-- c --></div></body></html>";
        var random = new Random(3);
        const string alphabet = "<>/\"'=&;!-abpdivtrlsc \n\0\ud800\u6211";
        for (int round = 0; round < 20_000; round++)
        {
            char[] page = good.ToCharArray();
            for (int flips = random.Next(1, 20); flips > 0; flips--)
                page[random.Next(page.Length)] = alphabet[random.Next(alphabet.Length)];
            _ = Extract(new string(page, 0, random.Next(page.Length + 1)));
        }
    }
}
