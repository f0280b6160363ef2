using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Tests.Ingest;

/// <summary>Archives in all their forms: ARC, digests, dictionaries, ranges of large files, and what the standard calls valid.</summary>
[SuppressMessage("Security", "CA5350", Justification = "what web archives hold")]
[SuppressMessage("Security", "CA5351", Justification = "what web archives hold")]
public sealed partial class WebArchiveTests : IDisposable
{
    private readonly Temporary _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Page(int number) => $"<html lang=en><title>Page {number}</title><body><p>{Words(number)}</p><p>{Words(number + 1)}</p></body></html>";

    private static string Words(int number) => string.Join(' ', Enumerable.Range(0, 40).Select(i => $"word{(number * 31 + i * 7) % 97} of")) + " the end.";

    private static byte[] Record(int number, string extra = "", string version = "1.0")
    {
        byte[] http = Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{Page(number)}");
        return [.. Encoding.UTF8.GetBytes($"WARC/{version}\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/{number}\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
            + $"WARC-Record-ID: <urn:uuid:{new Guid(number, 0, 0, new byte[8])}>\r\nContent-Type: application/http; msgtype=response\r\n{extra}Content-Length: {http.Length}\r\n\r\n"), .. http, .. "\r\n\r\n"u8];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Counts and bytes of contents as warcio 2.4.11 (npm) reads them.</summary>
    [SharedTheory("data/warc")]
    [InlineData("dolma/sample-0000.warc.gz", 48, 762509)]
    [InlineData("ia-web-commons/format/gzip/IAH-urls-wget.warc.gz", 36, 157350)]
    [InlineData("ia-web-commons/format/warc/IAH-urls-wget.warc", 36, 157350)]
    [InlineData("ia-web-commons/format/warc/mutliple-headers.warc", 1, 971)]
    [InlineData("ia-web-commons/resource/html/html-lang-attribute.warc", 5, 1020)]
    [InlineData("ia-web-commons/resource/html/link-extraction-test.warc", 10, 12637)]
    [InlineData("ia-web-commons/resource/html/meta-itemprop.warc", 1, 710)]
    [InlineData("ia-web-commons/resource/html/text-extraction-test.warc", 4, 2796)]
    [InlineData("jwarc/cc.warc.gz", 1, 20931)]
    [InlineData("jwarc/gzip_extra_sl.warc.gz", 1, 327)]
    [InlineData("resiliparse/block-sized-records.warc", 3, 48687)]
    [InlineData("resiliparse/block-sized-records.warc.gz", 3, 48687)]
    [InlineData("resiliparse/warcfile.warc", 50, 527846)]
    [InlineData("resiliparse/warcfile.warc.gz", 50, 527846)]
    [InlineData("resiliparse/clueweb-quirk.warc.gz", 30, 921046)]
    [InlineData("warcat/at.warc", 8, 26510)]
    [InlineData("warcat/at.warc.gz", 8, 26469)]
    [InlineData("warcat/bad_http_chunked_content.warc", 1, 73)]
    [InlineData("warcat/long_url.warc", 1, 40)]
    [InlineData("warcat/not_utf8_http_header.warc", 1, 57)]
    [InlineData("warcio/example-bad-non-chunked.warc.gz", 6, 3049)]
    [InlineData("warcio/example-digest.warc", 4, 1972)]
    [InlineData("warcio/example-iana.org-chunked.warc", 3, 7779)]
    [InlineData("warcio/example-resource.warc.gz", 3, 1951)]
    [InlineData("warcio/example-space-in-target-uri.warc.gz", 2, 143)]
    [InlineData("warcio/example-wget-bad-target-uri.warc.gz", 6, 2539)]
    [InlineData("warcio/example.warc", 6, 3049)]
    [InlineData("warcio/example.warc.gz", 6, 3049)]
    [InlineData("warcio/post-test.warc.gz", 6, 2886)]
    [InlineData("whirlwind/whirlwind.warc.gz", 4, 75533)]
    [InlineData("whirlwind/whirlwind.warc.wat.gz", 2, 1664)]
    [InlineData("whirlwind/whirlwind.warc.wet.gz", 2, 4824)]
    public void List_PublicArchives_CountsAsWarcio(string file, int records, long bytes)
    {
        ArchivedRecord[] found = [.. WebArchive.List(Path.Combine(SharedData.Find("warc")!, file))];
        Assert.Equal((records, bytes, 0), (found.Length, found.Sum(record => record.Length), found.Sum(record => record.Problems.Count)));
    }

    [SharedFact("data/warc")]
    public void List_JhovesArchives_AreValidOrNotAsTheirNamesSay()
    {
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(SharedData.Find("warc")!, "jhove"), "*.warc*").Order(StringComparer.Ordinal)];
        Assert.True(files.Length > 70);
        Assert.All(files, file =>
        {
            ArchivedRecord[] records = [.. WebArchive.List(file, check: true)];
            Assert.Equal(Path.GetFileName(file).StartsWith("valid", StringComparison.Ordinal), records.Length > 0 && records.All(record => record.Problems.Count == 0));
        });
    }

    [Fact]
    public void Read_Arc_GivesPagesWithSpacesInUrlsAndBothVersions()
    {
        string http = $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{Page(1)}", second = http.Replace("Page 1", "Page 2", StringComparison.Ordinal);
        string arc = Line("filedesc://a.arc 0.0.0.0 20200101000000 text/plain", "1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n")
            + Line("http://example.org/a page?q=1 2 93.184.216.119 20200102030405 text/html", http)
            + Line("http://example.org/b 2001:db8::1 20200102030406 text/html 200 - - 0 a.arc", second) + "garbage\n\n"
            + Line("dns:example.org 10.0.0.1 20200102030407 text/dns", "example.org") + "http://example.org/c 10.0.0.1 20200102030408 text/html -1\nlost\n"
            + Line("http://example.org/d - 20200102030409 text/html", http);
        foreach (byte[] bytes in (byte[][])[Encoding.UTF8.GetBytes(arc), Gzip(Encoding.UTF8.GetBytes(arc))])
        {
            (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([_folder.Write("a.arc", bytes)]));
            Assert.Equal(["http://example.org/a page?q=1 2", "http://example.org/d"], documents.Select(document => document.Metadata["url"]));
            Assert.Equal(("2020-01-02T03:04:05Z", "Page 1", 1L), (documents[0].Metadata["date"], documents[0].Metadata["title"], documents[0].Origin.Record));
            // The one before the garbage has no end that can be believed.
            Assert.Equal(["arc_lying_length", "not_html", "bad_arc_header"], drops.Select(drop => drop.Reason));
        }

        static string Line(string head, string content) => $"{head} {Encoding.UTF8.GetByteCount(content)}\n{content}\n";
    }

    [SharedFact("data/warc")]
    public void Read_PublicArcFiles_GivesTheirPages()
    {
        string folder = SharedData.Find("warc")!;
        foreach (string name in (string[])["example.arc", "example.arc.gz"])
        {
            (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([Path.Combine(folder, "warcio", name)]));
            Assert.Equal(("Example Domain", 0), (Assert.Single(documents).Metadata["title"], drops.Count));
        }
        ArchivedRecord[] cut = [.. WebArchive.List(Path.Combine(folder, "ia-web-commons/format/arc/IAH-20080430204825-00000-blackbook-truncated.arc"))];
        Assert.Equal((6, 5), (cut.Length, cut.Count(record => record.Problems.Count == 0)));
    }

    [Theory]
    [InlineData("sha1", 0)]
    [InlineData("sha1", 1)]
    [InlineData("sha1", 2)]
    [InlineData("sha256", 0)]
    [InlineData("sha256", 1)]
    [InlineData("md5", 1)]
    [InlineData("md5", 2)]
    public void Parse_Digests_TellRightFromWrong(string algorithm, int form)
    {
        byte[] content = Record(3)[(Record(3).AsSpan().IndexOf("\r\n\r\n"u8) + 4)..^4];
        string right = Digest(content), wrong = Digest([.. content, 1]);
        string file = _folder.Write("a.warc", [.. Record(3, $"WARC-Block-Digest: {right}\r\n"), .. Record(3, $"WARC-Block-Digest: {wrong}\r\n"), .. Record(3, "WARC-Block-Digest: unheard:of\r\n")]);
        (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([file], checkDigests: true));
        Assert.Equal((2, "block_digest_mismatch", 1L), (documents.Count, Assert.Single(drops).Reason, drops[0].Origin.Record));
        Assert.Equal(3, Temporary.Run(new WarcSource([file])).Documents.Count);

        string Digest(byte[] bytes)
        {
            byte[] hash = algorithm switch { "sha1" => SHA1.HashData(bytes), "sha256" => SHA256.HashData(bytes), _ => MD5.HashData(bytes) };
            return $"{algorithm}:{form switch { 0 => Base32(hash), 1 => Convert.ToHexStringLower(hash), _ => Convert.ToBase64String(hash) }}";
        }
    }

    [Fact]
    public void Parse_PayloadDigest_IsOfTheBodyWithOrWithoutChunks()
    {
        byte[] chunked = "8\r\n<p>It ha\r\n13\r\nppened in the wood.\r\n0\r\n\r\n"u8.ToArray(), body = "<p>It happened in the wood."u8.ToArray();
        byte[] file = [.. Make(chunked), .. Make(body), .. Make("<p>It"u8)];
        (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([_folder.Write("a.warc", file)], checkDigests: true));
        Assert.Equal(["It happened in the wood.", "It happened in the wood."], documents.Select(document => document.Text));
        Assert.Equal("payload_digest_mismatch", Assert.Single(drops).Reason);

        byte[] Make(ReadOnlySpan<byte> digested)
        {
            byte[] http = [.. "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"u8, .. chunked];
            return [.. Encoding.UTF8.GetBytes($"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nWARC-Payload-Digest: sha1:{Base32(SHA1.HashData(digested))}\r\n"
                + $"Content-Length: {http.Length}\r\n\r\n"), .. http, .. "\r\n\r\n"u8];
        }
    }

    [Theory]
    [InlineData(700)]
    [InlineData(5_000)]
    [InlineData(60_000)]
    public void Read_RangesOfALargeArchive_GiveEachRecordOnce(int rangeBytes)
    {
        var random = new Random(5);
        List<byte> archive = [];
        for (int i = 0; i < 120; i++)
        {
            byte[] member = Gzip(i % 9 == 4 ? [.. Record(i), .. Record(i + 1_000)] : Record(i));
            if (i % 13 == 7)
                member[random.Next(20, member.Length - 20)] ^= 0x55;
            archive.AddRange(member);
        }
        string file = _folder.Write("large.warc.gz", [.. archive]);
        (List<Document> whole, List<(string Reason, Origin Origin)> wholeDrops) = Temporary.Run(new WarcSource([file]));
        var ranged = new WarcSource([file]) { RangeBytes = rangeBytes };
        (List<Document> parts, List<(string Reason, Origin Origin)> partDrops) = Temporary.Run(ranged);
        Assert.True(ranged.Files().Count >= archive.Count / rangeBytes);
        Assert.Equal(whole.Select(document => document.Metadata["url"]), parts.Select(document => document.Metadata["url"]));
        Assert.Equal(wholeDrops.Select(drop => (drop.Reason, drop.Origin.Offset)), partDrops.Select(drop => (drop.Reason, drop.Origin.Offset)));
        Assert.NotEmpty(wholeDrops);
        Origin[] origins = [.. parts.Select(document => document.Origin), .. partDrops.Select(drop => drop.Origin)];
        Assert.Equal(origins.Length, origins.Select(origin => origin.Record).Distinct().Count());
    }

    [Fact]
    public void Read_RangesOfALargeArc_GiveEachRecordOnce()
    {
        string http = $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{Page(1)}";
        IEnumerable<byte[]> members = Enumerable.Range(0, 50).Select(i => Gzip(Encoding.UTF8.GetBytes($"http://example.org/{i} 10.0.0.1 20200102030405 text/html {http.Length}\n{http}\n")));
        string file = _folder.Write("large.arc.gz", [.. Gzip("filedesc://a.arc 0.0.0.0 20200101000000 text/plain 4\n1 0\n\n"u8.ToArray()), .. members.SelectMany(member => member)]);
        (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([file]) { RangeBytes = 3_000 });
        Assert.Empty(drops);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"http://example.org/{i}"), documents.Select(document => document.Metadata["url"]));
    }

    [Fact]
    public void Read_MemberCutInsideAHeader_IsCountedAndEnds()
    {
        byte[] packed = [.. Gzip(Record(1)), .. Gzip(Record(2, $"X-Noise: {string.Join('-', Enumerable.Range(0, 5_000))}\r\n"))[..3_000]];
        (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(new WarcSource([_folder.Write("a.warc.gz", packed)]));
        Assert.Equal((1, "truncated_gzip"), (documents.Count, Assert.Single(drops).Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_ZstdWithDictionary_GivesItsPages(bool packedDictionary)
    {
        byte[] dictionary = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(Page)));
        byte[] stored = packedDictionary ? Zstd(dictionary, []) : dictionary;
        List<byte> archive = [0x5d, 0x2a, 0x4d, 0x18, .. BitConverter.GetBytes(stored.Length), .. stored];
        for (int i = 0; i < 20; i++)
            archive.AddRange(Zstd(Record(i), dictionary));
        string file = _folder.Write("a.warc.zst", [.. archive]);
        foreach (WarcSource source in (WarcSource[])[new([file]), new([file]) { RangeBytes = archive.Count / 3 }])
        {
            (List<Document> documents, List<(string Reason, Origin Origin)> drops) = Temporary.Run(source);
            Assert.Empty(drops);
            Assert.Equal(Enumerable.Range(0, 20).Select(i => $"http://example.org/{i}"), documents.Select(document => document.Metadata["url"]));
        }
        // Without its dictionary nothing can be read, and that is said.
        Assert.Contains("corrupt_zstd", Temporary.Run(new WarcSource([_folder.Write("b.warc.zst", [.. archive.Skip(8 + stored.Length)])])).Drops.Select(drop => drop.Reason));
    }

    private static byte[] Zstd(byte[] bytes, byte[] dictionary)
    {
        nint context = CreateContext();
        var packed = new byte[bytes.Length + 1_000];
        int length = (int)Compress(context, packed, (nuint)packed.Length, bytes, (nuint)bytes.Length, dictionary, (nuint)dictionary.Length, 3);
        _ = FreeContext(context);
        return packed[..length];
    }

    private static string Base32(byte[] bytes)
    {
        string bits = string.Concat(bytes.Select(b => b.ToString("b8"))), padded = bits.PadRight((bits.Length + 4) / 5 * 5, '0');
        return string.Concat(Enumerable.Range(0, padded.Length / 5).Select(i => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Convert.ToInt32(padded.Substring(i * 5, 5), 2)]));
    }

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateContext();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compress_usingDict")]
    private static partial nuint Compress(nint context, [Out] byte[] target, nuint room, byte[] source, nuint length, byte[] dictionary, nuint dictionaryLength, int level);
}
