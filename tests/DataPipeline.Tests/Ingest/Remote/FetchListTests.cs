using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Remote;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Ingest.Remote;

public sealed class FetchListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Lines_GivesAddressesWithWhatIsKnown()
    {
        string sum = new('a', 64);
        File.WriteAllText(_folder["list.txt"], $"\uFEFF# of today\r\n\r\nhttps://example.org/a sha256:{sum.ToUpperInvariant()} 12\r\n  s3://bucket/k\thttp\n".Replace("\thttp", "\tmd5:" + new string('b', 32), StringComparison.Ordinal));

        IReadOnlyList<FetchAddress> read = FetchList.Read(_folder["list.txt"]);

        Assert.Equal(["https://example.org/a", "s3://bucket/k"], read.Select(address => address.Url));
        Assert.Equal(new Checksum("sha256", sum), read[0].Checksums.Single());
        Assert.Equal(12, read[0].Bytes);
        Assert.Equal("md5", read[1].Checksums.Single().Algorithm);
        Assert.Null(read[1].Bytes);
    }

    [Fact]
    public void Read_Mistakes_AreNamedTogether()
    {
        File.WriteAllText(_folder["list.txt"], "file:///etc/passwd\nhttp://ok/ sha256:12\nhttp://user:pw@host/\ns3://B\nhttp://ok/ soon\n" + "http://x/" + new string('y', 9000));

        string[] lines = Assert.Throws<ConfigurationException>(() => FetchList.Read(_folder["list.txt"])).Message.Split('\n');

        Assert.Equal([1, 2, 3, 4, 5, 6], lines.Select(line => int.Parse(line.Split(':')[1])));
        Assert.DoesNotContain("pw@", string.Concat(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_BySeed_IsTheSameForAnyOrderAndMoreContainFewer()
    {
        string[] paths = [.. Enumerable.Range(0, 200).Select(i => $"crawl-data/CC-MAIN-2024-10/segments/1.0/warc/CC-{i:000}.warc.gz")];
        var crawl = new CommonCrawl("CC-MAIN-2024-10", "warc", "http://mirror");
        string[] Chosen(IEnumerable<string> lines, int files, ulong? seed)
        {
            using (var gzip = new GZipStream(File.Create(_folder["paths.gz"]), CompressionLevel.Fastest))
                gzip.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
            return [.. crawl.Choose(_folder["paths.gz"], files, seed is { } value ? new Seed(value) : null).Select(address => address.Url)];
        }

        string[] ten = Chosen(paths, 10, 7), twenty = Chosen(paths, 20, 7);

        Assert.Equal(["http://mirror/" + paths[0], "http://mirror/" + paths[1]], Chosen(paths, 2, null));
        Assert.Equal(10, ten.Distinct().Count());
        Assert.Equal(ten.Order(), Chosen(paths.Reverse(), 10, 7).Order());
        Assert.Equal(ten.Order(StringComparer.Ordinal), ten);
        Assert.Empty(ten.Except(twenty));
        Assert.NotEqual(ten, Chosen(paths, 10, 8));
        Assert.Throws<InputException>(() => Chosen(paths, 201, 7));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("http://elsewhere/x.warc.gz")]
    [InlineData("//elsewhere/x.warc.gz")]
    [InlineData("/crawl-data/x")]
    [InlineData("crawl-data/../x")]
    [InlineData("crawl-data/x?y")]
    [InlineData("@elsewhere/x")]
    [InlineData("a\\b")]
    public void Choose_LineThatLeadsElsewhere_IsRefused(string line)
    {
        File.WriteAllText(_folder["paths"], $"crawl-data/good.warc.gz\n{line}\n");
        InputException error = Assert.Throws<InputException>(() => new CommonCrawl("CC-MAIN-2024-10", "warc", "http://mirror").Choose(_folder["paths"], 1, null));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_Bomb_EndsEarly()
    {
        using (var gzip = new GZipStream(File.Create(_folder["bomb.gz"]), CompressionLevel.SmallestSize))
        {
            for (int i = 0; i < 200; i++)
                gzip.Write(new byte[1 << 20]);
        }
        Assert.Throws<InputException>(() => new CommonCrawl("CC-MAIN-2024-10", "warc", "http://mirror").Choose(_folder["bomb.gz"], 1, null));
    }
}
