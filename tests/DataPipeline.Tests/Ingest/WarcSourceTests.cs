using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Tests.Ingest;

public sealed class WarcSourceTests
{
    private const string Sentence = "The quick brown fox jumps over the lazy dog, and then it sleeps for a while in the sun.";

    private static string Record(string type, string block, int? length = null, string contentType = "application/http; msgtype=response") =>
        $"WARC/1.0\r\nWARC-Type: {type}\r\nWARC-Target-URI: http://example.org/\r\nWARC-Date: 2020-01-01T00:00:00Z\r\nContent-Type: {contentType}\r\n"
        + $"Content-Length: {length ?? Encoding.UTF8.GetByteCount(block)}\r\n\r\n{block}\r\n\r\n";

    private static string Page(string text, string status = "200 OK", string type = "text/html; charset=utf-8") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\n\r\n<html lang=en><title>T</title><body><p>{text}</p></body></html>";

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static (List<Document> Documents, List<(string Reason, Origin Origin)> Drops) Run(string warc)
    {
        using var folder = new Temporary();
        return Temporary.Run(new WarcSource([folder.Write("a.warc", warc)]));
    }

    [Fact]
    public void Parse_HtmlResponse_GivesMainTextAndFacts()
    {
        var (documents, drops) = Run(Record("warcinfo", "x", contentType: "application/warc-fields") + Record("response", Page(Sentence)));
        Assert.Empty(drops);
        Document page = Assert.Single(documents);
        Assert.Equal(Sentence, page.Text);
        Assert.Equal(1, page.Origin.Record);
        Assert.Equal("http://example.org/", page.Metadata["url"]);
        Assert.Equal("en", page.Metadata["html_lang"]);
        Assert.Equal("T", page.Metadata["title"]);
        Assert.Equal("utf-8", page.Metadata["charset"]);
    }

