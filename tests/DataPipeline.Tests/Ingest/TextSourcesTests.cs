using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Books;
using DataPipeline.Ingest.Text;

namespace DataPipeline.Tests.Ingest;

public sealed class TextSourcesTests
{
    [Fact]
    public void Parse_GutenbergBook_LosesLicenceAndKeepsTitle()
    {
        string book = "The Project Gutenberg EBook of X\r\n\r\nTitle: A Caf\u00e9\r\nAuthor: B\r\n\r\n*** START OF THIS PROJECT GUTENBERG EBOOK X ***\r\n\r\nProduced by C\r\n\r\n"
            + "CHAPTER I\r\n\r\nIt was a dark and stormy night in the city, and\r\nthe rain fell in torrents upon the roofs.\r\n\r\nA rose\r\nis a rose\r\n\r\n"
            + "End of Project Gutenberg's X, by B\r\n\r\n*** END OF THIS PROJECT GUTENBERG EBOOK X ***\r\nlicence\r\n";
        using var folder = new Temporary();
        var (documents, _) = Temporary.Run(new BooksSource([folder.Write("x.txt", Encoding.Latin1.GetBytes(book))]));
        Document text = Assert.Single(documents);
        Assert.Equal("CHAPTER I\n\nIt was a dark and stormy night in the city, and the rain fell in torrents upon the roofs.\n\nA rose\nis a rose",
            text.Text);
        Assert.Equal(("A Caf\u00e9", "B", "windows-1252"), (text.Metadata["title"], text.Metadata["author"], text.Metadata["charset"]));
    }

    [Fact]
    public void Parse_EveryPublicBook_HasNoLicenceLeft()
    {
        if (SharedData.Find("books") is not { } folder)
            return;
        var (documents, drops) = Temporary.Run(new BooksSource([folder + "/gutenberg*/*.txt"]));
        Assert.Empty(drops);
        Assert.Equal(16, documents.Count);
        Assert.All(documents, book => Assert.DoesNotContain("Project Gutenberg Literary Archive", book.Text, StringComparison.Ordinal));
        Assert.All(documents, book => Assert.DoesNotContain("START OF TH", book.Text, StringComparison.Ordinal));
        Assert.All(documents, book => Assert.DoesNotContain("\ufffd", book.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gb18030",
        "\u6211\u4eec\u7684\u56fd\u5bb6\u662f\u4e00\u4e2a\u5927\u56fd\uff0c\u4eba\u6c11\u751f\u6d3b\u5f88\u597d\u3002\u4ed6\u4eec\u4e0d\u77e5\u9053\u8fd9\u4ef6\u4e8b\u3002")]
    [InlineData("big5", "\u6211\u5011\u7684\u570b\u5bb6\u662f\u4e00\u500b\u5927\u570b\uff0c\u4eba\u6c11\u751f\u6d3b\u5f88\u597d\u3002\u4ed6\u5011\u4e0d\u77e5\u9053\u9019\u4ef6\u4e8b\u3002")]
    [InlineData("shift_jis",
        "\u543e\u8f29\u306f\u732b\u3067\u3042\u308b\u3002\u540d\u524d\u306f\u307e\u3060\u7121\u3044\u3002\u3069\u3053\u3067\u751f\u308c\u305f\u304b\u3068\u3093\u3068\u898b\u5f53\u304c\u3064\u304b\u306c\u3002")]
    [InlineData("euc-jp",
        "\u543e\u8f29\u306f\u732b\u3067\u3042\u308b\u3002\u540d\u524d\u306f\u307e\u3060\u7121\u3044\u3002\u3069\u3053\u3067\u751f\u308c\u305f\u304b\u3068\u3093\u3068\u898b\u5f53\u304c\u3064\u304b\u306c\u3002")]
    [InlineData("euc-kr",
        "\ub098\ub294 \uc624\ub298 \ud559\uad50\uc5d0 \uac00\uc9c0 \uc54a\uc558\ub2e4. \uadf8\ub9ac\uace0 \uc9d1\uc5d0\uc11c \ucc45\uc744 \uc77d\uc5c8\ub2e4.")]
    [InlineData("windows-1251",
        "\u0412\u0441\u0435 \u0441\u0447\u0430\u0441\u0442\u043b\u0438\u0432\u044b\u0435 \u0441\u0435\u043c\u044c\u0438 \u043f\u043e\u0445\u043e\u0436\u0438 \u0434\u0440\u0443\u0433 \u043d\u0430 \u0434\u0440\u0443\u0433\u0430")]
    [InlineData("koi8-r",
        "\u0412\u0441\u0435 \u0441\u0447\u0430\u0441\u0442\u043b\u0438\u0432\u044b\u0435 \u0441\u0435\u043c\u044c\u0438 \u043f\u043e\u0445\u043e\u0436\u0438 \u0434\u0440\u0443\u0433 \u043d\u0430 \u0434\u0440\u0443\u0433\u0430")]
    [InlineData("utf-16", "Plain text in two bytes a character, with a mark.")]
    public void Parse_TextWithoutLabel_IsDecodedByItsBytes(string encoding, string text)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var written = Encoding.GetEncoding(encoding);
        using var folder = new Temporary();
        var (documents, _) = Temporary.Run(new TextSource([folder.Write("a.txt", [.. written.GetPreamble(), .. written.GetBytes(text)])]));
        Assert.Equal(text, Assert.Single(documents).Text);
    }

    [Fact]
    public void Read_LinesAndParagraphs_AreDocuments()
    {
        using var folder = new Temporary();
        string path = folder.Write("a.txt", "one\ntwo\n\n  \nthree\r\n");
        Assert.Equal(["one", "two", "three"], Temporary.Run(new TextSource([path], TextSplit.Line)).Documents.Select(document => document.Text));
        Assert.Equal(["one\ntwo", "three"], Temporary.Run(new TextSource([path], TextSplit.Paragraph)).Documents.Select(document => document.Text));
        Assert.Equal(["one\ntwo\n\n  \nthree"], Temporary.Run(new TextSource([path])).Documents.Select(document => document.Text));
    }

    [Fact]
    public void Read_ZipOfTexts_GivesEach()
    {
        if (SharedData.Find("lm/nltk/inaugural.zip") is not { } path)
            return;
        var (documents, drops) = Temporary.Run(new TextSource([path]));
        Assert.Equal(59, documents.Count);
        Assert.Empty(drops);
        Assert.EndsWith("!/inaugural/1789-Washington.txt", documents[0].Origin.File, StringComparison.Ordinal);
    }
}
