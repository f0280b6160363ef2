using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Urls;
using DataPipeline.Tests.Filters;
using DataPipeline.Tests.Ingest;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Core.Urls;

public sealed class PublicSuffixesTests
{
    private const string List =
        """
        // ===BEGIN ICANN DOMAINS===
        com
        // a comment
        uk
        co.uk
        jp
        kobe.jp  behind white space nothing counts
        *.kobe.jp
        !city.kobe.jp
        *.ck
        !www.ck
        公司.cn
        cn
        // ===END ICANN DOMAINS===
        // ===BEGIN PRIVATE DOMAINS===
        github.io
        s3.us.cloud.com
        // ===END PRIVATE DOMAINS===
        """;

    [Theory]
    [InlineData("com", "")]
    [InlineData("example.com", "example.com")]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("co.uk", "")]
    [InlineData("a.b.co.uk", "b.co.uk")]
    [InlineData("b.uk", "b.uk")]
    [InlineData("kobe.jp", "")]
    [InlineData("c.kobe.jp", "")]
    [InlineData("a.b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("city.kobe.jp", "city.kobe.jp")]
    [InlineData("www.city.kobe.jp", "city.kobe.jp")]
    [InlineData("ck", "")]
    [InlineData("test.ck", "")]
    [InlineData("a.b.test.ck", "b.test.ck")]
    [InlineData("x.www.ck", "www.ck")]
    [InlineData("x.y.unlisted", "y.unlisted")]
    [InlineData("unlisted", "")]
    [InlineData("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("食狮.中国", "xn--85x722f.xn--fiqs8s")]
    [InlineData("user:pw@WWW.Example.COM.:8080/a/b@c?d#e", "example.com")]
    [InlineData("https://例え。jp/道", "xn--r8jz45g.jp")]
    [InlineData("http://a.github.io/", "github.io")]
    [InlineData("http://192.168.0.1:80/", "")]
    [InlineData("http://[2001:DB8::1]/", "")]
    [InlineData(".com", "")]
    [InlineData("a..com", "")]
    [InlineData("", "")]
    [InlineData("a b.com", "")]
    public void DomainOf_Hosts_IsTheRegisteredOne(string url, string domain)
    {
        using var folder = new Temporary();
        Assert.Equal(domain, Domain(PublicSuffixes.Load(folder.Write("list.dat", List)), url));
    }

    [Theory]
    [InlineData("a.b.github.io", "b.github.io")]
    [InlineData("x.y.s3.us.cloud.com", "y.s3.us.cloud.com")]
    [InlineData("x.us.cloud.com", "cloud.com")]
    public void DomainOf_PrivateSuffixes_AreSuffixesWhenAskedFor(string host, string domain)
    {
        using var folder = new Temporary();
        Assert.Equal(domain, Domain(PublicSuffixes.Load(folder.Write("list.dat", List), privateSuffixes: true), host));
    }

    [Theory]
    [InlineData("www.bbc.co.uk", "bbc.co.uk")]
    [InlineData("news.sina.com.cn", "sina.com.cn")]
    [InlineData("www.beijing.gov.cn", "beijing.gov.cn")]
    [InlineData("a.asahi.co.jp", "asahi.co.jp")]
    [InlineData("a.b.com.au", "b.com.au")]
    [InlineData("sub.example.de", "example.de")]
    [InlineData("a.b.sch.uk", "a.b.sch.uk")]
    [InlineData("gov.uk", "")]
    public void BuiltIn_CommonSuffixes_AreKnown(string host, string domain) => Assert.Equal(domain, Domain(PublicSuffixes.BuiltIn, host));

    [Fact]
    public void DomainOf_AnyRules_EqualsTheDefinition()
    {
        string[] labels = ["a", "b", "c", "www"], rules = ["a", "b", "b.a", "*.b.a", "!c.b.a", "*.c", "!www.c", "c.a.c", "a.b.c.www", "*.a.b"];
        var suffixes = new PublicSuffixes(rules);
        var none = new PublicSuffixes([]);
        Prop.ForAll(Texts.Of(labels, 7, "."), host =>
        {
            Assert.Equal(Twin(host, rules), Domain(suffixes, host));
            Assert.Equal(Twin(host, []), Domain(none, host));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Theory]
    [InlineData("bücher")]
    [InlineData("中文网")]
    [InlineData("例え-テスト")]
    [InlineData("президент")]
    [InlineData("a中b文c1")]
    [InlineData("😀x😀")]
    [InlineData("đạihọc")]
    [InlineData("한국도메인")]
    public void HostOf_International_IsPunycode(string label)
    {
        Span<char> buffer = stackalloc char[UrlHost.MaxLength];
        Assert.Equal(new IdnMapping { AllowUnassigned = true }.GetAscii(label + ".com"), UrlHost.Of($"https://{label}.com/x", buffer).ToString());
    }

    [Fact]
    public void HostOf_AnyText_IsAPlainHostAndStable()
    {
        string[] pieces = ["http://", "//", "/", ".", "..", ":", "80", "@", "[", "]", "::", "?", "#", "\\", "%41", "%", "A", "b", "中", "ß", "ﬁ", "。", "-", "_", " ", "\n", "\uD800", "😀", new('x', 130)];
        Texts.Check(Texts.Of(pieces, 12), url =>
        {
            Span<char> buffer = stackalloc char[UrlHost.MaxLength], again = stackalloc char[UrlHost.MaxLength];
            ReadOnlySpan<char> host = UrlHost.Of(url, buffer);
            Assert.DoesNotContain(host.ToString(), c => char.IsAsciiLetterUpper(c) || c >= 128 || c is '/' or '@' or ' ');
            Assert.Equal(host.ToString(), UrlHost.Of(host, again).ToString());
            PublicSuffixes.BuiltIn.DomainOf(host);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("// nothing\n\n")]
    public void Load_NoRules_Refuses(string list)
    {
        using var folder = new Temporary();
        Assert.Throws<ConfigurationException>(() => PublicSuffixes.Load(folder.Write("list.dat", list)));
        Assert.Contains("'nowhere'", Assert.Throws<ConfigurationException>(() => PublicSuffixes.Load("nowhere")).Message);
    }

    private static string Domain(PublicSuffixes suffixes, string url)
    {
        Span<char> buffer = stackalloc char[UrlHost.MaxLength];
        return suffixes.DomainOf(UrlHost.Of(url, buffer)).ToString();
    }

    /// <summary>The definition of publicsuffix.org: of all matching rules an exception, else the one of most labels, else <c>*</c>; the domain is that and a label more.</summary>
    private static string Twin(string host, string[] rules)
    {
        string[] labels = host.Split('.');
        string[][] matching = [.. rules.Select(rule => rule.TrimStart('!').Split('.')).Append(["*"]).Where(rule =>
            rule.Length <= labels.Length && rule.Zip(labels[^rule.Length..]).All(pair => pair.First is "*" || pair.First == pair.Second))];
        string[]? exception = matching.FirstOrDefault(rule => rules.Contains("!" + string.Join('.', rule)));
        int suffix = exception is not null ? exception.Length - 1 : matching.Max(rule => rule.Length);
        return host.Length == 0 || suffix + 1 > labels.Length ? "" : string.Join('.', labels[^(suffix + 1)..]);
    }
}
