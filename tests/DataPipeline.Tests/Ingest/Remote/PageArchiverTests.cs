using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Remote;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Tests.Ingest.Remote;

public sealed class PageArchiverTests : IDisposable
{
    private const string Date = "Date: Fri, 01 Mar 2024 10:00:00 GMT";
    private static readonly byte[] Page = Encoding.UTF8.GetBytes("<html><body><h1>図書館</h1><p>The library opens at nine in the morning and closes at eight in the evening, every day of the week.</p></body></html>");

    private readonly FetchFixture _fetch = new();

    public void Dispose() => _fetch.Dispose();

    [Fact]
    public void Archive_Pages_AreRecordsInTheOrderOfTheListThatTheReaderAndItsCheckTake()
    {
        using var server = Serve();
        _fetch.Options = _fetch.Options with { Connections = 4 };
        string[] urls = [$"{server.Url}/moved", $"{server.Url}/chunks", $"{server.Url}/page?x=1", $"{server.Url}/gone", $"{server.Url}/page?x=2"];

        FetchResult result = _fetch.Archive(urls);

        Assert.Equal((4, "http_404"), (result.Fetched, result.Failed.Single().Reason));
        Assert.Equal("pages-00000.warc.gz", _fetch.Names);
        string path = Path.Combine(_fetch.Folder, "pages-00000.warc.gz");
        ArchivedRecord[] records = [.. WebArchive.List(path, check: true)];
        Assert.Empty(records.SelectMany(record => record.Problems));
        Assert.Equal("warcinfo request response request response request response request response request response", string.Join(' ', records.Select(record => record.Type)));
        Assert.Equal([301, 200, 200, 200, 200], records.Where(record => record.Type == "response").Select(record => record.Status));
        Assert.Equal("/moved /page /chunks /page?x=1 /page?x=2", string.Join(' ', records.Where(record => record.Type == "response").Select(record => record.Url![server.Url.Length..])));
        Assert.All(records, record => Assert.Equal("2024-03-01T10:00:00Z", record.Date));
        Assert.Equal(records.Length, records.Select(record => record.Offset).Distinct().Count());

        List<Document> documents = Temporary.Run(new WarcSource([path], checkDigests: true)).Documents;
        Assert.Equal(4, documents.Count);
        Assert.All(documents, document => Assert.Contains("The library opens at nine", document.Text, StringComparison.Ordinal));
        Assert.Equal(urls.Except([$"{server.Url}/gone"]), _fetch.Manifest.GetProperty("archives")[0].GetProperty("pages").EnumerateArray().Select(page => page.GetString()));
    }

    [Fact]
    public void Archive_Again_FetchesWhatIsMissingIntoTheNextArchive()
    {
        using var server = Serve();
        _fetch.Archive($"{server.Url}/page?x=1");
        byte[] first = _fetch.Bytes("pages-00000.warc.gz");
        int asked = server.Requests.Length;

        FetchResult result = _fetch.Archive($"{server.Url}/page?x=1", $"{server.Url}/page?x=2");

        Assert.Equal((1, 1), (result.There, result.Fetched));
        Assert.Equal(asked + 1, server.Requests.Length);
        Assert.Equal("pages-00000.warc.gz pages-00001.warc.gz", _fetch.Names);
        Assert.Equal(first, _fetch.Bytes("pages-00000.warc.gz"));
        Assert.Equal(2, _fetch.Archive($"{server.Url}/page?x=1", $"{server.Url}/page?x=2").There);
        Assert.Equal("pages-00000.warc.gz pages-00001.warc.gz", _fetch.Names);
    }

    [Fact]
    public void Archive_ArchiveOfAnEarlierRunIsDamaged_IsMadeAgain()
    {
        using var server = Serve();
        string[] urls = [$"{server.Url}/page?x=1", $"{server.Url}/page?x=2"];
        _fetch.Archive(urls);
        byte[] whole = _fetch.Bytes("pages-00000.warc.gz");
        File.WriteAllBytes(Path.Combine(_fetch.Folder, "pages-00000.warc.gz"), whole[..^3]);

        Assert.Equal(2, _fetch.Archive(urls).Fetched);
        Assert.Equal(whole, _fetch.Bytes("pages-00000.warc.gz"));
    }

    [Fact]
    public void Archive_PageHasAnotherChecksumThanTheList_IsNoRecord()
    {
        using var server = Serve();
        FetchResult result = _fetch.Archive(new FetchAddress($"{server.Url}/page?x=1", [new Checksum("md5", new string('0', 32))]), new FetchAddress($"{server.Url}/page?x=2", [], Page.Length + 1),
            new FetchAddress($"{server.Url}/page?x=3", [], Page.Length));
        Assert.Equal(["checksum_mismatch", "size_mismatch"], result.Failed.Select(failed => failed.Reason));
        Assert.Equal(1, result.Fetched);
    }

    [Fact]
    public void Archive_TwiceFromTheSameServer_GivesTheSameBytes()
    {
        using var server = Serve();
        string[] urls = [.. Enumerable.Range(0, 12).Select(i => $"{server.Url}/page?x={i}")];
        _fetch.Options = _fetch.Options with { Connections = 6 };
        _fetch.Archive(urls);
        using var other = new FetchFixture();
        other.Archive(urls);
        Assert.Equal(other.Bytes("pages-00000.warc.gz"), _fetch.Bytes("pages-00000.warc.gz"));
    }

    [Fact]
    public void Archive_PageTooLargeOrCut_IsNoRecord()
    {
        using var server = new LoopbackServer((asked, answer) => asked.Target == "/large" ? answer.BodyAsync(200, new byte[5000]) : answer.PartAsync(200, Page, Page.Length, 20, Date));
        _fetch.Options = _fetch.Options with { MaxFileBytes = 4000, Tries = 2 };

        Assert.Equal(["too_large", "truncated"], _fetch.Archive($"{server.Url}/large", $"{server.Url}/cut").Failed.Select(failed => failed.Reason));
        Assert.DoesNotContain("pages", _fetch.Names, StringComparison.Ordinal);
    }

    [Fact]
    public void Archive_HeaderWithALineBreak_StaysAHeader()
    {
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, Page, Date, "X-Folded: one\r\n two", "X-Latin: \u00e9"));
        _fetch.Archive($"{server.Url}/page");
        Assert.Empty(WebArchive.List(Path.Combine(_fetch.Folder, "pages-00000.warc.gz"), check: true).SelectMany(record => record.Problems));
    }

    private static LoopbackServer Serve() => new((asked, answer) => asked.Target switch
    {
        "/gone" => answer.StatusAsync(404),
        "/moved" => answer.BodyAsync(301, "moved"u8.ToArray(), Date, "Location: /page"),
        "/chunks" => answer.RawAsync([.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{Date}\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n{Page.Length:x}\r\n"), .. Page, .. "\r\n0\r\n\r\n"u8]),
        _ => answer.BodyAsync(200, Page, Date, "Content-Type: text/html; charset=utf-8"),
    });
}
