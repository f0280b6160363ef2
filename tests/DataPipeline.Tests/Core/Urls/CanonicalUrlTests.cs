using DataPipeline.Core;
using DataPipeline.Core.Urls;
using DataPipeline.Dedup.Url;
using DataPipeline.Tests.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Core.Urls;

public class CanonicalUrlTests
{
    [Theory]
    [InlineData("http://www.Example.COM:80/a/../b/./c/?utm_source=x&b=2&a=1#top", "example.com/b/c?a=1&b=2")]
    [InlineData("https://example.com", "example.com")]
    [InlineData("https://example.com:443/", "example.com")]
    [InlineData("https://example.com:8443/", "example.com:8443")]
    [InlineData("//example.com/x", "example.com/x")]
    [InlineData("example.com/x//", "example.com/x")]
    [InlineData("https://user:pw@m.example.org/%7Ename/%e4%b8%ad?q=a%20b", "example.org/~name/%E4%B8%AD?q=a%20b")]
    [InlineData("https://www.com/", "www.com")]
    [InlineData("http://xn--fiq228c.example./", "xn--fiq228c.example")]
    [InlineData("http://例え.jp/道", "例え.jp/道")]
    [InlineData("http://a.b/../../c", "a.b/c")]
    [InlineData("http://a.b/c/..", "a.b")]
    [InlineData("http://a.b/100%", "a.b/100%25")]
    [InlineData("http://a.b/%%34%31", "a.b/%2541")]
    [InlineData("http://a.b/c\nd \n#top", "a.b/cd%20")]
    [InlineData("http://a.b/c\u00A0?q=\u3000x", "a.b/c%C2%A0?q=%E3%80%80x")]
    [InlineData("http://[::1]:8080/x", "[::1]:8080/x")]
    [InlineData("nonsense", null)]
    [InlineData("http://", null)]
    [InlineData("", null)]
    [InlineData("a b.c/d", null)]
    public void Of_Spellings_OneForm(string url, string? canonical) => Assert.Equal(canonical, new CanonicalUrl(CanonicalUrl.Default).Of(url));

    [Theory]
    [InlineData("http://www.a.com/Index.HTML?x=1#f", new UrlPart[0], "http://www.a.com/Index.HTML?x=1#f")]
    [InlineData("http://www.a.com/d/index.html", new[] { UrlPart.Index }, "http://www.a.com/d/")]
    [InlineData("http://www.a.com/d/index.php/index.html/", new[] { UrlPart.Index, UrlPart.TrailingSlash }, "http://www.a.com/d")]
    [InlineData("http://a.com/D?X=y", new[] { UrlPart.PathCase }, "http://a.com/d?x=y")]
    [InlineData("http://a.com/D?X=y", new[] { UrlPart.Query }, "http://a.com/D")]
    [InlineData("http://a.com:81/?fbclid=1&id=2", new[] { UrlPart.Port, UrlPart.Tracking }, "http://a.com/?id=2")]
    [InlineData("http://u@a.com/", new[] { UrlPart.User, UrlPart.Scheme }, "a.com/")]
    public void Of_Setting_StripsWhatItNames(string url, UrlPart[] strip, string canonical) => Assert.Equal(canonical, new CanonicalUrl(strip).Of(url));

    [Fact]
    public void Of_AnyText_DoesNotThrowAndIsStable()
    {
        var canonical = new CanonicalUrl(CanonicalUrl.Default);
        Gen<string> telling = Gen.Elements("%", "%4", "1", "34", "#", "?", "&", "=", "/", ".", "..", " ", "\n", "\u2028", "A", "b", "\\", ":", "@").ListOf().Select(string.Concat);
        Prop.ForAll(Arb.From(Gen.OneOf(telling, ArbMap.Default.GeneratorFor<string>())), text =>
        {
            string? once = canonical.Of("http://h.x/" + text);
            return once is null || canonical.Of("http://" + once) == once;
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Fact]
    public void Sign_NoAddress_HasNoKeys()
    {
        Document page = Golden.Document("text");
        Assert.Empty(new UrlDedup().Sign(page).Keys);
        Assert.Equal(new UrlDedup().Sign(page.With("url", "http://a.com/")).Keys, new UrlDedup().Sign(page.With("url", "https://www.a.com")).Keys);
        Assert.Single(new UrlDedup("link").Sign(page.With("link", "a.com/x")).Keys);
    }
}
