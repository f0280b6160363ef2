using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Web;

public sealed class WebStagesTests
{
    private static readonly string[] Pieces =
        ["a", "see", " ", " ", "\n", ".", "..", "/", "//", "http://", "https://", "ftp://", "www.", "example", ".com", ".org", ".it", ".It", ".zz", "-", "_", "@", ":8080", "?q=1", "&", "(", ")", "10.0.0.1", "256.300.1", "1.2.3", ".4",
            "。", "中文", "#top", "%20", "~", "x.y"];

    [Theory]
    [InlineData("Look at https://example.org/a(b)?c=d#e now.", "Look at now.")]
    [InlineData("Write to me@example.com or call.", "Write to or call.")]
    [InlineData("line\nwww.example.com\nline", "line\nline")]
    [InlineData("it ends.It goes on; v1.2 too", "it ends.It goes on; v1.2 too")]
    [InlineData("at 192.168.0.1:80/x it is", "at it is")]
    [InlineData("请看 https://例子.中国 和example.com。谢谢", "请看 https://例子.中国 和。谢谢")]
    [InlineData("http://localhost/x", "")]
    public void RemoveUrls_Texts_LoseTheirAddresses(string text, string left) => Assert.Equal(left, new RemoveUrls().Judge(Golden.Document(text)).Document!.Text);

    [Fact]
    public void RemoveUrls_AnyText_EqualsTheExpression()
    {
        string domains = string.Join('|', RemoveUrls.TopLevelDomains);
        const string Path = @"[-a-zA-Z0-9@:%._+~#=()?&/]*", Host = "[-a-zA-Z0-9@:%._+~#=]+", Space = @"[\s\u001c-\u001f]{0,10}";
        const string Numbers = @"(?<![A-Za-z0-9_])(?:[0-2]?[0-9]{1,2}\.){3}[0-2]?[0-9]{1,2}";
        var twin = new Regex($@"{Space}(?:(?:https?|ftp)://{Host}|{Host}\.(?:{domains})(?![A-Za-z0-9_])|{Numbers}){Path}", RegexOptions.CultureInvariant);
        var schemes = new Regex($@"{Space}(?:https?|ftp)://{Host}{Path}", RegexOptions.CultureInvariant);
        Texts.Check(Texts.Of(Pieces, 40), text =>
        {
            Assert.Equal(twin.Replace(text, ""), new RemoveUrls().Edit(text));
            Assert.Equal(schemes.Replace(text, ""), new RemoveUrls(bare: false).Edit(text));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void NewlineRuns_AnyText_EqualsTheExpression(int max) => Texts.Check(Texts.Of(["a", "\n", "\n\n", "\n\n\n\n", " "], 40), text =>
    {
        Document document = Golden.Document(text);
        Verdict verdict = new NewlineRuns(max).Judge(document);
        Assert.Equal(Regex.Replace(text, $"\n{{{max + 1},}}", new string('\n', max)), verdict.Document!.Text);
        Assert.Equal(verdict.Document.Text == text, ReferenceEquals(verdict.Document, document));
    });
}
