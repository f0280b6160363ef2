using System.Text;
using DataPipeline.Ingest.Remote;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Ingest.Remote;

public sealed class RobotsTests : IDisposable
{
    private readonly FetchFixture _fetch = new();

    public RobotsTests() => _fetch.Options = _fetch.Options with { Robots = RobotsRule.Obey };

    public void Dispose() => _fetch.Dispose();

    [Theory]
    [InlineData("User-agent: *\nDisallow: /a", "/a/b", false)]
    [InlineData("User-agent: *\nDisallow: /a", "/b", true)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", true)]
    [InlineData("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b", true)]
    [InlineData("User-agent: *\nDisallow: /a/b\nAllow: /a", "/a/b", false)]
    [InlineData("User-agent: *\nDisallow: /page\nAllow: /page", "/page", true)]
    [InlineData("User-agent: *\nDisallow: /*.gif$", "/x/y.gif", false)]
    [InlineData("User-agent: *\nDisallow: /*.gif$", "/x/y.gif?z", true)]
    [InlineData("User-agent: *\nDisallow: /*/private*/x", "/u/private-7/q/x", false)]
    [InlineData("User-agent: *\nDisallow: /a*a*a$", "/aa", true)]
    [InlineData("User-agent: *\nDisallow: /a*a*a$", "/aaa", false)]
    [InlineData("User-agent: *\nDisallow: /a$", "/ab", true)]
    [InlineData("User-agent: *\nDisallow: /a$b", "/a$b", false)]
    [InlineData("User-agent: *\nDisallow: /a%2Ab", "/a*b", false)]
    [InlineData("User-agent: *\nDisallow: /a%2Ab", "/axb", true)]
    [InlineData("User-agent: *\nDisallow: /%7ejoe", "/~joe/x", false)]
    [InlineData("User-agent: *\nDisallow: /a%3cd", "/a%3Cd", false)]
    [InlineData("User-agent: *\nDisallow: /図書", "/%E5%9B%B3%E6%9B%B8/1", false)]
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: datapipeline\nDisallow: /x", "/y", true)]
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: datapipeline/3.0\nDisallow: /x", "/y", true)]
    [InlineData("User-agent: datapipe\nDisallow: /", "/y", true)]
    [InlineData("User-agent: DataPipeline\nUser-agent: other\n\nDisallow: /x", "/x", false)]
    [InlineData("User-agent: DataPipeline\nDisallow: /x\nUser-agent: other\nDisallow: /y", "/y", true)]
    [InlineData("User-agent: DataPipeline\nDisallow: /x\nUser-agent: other\nDisallow: /z\nUser-agent: DataPipeline\nDisallow: /y", "/y", false)]
    [InlineData("User-agent: DataPipeline\nSitemap: /s\nCrawl-delay: 1\nUser-agent: b\nDisallow: /x", "/x", false)]
    [InlineData("User-agent: DataPipeline", "/x", true)]
    [InlineData("User-agent: *\nDisallow: /\nUser-agent: DataPipeline", "/x", true)]
    [InlineData("Disallow: /", "/x", true)]
    [InlineData("\uFEFFUser-agent: *\r\nDisallow: /x # not here", "/x", false)]
    [InlineData("user-AGENT : *\rdisALLOW : /x", "/x", false)]
    [InlineData("User-agent: *\nDisallow: /", "/robots.txt", true)]
    [InlineData("User-agent: *\nDisallow: *x", "/a/x", false)]
    [InlineData("<html>User-agent: *\nDisallow: /</html>", "/x", true)]
    public void Allows_OfPath_IsWhatTheStandardSays(string file, string path, bool allowed) =>
        Assert.Equal(allowed, Robots.Parse(Encoding.UTF8.GetBytes(file), "DataPipeline").Allows(path));

    [Theory]
    [InlineData("User-agent: *\nCrawl-delay: 2.5", 2.5)]
    [InlineData("User-agent: *\nCrawl-delay: soon", null)]
    [InlineData("User-agent: *\nCrawl-delay: -1", null)]
    [InlineData("User-agent: *\nCrawl-delay: 9\nUser-agent: DataPipeline\nDisallow: /x", null)]
    [InlineData("User-agent: *\nCrawl-delay: 99999999999999999999999", 1e9)]
    public void CrawlDelay_IsRead(string file, double? seconds) => Assert.Equal(seconds, Robots.Parse(Encoding.UTF8.GetBytes(file), "DataPipeline").CrawlDelay?.TotalSeconds);

    [Fact]
    public void Parse_LargeFile_CountsTheFirst500KiB()
    {
        string rules = "User-agent: *\nDisallow: /early\n" + string.Concat(Enumerable.Repeat("# filling up\n", 50_000)) + "Disallow: /late\n";
        Robots robots = Robots.Parse(Encoding.UTF8.GetBytes(rules), "DataPipeline");
        Assert.False(robots.Allows("/early"));
        Assert.True(robots.Allows("/late"));
    }

    [Fact]
    public void Parse_AnyBytes_DoesNotThrow()
    {
        Gen<string> piece = Gen.Elements("User-agent: *", "Disallow: ", "Allow:", "/", "*", "$", "%", "%2", "%zz", "\n", "\r", ":", "#", "\uFEFF", "Crawl-delay: 1e999", "é", "\0");
        Prop.ForAll(Gen.ListOf(piece).Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))).ToArbitrary(), bytes => Survives(bytes, "x")).QuickCheckThrowOnFailure();
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Survives(bytes, "")).QuickCheckThrowOnFailure();
    }

    private static bool Survives(byte[] bytes, string product)
    {
        Robots.Parse(bytes, product).Allows("/" + Encoding.Latin1.GetString(bytes));
        return true;
    }

    [Fact]
    public void Allows_AnyPatternAndPath_IsWhatARegularExpressionSays()
    {
        Gen<string> text = Gen.Elements('a', 'b', '*', '$', '/').ArrayOf(8).Select(letters => "/" + new string(letters));
        Gen<string> plain = Gen.Elements('a', 'b', '/').ArrayOf(8).Select(letters => "/" + new string(letters));
        Prop.ForAll(text.ToArbitrary(), plain.ToArbitrary(), (pattern, path) =>
        {
            bool toEnd = pattern.EndsWith('$');
            string regex = "^" + string.Concat((toEnd ? pattern[..^1] : pattern).Select(c => c == '*' ? ".*" : System.Text.RegularExpressions.Regex.Escape(c.ToString()))) + (toEnd ? "$" : "");
            return System.Text.RegularExpressions.Regex.IsMatch(path, regex) != Robots.Parse(Encoding.UTF8.GetBytes($"User-agent: *\nDisallow: {pattern}"), "x").Allows(path);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(404, 1, null)]
    [InlineData(403, 1, null)]
    [InlineData(500, 0, "robots_unreachable")]
    [InlineData(200, 0, "robots_disallowed")]
    public void Fetch_RobotsFile_DecidesOnceForTheHost(int status, int fetched, string? reason)
    {
        using var server = new LoopbackServer((asked, answer) => asked.Target == "/robots.txt" ? answer.BodyAsync(status, "User-agent: *\nDisallow: /page"u8.ToArray()) : answer.BodyAsync(200, "page"u8.ToArray()));
        _fetch.Options = _fetch.Options with { Tries = 3 };

        FetchResult result = _fetch.Fetch($"{server.Url}/page", $"{server.Url}/page2");

        Assert.Equal(2 * fetched, result.Fetched);
        Assert.Equal(reason is null ? [] : [reason, reason], result.Failed.Select(failed => failed.Reason));
        Assert.Equal(2 * fetched, server.Requests.Length);
        Assert.Equal(status == 500 ? 3 : 1, server.RobotsRequests);
    }

    [Fact]
    public void Fetch_CrawlDelay_IsKept()
    {
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, asked.Target == "/robots.txt" ? "User-agent: *\nCrawl-delay: 20"u8.ToArray() : "page"u8.ToArray()));

        Assert.Empty(_fetch.Fetch($"{server.Url}/1", $"{server.Url}/2", $"{server.Url}/3").Failed);

        Assert.Equal(40, _fetch.Time.Passed.TotalSeconds, 0.1);
    }

    [Fact]
    public void Fetch_CrawlDelayOfAnHour_GivesUp()
    {
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, "User-agent: *\nCrawl-delay: 3600"u8.ToArray()));
        Assert.Equal("crawl_delay_too_long", _fetch.Fetch($"{server.Url}/1").Failed.Single().Reason);
    }

    [Fact]
    public void Fetch_RedirectedToAHostThatDisallows_DoesNotAskThere()
    {
        using var strict = new LoopbackServer((asked, answer) => answer.BodyAsync(200, asked.Target == "/robots.txt" ? "User-agent: *\nDisallow: /"u8.ToArray() : "page"u8.ToArray()));
        using var open = new LoopbackServer((asked, answer) => asked.Target == "/robots.txt" ? answer.StatusAsync(404) : answer.StatusAsync(302, $"Location: {strict.Url}/page"));

        Assert.Equal("robots_disallowed", _fetch.Fetch($"{open.Url}/page").Failed.Single().Reason);
        Assert.Empty(strict.Requests);
    }

    [Fact]
    public void Fetch_DelayOnly_AsksButIsNotKeptOut()
    {
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, "User-agent: *\nDisallow: /\nCrawl-delay: 5"u8.ToArray()));
        _fetch.Options = _fetch.Options with { Robots = RobotsRule.DelayOnly };
        Assert.Empty(_fetch.Fetch($"{server.Url}/1", $"{server.Url}/2").Failed);
        Assert.Equal(5, _fetch.Time.Passed.TotalSeconds, 0.1);
    }
}
