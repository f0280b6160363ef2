using System.Text;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Remote;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Ingest.Remote;

public sealed class LocalNamesTests
{
    [Theory]
    [InlineData("https://example.org/a/CC-MAIN-20240220211055-00000.warc.wet.gz", "CC-MAIN-20240220211055-00000.warc.wet.gz")]
    [InlineData("https://example.org/a/%E6%9B%B8.txt", "書.txt")]
    [InlineData("s3://bucket/a/b c%2F.txt", "b c%2F.txt")]
    [InlineData("https://example.org/%ff%fe", "%ff%fe")]
    public void ForUrl_PlainName_IsKept(string url, string name) => Assert.Equal(name, new LocalNames().ForUrl(url));

    [Theory]
    [InlineData("https://example.org/")]
    [InlineData("https://example.org/a?file=../../x")]
    [InlineData("https://example.org/%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("https://example.org/..%5c..%5cx")]
    [InlineData("https://example.org/C%3A%5Cx")]
    [InlineData("https://example.org/a%00b")]
    [InlineData("https://example.org/CON")]
    [InlineData("https://example.org/nul.txt")]
    [InlineData("https://example.org/.bashrc")]
    [InlineData("https://example.org/.fetch")]
    [InlineData("https://example.org/-rf")]
    [InlineData("https://example.org/x%E2%80%AEgpj.exe")]
    [InlineData("https://example.org/x.")]
    [InlineData("s3://bucket/..")]
    public void ForUrl_NameThatWouldHarm_IsAnother(string url)
    {
        string name = new LocalNames().ForUrl(url);
        Assert.Matches("^[^./\\\\:*?\"<>|\0-][^/\\\\:*?\"<>|\0]*-[0-9a-f]{8}(\\.[^/\\\\:*?\"<>|\0]*)?$", name);
        Assert.DoesNotMatch("^(?i:con|nul)(\\.|$)", name);
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("a/../../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("./x")]
    [InlineData("C:\\x/y")]
    public void ForPath_PathThatLeadsOut_StaysInside(string path)
    {
        string name = new LocalNames().ForPath(path, "s3://bucket/" + path);
        Assert.True(Archive.IsSafe(name), name);
        Assert.StartsWith("/out/", Path.GetFullPath("/out/" + name), StringComparison.Ordinal);
    }

    [Fact]
    public void ForPath_AnyText_IsOneSafePathInsideWithSegmentsThatFit()
    {
        Gen<string> piece = Gen.Elements("..", ".", "/", "\\", "a", "C:", "\0", "con", "書", "\uD800", " ", "%2e", new string('x', 300), "é", "~", "\u202E", "\n");
        Prop.ForAll(Gen.ListOf(piece).Select(string.Concat).ToArbitrary(), text =>
        {
            string name = new LocalNames().ForPath(text, text);
            return Archive.IsSafe(name) && name.Split('/').All(segment => segment.Length > 0 && Encoding.UTF8.GetByteCount(segment) <= 255 && segment[0] != '.') && name.Split('/').Length <= 16;
        }).QuickCheckThrowOnFailure();
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => Archive.IsSafe(new LocalNames().ForPath(text ?? "", ""))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ForUrl_SameName_IsTakenOnce()
    {
        var names = new LocalNames();
        string[] given = [.. new[] { "http://a/data.jsonl.gz", "http://b/data.jsonl.gz", "http://b/DATA.jsonl.gz", "http://a/data.jsonl.gz", "http://a/fetch.json", "http://c/data.jsonl.gz?x=1", "http://c/data.jsonl.gz?x=2" }.Select(names.ForUrl)];

        Assert.Equal(given[0], given[3]);
        Assert.Equal("data.jsonl.gz", given[0]);
        Assert.Matches("^data-[0-9a-f]{8}\\.jsonl\\.gz$", given[1]);
        Assert.Equal(6, given.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.DoesNotContain("fetch.json", given);
    }

    [Fact]
    public void ForPath_FileWhereAFolderIs_GetsAnotherName()
    {
        var names = new LocalNames();
        Assert.Equal("a/b", names.ForPath("a/b", "s3://x/a/b"));
        Assert.NotEqual("a", names.ForPath("a", "s3://x/a"));
        Assert.Equal("c", names.ForPath("c", "s3://x/c"));
        string below = names.ForPath("c/d", "s3://x/c/d");
        Assert.False(below.StartsWith("c/", StringComparison.Ordinal), below);
    }

    [Fact]
    public void ForUrl_LongName_KeepsItsEnd()
    {
        string name = new LocalNames().ForUrl("http://a/" + Uri.EscapeDataString(new string('書', 500)) + ".warc.gz");
        Assert.EndsWith(".warc.gz", name, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(name), 100, 255);
    }
}
