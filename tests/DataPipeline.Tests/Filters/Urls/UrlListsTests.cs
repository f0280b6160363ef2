using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Tests.Ingest;

namespace DataPipeline.Tests.Filters.Urls;

public sealed class UrlListsTests
{
    [Theory]
    [InlineData("https://bad.example/x", "url_banned_domain", "bad.example")]
    [InlineData("https://me@www.sub.Bad.example:80", "url_banned_domain", "bad.example")]
    [InlineData("https://notbad.example/x", null, null)]
    [InlineData("https://a.sub.site.co.uk/", "url_banned_host", "sub.site.co.uk")]
    [InlineData("https://sub.site.co.uk/", "url_banned_host", "sub.site.co.uk")]
    [InlineData("https://site.co.uk/", null, null)]
    [InlineData("http://10.0.0.1:8080/x", "url_banned_host", "10.0.0.1")]
    [InlineData("https://www.坏.中国/x", "url_banned_domain", "xn--7es.xn--fiqs8s")]
    [InlineData("https://host.example/", "url_banned_host", "host.example")]
    [InlineData("https://a.host.example/", null, null)]
    [InlineData("https://www.good.example/one/?utm_source=z#top", "url_banned_address", null)]
    [InlineData("https://good.example/one/more", null, null)]
    [InlineData("https://good.example/a-wo.rst-b", "url_banned_strict_word", "worst")]
    [InlineData("https://good.example/a-wo_rst-b", null, null)]
    [InlineData("https://good.example/a-Aw_f/ul-b", "url_banned_sub_word", "awful")]
    [InlineData("https://good.example/xhardx", null, null)]
    [InlineData("https://good.example/x-Hard_x", "url_banned_word", "hard")]
    [InlineData("https://good.example/看-禁词/x", "url_banned_word", "禁词")]
    [InlineData("https://soft.example/x", null, null)]
    [InlineData("https://soft.example/soft/soft", null, null)]
    [InlineData("https://soft.example/x?mild=1", "url_too_many_soft_words", "soft, mild")]
    [InlineData("https://bad.example.allowed.example/soft/mild/hard", null, null)]
    [InlineData("no address", null, null)]
    [InlineData(null, null, null)]
    public void Judge_Addresses_GiveReasonAndEntry(string? url, string? reason, string? entry)
    {
        using var folder = new Temporary();
        var filter = new UrlLists(
            [folder.Write("domains", "# sites\nother.example\r\n*.bad.example\n\nsub.site.co.uk\n坏.中国\n10.0.0.1"), folder.Write("more", "a.example\n")], [folder.Write("hosts", "host.example")],
            [folder.Write("urls", "http://good.example/one")], [folder.Write("hard", "Hard\n禁词")], [folder.Write("soft", "soft\nmild")], [folder.Write("sub", "aw-ful\nawf")],
            [folder.Write("strict", "worst")], allowedDomains: [folder.Write("allowed", "allowed.example")]);
        Document document = url is null ? Golden.Document("x") : Golden.Document("x").With("url", url);
        Verdict verdict = filter.Judge(document);
        Assert.Equal(reason, verdict.Reason);
        Assert.Equal(entry is null ? null : $"the address holds {entry}", verdict.Detail);
        Assert.Equal(reason, filter.Measure(document).Where(one => !one.Passed).Select(one => one.Rule).FirstOrDefault());
        Assert.True(new UrlLists().Judge(document).IsKept);
    }

    [Theory]
    [InlineData("https://www.good.example/", null)]
    [InlineData("https://only.one.example/", null)]
    [InlineData("https://one.example/", "url_not_allowed")]
    public void Judge_OnlyAllowed_DropsTheRest(string url, string? reason)
    {
        using var folder = new Temporary();
        var filter = new UrlLists(allowedDomains: [folder.Write("domains", "good.example")], allowedHosts: [folder.Write("hosts", "only.one.example")], onlyAllowed: true);
        Assert.Equal(reason, filter.Judge(Golden.Document("x").With("url", url)).Reason);
    }

    [Fact]
    public void Judge_LongCompressedLists_EqualASet()
    {
        using var folder = new Temporary();
        string[] listed = [.. Enumerable.Range(0, 20_000).Select(i => $"site{i * 7 % 20_011}.example{i % 9}.org{new string('x', i % 40)}")];
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(string.Join('\n', listed)));
        var filter = new UrlLists(hosts: [folder.Write("hosts.gz", packed.ToArray())]);
        var twin = listed.ToHashSet(StringComparer.Ordinal);
        for (int i = 0; i < 40_000; i++)
        {
            string host = $"site{i % 20_500}.example{i % 11}.org{new string('x', i % 41)}";
            Assert.Equal(!twin.Contains(host), filter.Judge(Golden.Document("x").With("url", $"https://{host}/")).IsKept);
        }
        Assert.All(listed, host => Assert.False(filter.Judge(Golden.Document("x").With("url", host)).IsKept));
    }

    [Fact]
    public void UrlLists_MissingList_SaysWhichOne() =>
        Assert.Contains("'nowhere.txt'", Assert.Throws<ConfigurationException>(() => new UrlLists(domains: ["nowhere.txt"])).Message);

    [Theory]
    [InlineData("https://news.bbc.co.uk/x", "bbc.co.uk")]
    [InlineData("http://127.0.0.1:80/", "127.0.0.1")]
    [InlineData("https://co.uk/", "co.uk")]
    [InlineData("?", null)]
    [InlineData(null, null)]
    public void DomainOf_Addresses_AreNoted(string? url, string? domain)
    {
        Document document = url is null ? Golden.Document("x") : Golden.Document("x").With("url", url);
        Assert.Equal(domain, new DomainOf().Judge(document).Document!.Metadata.GetValueOrDefault("domain"));
    }

    [Theory]
    [InlineData("noindex, nofollow", "robots_noindex")]
    [InlineData("NONE", "robots_noindex")]
    [InlineData("index,NoAI", "robots_noai")]
    [InlineData("noimageai", "robots_noimageai")]
    [InlineData("otherbot: noindex", null)]
    [InlineData("otherbot: noindex, noai", "robots_noai")]
    [InlineData("max-snippet: 5, nofollow", null)]
    [InlineData(null, null)]
    public void RobotsMeta_Directives_AreRespected(string? robots, string? reason)
    {
        Document document = robots is null ? Golden.Document("x") : Golden.Document("x").With("robots", robots);
        Assert.Equal(reason, new RobotsMeta().Judge(document).Reason);
        Assert.Equal(reason == "robots_noai" ? reason : null, new RobotsMeta([RobotsDirective.Noai]).Judge(document).Reason);
    }
}