    [Theory]
    [InlineData("404 Not Found", "text/html", "http_status")]
    [InlineData("200 OK", "image/png", "not_html")]
    public void Parse_OtherResponses_AreDropped(string status, string type, string reason)
    {
        var (_, drops) = Run(Record("response", Page(Sentence, status, type)));
        Assert.Equal(reason, Assert.Single(drops).Reason);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1000)]
    [InlineData(1_000_000_000)]
    public void Read_LyingLength_CostsThatRecordAlone(int length)
    {
        var (documents, drops) = Run(Record("response", Page("first " + Sentence)) + Record("response", Page(Sentence), length) + Record("response", Page("third " + Sentence)));
        Assert.Equal(2, documents.Count);
        Assert.StartsWith("third", documents[1].Text, StringComparison.Ordinal);
        Assert.Equal(("warc_lying_length", 1L), (Assert.Single(drops).Reason, drops[0].Origin.Record));
    }

    private static string Headed(string type, string fields, string block) =>
        $"WARC/1.0\r\nWARC-Type: {type}\r\n{fields}\r\nContent-Type: application/http\r\nContent-Length: {Encoding.UTF8.GetByteCount(block)}\r\n\r\n{block}\r\n\r\n";

    [Theory]
    [InlineData("WARC-Refers-To: <urn:x:1>", true, true)]
    [InlineData("WARC-Payload-Digest: sha1:AAA", true, true)]
    [InlineData("WARC-Payload-Digest: sha1:AAA", false, true)]
    [InlineData("WARC-Refers-To-Target-URI: http://a/\r\nWARC-Refers-To-Date: 2020-01-01T00:00:00Z", true, true)]
    [InlineData("WARC-Refers-To-Target-URI: http://a/\r\nWARC-Refers-To-Date: 2021-01-01T00:00:00Z", true, false)]
    [InlineData("WARC-Refers-To: <urn:x:2>", false, false)]
    public void Read_RevisitsResolved_TakeTheContentTheyReferTo(string refers, bool compressed, bool found)
    {
        string[] records =
        [
            Headed("request", "WARC-Record-ID: <urn:x:0>\r\nWARC-Target-URI: http://a/", "GET / HTTP/1.1\r\n\r\n"),
            Headed("response", "WARC-Record-ID: <urn:x:1>\r\nWARC-Target-URI: http://a/\r\nWARC-Date: 2020-01-01T00:00:00Z\r\nWARC-Payload-Digest: sha1:AAA", Page(Sentence)),
            Headed("revisit", $"WARC-Target-URI: http://b/\r\nWARC-Date: 2022-01-01T00:00:00Z\r\n{refers}", "HTTP/1.1 304 Not Modified\r\n\r\n"),
            Headed("response", "WARC-Record-ID: <urn:x:2>\r\nWARC-Target-URI: http://c/", Page("third " + Sentence)),
        ];
        using var folder = new Temporary();
        string file = folder.Write("a.warc", [.. records.SelectMany(record => compressed ? Gzip(Encoding.UTF8.GetBytes(record)) : Encoding.UTF8.GetBytes(record))]);
        (List<Document> counted, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([file]));
        Assert.Equal((2, "revisit"), (counted.Count, Assert.Single(drops).Reason));
        (List<Document> resolved, drops) = Temporary.Run(new WarcSource([file], revisits: RevisitMode.Resolve) { RangeBytes = 100 });
        if (!found)
        {
            Assert.Equal((2, "revisit"), (resolved.Count, Assert.Single(drops).Reason));
            return;
        }
        Assert.Empty(drops);
        Assert.Equal(["1 http://a/", "2 http://b/", "3 http://c/"], resolved.Select(page => $"{page.Origin.Record} {page.Metadata["url"]}"));
        Assert.Equal((Sentence, "2022-01-01T00:00:00Z"), (resolved[1].Text, resolved[1].Metadata["date"]));
    }

    [Fact]
    public void Parse_ChunkedGzipBody_IsDecoded()
    {
        using var stored = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(stored, System.IO.Compression.CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes($"<p>{Sentence}</p>"));
        byte[] body = stored.ToArray();
        byte[] http = [.. Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"),
            .. Encoding.ASCII.GetBytes("10\r\n"), .. body[..16], .. Encoding.ASCII.GetBytes($"\r\n{body.Length - 16:x}\r\n"), .. body[16..], .. Encoding.ASCII.GetBytes("\r\n0\r\n\r\n")];
        using var folder = new Temporary();
        byte[] head = Encoding.ASCII.GetBytes($"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: {http.Length}\r\n\r\n");
        var (documents, _) = Temporary.Run(new WarcSource([folder.Write("a.warc", [.. head, .. http, 13, 10, 13, 10])]));
        Assert.Equal(Sentence, Assert.Single(documents).Text);
    }

    [Fact]
    public void Parse_RobotsOfHeadersAndPage_AreNoted()
    {
        byte[] http = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noai\r\nX-Robots-Tag: otherbot: noindex\r\n\r\n"
            + $"<meta name=ROBOTS content='noimageai, nofollow'><p>{Sentence}</p>");
        byte[] head = Encoding.ASCII.GetBytes($"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: {http.Length}\r\n\r\n");
        using var folder = new Temporary();
        var (documents, _) = Temporary.Run(new WarcSource([folder.Write("a.warc", [.. head, .. http, 13, 10, 13, 10])]));
        Assert.Equal("noai, otherbot: noindex, noimageai, nofollow", Assert.Single(documents).Metadata["robots"]);
    }

    [Fact]
    public void Read_EmptyFile_GivesNothing()
    {
        var (documents, drops) = Run("");
        Assert.Empty(documents);
        Assert.Empty(drops);
    }

    [Fact]
    public void Read_EveryPublicArchive_NeverThrows()
    {
        if (SharedData.Find("warc") is not { } folder)
            return;
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var source = new WarcSource([path]);
            var (documents, drops) = Temporary.Run(source);
            Console.WriteLine($"{Path.GetRelativePath(folder, path)}: {documents.Count} documents; {string.Join(", ", drops.CountBy(drop => drop.Reason).Select(pair => $"{pair.Key} {pair.Value}"))}");
        }
    }

    [Fact]
    public void Read_SameArchiveInThreeFormsAndClipped_AgreesAndCountsTheCut()
    {
        if (SharedData.Find("warc/resiliparse") is not { } folder)
            return;
        var (whole, none) = Temporary.Run(new WarcSource([Path.Combine(folder, "warcfile.warc.gz")]));
        var (plain, _) = Temporary.Run(new WarcSource([Path.Combine(folder, "warcfile.warc")]));
        var (lz4, _) = Temporary.Run(new WarcSource([Path.Combine(folder, "warcfile.warc.lz4")]));
        Assert.Equal(whole.Select(document => document.Text), plain.Select(document => document.Text));
        Assert.Equal(whole.Select(document => document.Text), lz4.Select(document => document.Text));
        Assert.DoesNotContain(none, drop => drop.Reason is "warc_lying_length" or "corrupt_gzip" or "truncated_gzip");
        var (_, drops) = Temporary.Run(new WarcSource([Path.Combine(folder, "clipped.warc.gz")]));
        Assert.Equal(("truncated_gzip", 0L), (Assert.Single(drops).Reason, drops[0].Origin.Offset));
    }

    [Fact]
    public void Read_ArchivesThatJhoveCallsValid_HaveNoUnreadableRecord()
    {
        if (SharedData.Find("warc/jhove") is not { } folder)
            return;
        foreach (string path in Directory.EnumerateFiles(folder, "valid-*"))
        {
            var source = new WarcSource([path]);
            Assert.DoesNotContain(source.Files().SelectMany(file => source.Read(file)), record => record.Problem is not null);
        }
    }

    [Fact]
    public void Read_FlippedBytes_NeverThrows()
    {
        byte[] good = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5).Select(i => Record("response", Page($"{i} {Sentence}")))));
        var random = new Random(11);
        using var folder = new Temporary();
        for (int round = 0; round < 300; round++)
        {
            byte[] bad = [.. good];
            for (int flips = random.Next(1, 10); flips > 0; flips--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            _ = Temporary.Run(new WarcSource([folder.Write("a.warc", bad)]));
        }
    }
}
