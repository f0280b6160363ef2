using System.Net;
using DataPipeline.Ingest.Remote;

namespace DataPipeline.Tests.Ingest.Remote;

public sealed class RedirectTests : IDisposable
{
    private readonly FetchFixture _fetch = new();

    public void Dispose() => _fetch.Dispose();

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public void Fetch_Redirected_TakesWhatIsThereUnderTheFirstName(int status)
    {
        using var other = new LoopbackServer((_, answer) => answer.BodyAsync(200, "other"u8.ToArray()));
        using var server = new LoopbackServer((asked, answer) => asked.Target switch
        {
            "/start" => answer.StatusAsync(status, "Location: next?x=1#part"),
            "/next?x=1" => answer.StatusAsync(status, $"Location: {other.Url}/there"),
            _ => answer.StatusAsync(404),
        });

        Assert.Empty(_fetch.Fetch($"{server.Url}/start").Failed);

        Assert.Equal("other"u8.ToArray(), _fetch.Bytes("start"));
        Assert.Equal($"127.0.0.1:{other.Port}", other.Requests.Single().Headers["host"]);
    }

    [Fact]
    public void Fetch_RedirectedForEver_GivesUpAtTheLimit()
    {
        using var server = new LoopbackServer((asked, answer) => answer.StatusAsync(302, "Location: /loop"));

        Assert.Equal("too_many_redirects", _fetch.Fetch($"{server.Url}/loop").Failed.Single().Reason);
        Assert.Equal(6, server.Requests.Length);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("gopher://127.0.0.1:70/")]
    [InlineData("data:text/plain,x")]
    [InlineData("javascript:1")]
    [InlineData("http://user:secret@127.0.0.1/")]
    [InlineData("http://[::1")]
    [InlineData("//")]
    public void Fetch_RedirectedToAnotherScheme_IsRefused(string location)
    {
        using var server = new LoopbackServer((_, answer) => answer.StatusAsync(302, $"Location: {location}"));

        FailedFile failed = _fetch.Fetch($"{server.Url}/x").Failed.Single();

        Assert.Equal("redirect_refused", failed.Reason);
        Assert.DoesNotContain("secret", failed.Detail, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Follow_FromHttpsToHttp_IsRefused()
    {
        Assert.Equal("redirect_refused", Assert.Throws<FetchException>(() => RemoteClient.Follow(new Uri("https://example.org/a"), "http://example.org/b")).Reason);
        Assert.Equal("redirect_refused", Assert.Throws<FetchException>(() => RemoteClient.Follow(new Uri("https://example.org/a"), "https://example.org/" + new string('b', 9000))).Reason);
        Assert.Equal("https://example.org/%E6%9B%B8", RemoteClient.Follow(new Uri("https://example.org/a"), "/\u00e6\u009b\u00b8").AbsoluteUri);
        Assert.Equal("https://example.net/b", RemoteClient.Follow(new Uri("https://example.org/a"), "//example.net/b").AbsoluteUri);
        Assert.Equal("https://example.org/b", RemoteClient.Follow(new Uri("http://example.org/a"), "https://example.org/b").AbsoluteUri);
    }

    [Fact]
    public void Fetch_RedirectedFromOutsideIntoThePrivateNetwork_IsRefused()
    {
        using var inside = new LoopbackServer((_, answer) => answer.BodyAsync(200, "secret"u8.ToArray()));
        using var outside = new LoopbackServer((asked, answer) => answer.StatusAsync(302, $"Location: {inside.Url}/"), "127.0.0.2");
        _fetch.IsPrivate = address => address.Equals(IPAddress.Parse("127.0.0.1"));

        Assert.Equal("redirect_refused", _fetch.Fetch($"{outside.Url}/x").Failed.Single().Reason);
        Assert.Empty(inside.Requests);

        // Who is inside may lead about inside, and a list may name what it likes.
        _fetch.IsPrivate = _ => true;
        Assert.Empty(_fetch.Fetch($"{outside.Url}/x").Failed);
        Assert.Single(inside.Requests);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.7.7", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("64:ff9b::a9fe:a9fe", true)]
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("2002:7f00:1::", true)]
    [InlineData("2606:4700::1111", false)]
    public void IsPrivate_OfAddress_IsWhatTheRegistriesSay(string address, bool isPrivate) => Assert.Equal(isPrivate, PrivateAddress.Is(IPAddress.Parse(address)));
}
