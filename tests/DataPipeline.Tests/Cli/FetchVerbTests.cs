using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using DataPipeline.Tests.Ingest.Remote;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Cli;

public sealed class FetchVerbTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 400_000).Select(i => (byte)(i * 31 + i / 257))];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fetch_KilledTwice_GivesTheSameBytesAndFetchesNoFinishedFileAgain()
    {
        bool hurry = false;
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            if (asked.Target == "/small.bin")
            {
                await answer.FileAsync(asked, Content[..1000], "ETag: \"s\"");
                return;
            }
            int from = asked.Range is null ? 0 : int.Parse(asked.Range[6..^1]);
            await answer.PartAsync(from == 0 ? 200 : 206, Content[from..], Content.Length - from, 0, "ETag: \"v1\"", $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}");
            for (int at = from; at < Content.Length; at += 4000)
            {
                await answer.RawAsync(Content[at..Math.Min(at + 4000, Content.Length)]);
                await Task.Delay(Volatile.Read(ref hurry) ? 0 : 20);
            }
        });
        File.WriteAllText(_folder["list.txt"], $"{server.Url}/small.bin\n{server.Url}/slow.bin sha256:{Convert.ToHexStringLower(SHA256.HashData(Content))} {Content.Length}\n");
        string[] arguments = ["fetch", "--urls", "list.txt", "--output", "out", "--robots", "ignore", "--connections", "1"];

        long before = 0;
        for (int i = 0; i < 2; i++)
        {
            Process process = CommandLine.Start(_folder["."], arguments);
            while (Part() < before + 20_000)
                Thread.Sleep(2);
            process.Kill();
            Assert.Equal(137, CommandLine.Finish(process).ExitCode);
            before = Part();
            Assert.InRange(before, 20_000, Content.Length - 1);
        }
        Volatile.Write(ref hurry, true);
        (int exit, string output, string error) = CommandLine.Run(_folder["."], arguments);

        Assert.True(exit == 0, error);
        Assert.Equal(Content, File.ReadAllBytes(_folder["out/slow.bin"]));
        Assert.False(Directory.Exists(_folder["out/.fetch"]));
        Assert.Single(server.Requests, asked => asked.Target == "/small.bin");
        string[] ranges = [.. server.Requests.Where(asked => asked.Target == "/slow.bin").Select(asked => asked.Range ?? "-")];
        Assert.Equal(3, ranges.Length);
        Assert.Equal("-", ranges[0]);
        Assert.All(ranges[1..], range => Assert.InRange(int.Parse(range[6..^1]), 20_000, Content.Length - 1));
        Assert.Contains("fetched", output, StringComparison.Ordinal);

        (exit, output, _) = CommandLine.Run(_folder["."], [.. arguments, "--verify"]);
        Assert.Equal(0, exit);
        Assert.Matches("there already *│ *2", output);
        Assert.Equal(4, server.Requests.Length);

        long Part()
        {
            try
            {
                return Directory.Exists(_folder["out/.fetch"]) ? Directory.EnumerateFiles(_folder["out/.fetch"], "*.part").Select(path => new FileInfo(path).Length).DefaultIfEmpty(0).Max() : 0;
            }
            catch (FileNotFoundException)
            {
                // The small file was finished between the listing and the look at it.
                return 0;
            }
        }
    }

    [Fact]
    public void Fetch_Crawl_TakesFilesOfTheListAndTheSameOnesAgain()
    {
        string[] paths = [.. Enumerable.Range(0, 30).Select(i => $"crawl-data/CC-MAIN-2024-10/segments/1.0/wet/CC-{i:00}.warc.wet.gz")];
        using var server = new LoopbackServer((asked, answer) => asked.Target switch
        {
            "/robots.txt" => answer.StatusAsync(404),
            "/crawl-data/CC-MAIN-2024-10/wet.paths.gz" => answer.BodyAsync(200, Zipped(string.Join('\n', paths))),
            _ => answer.BodyAsync(200, Encoding.ASCII.GetBytes(asked.Target)),
        });
        string[] arguments = ["fetch", "--crawl", "CC-MAIN-2024-10", "--kind", "wet", "--base", server.Url + "/", "--seed", "3", "--requests", "0", "--output", "out"];

        (int exit, string output, string error) = CommandLine.Run(_folder["."], [.. arguments, "--files", "2"]);
        Assert.True(exit == 0, error);
        string[] two = Names();
        Assert.Equal(3, two.Length);
        Assert.Contains("CC-MAIN-2024-10.wet.paths.gz", two);
        Assert.Equal(1, server.RobotsRequests);

        Assert.Equal(0, CommandLine.Run(_folder["."], [.. arguments, "--files", "4"]).ExitCode);
        Assert.Equal(5, Names().Length);
        Assert.Empty(two.Except(Names()));
        Assert.Equal(5, server.Requests.Length);
        Assert.Contains("out: the files", output, StringComparison.Ordinal);

        string[] Names() => [.. Directory.GetFiles(_folder["out"]).Select(path => Path.GetFileName(path)).Where(name => name is not ("fetch.json" or ".lock")).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Fetch_SomeFail_ExitsWith3AndSaysWhich()
    {
        using var server = new LoopbackServer((asked, answer) => asked.Target == "/good" ? answer.BodyAsync(200, Content) : answer.StatusAsync(404));

        (int exit, string output, _) = CommandLine.Run(_folder["."], "fetch", $"{server.Url}/bad", $"{server.Url}/good", "--output", "out");

        Assert.Equal(3, exit);
        Assert.Matches("failed: http_404 *│ *1", output);
        Assert.Contains($"{server.Url}/bad: http_404: The server answers with status 404.", output, StringComparison.Ordinal);
        Assert.Equal(Content, File.ReadAllBytes(_folder["out/good"]));
    }

    [Fact]
    public void Fetch_Pages_AsWarc()
    {
        using var server = new LoopbackServer((asked, answer) => asked.Target == "/robots.txt" ? answer.StatusAsync(404) : answer.BodyAsync(200, "<p>page</p>"u8.ToArray(), "Date: Fri, 01 Mar 2024 10:00:00 GMT", "Content-Type: text/html"));
        Assert.Equal(0, CommandLine.Run(_folder["."], "fetch", $"{server.Url}/page", "--as", "warc", "--output", "out").ExitCode);
        (int exit, string output, _) = CommandLine.Run(_folder["."], "warc", "ls", "--check", "out/pages-00000.warc.gz");
        Assert.Equal(0, exit);
        Assert.Contains($"\tresponse\t200\ttext/html\t", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say what to fetch")]
    [InlineData("say what to fetch", "--crawl", "CC-MAIN-2024-10", "http://x/")]
    [InlineData("a crawl is named like", "--crawl", "../x")]
    [InlineData("--rate fast", "http://x/", "--rate", "fast")]
    [InlineData("--connections must be from 1 to 256", "http://x/", "--connections", "0")]
    [InlineData("'file:///etc/passwd' is no http", "file:///etc/passwd")]
    [InlineData("the S3 endpoint", "s3://bucket/x", "--endpoint", "minio")]
    [InlineData("the region", "s3://bucket/x", "--region", "a.evil.example/")]
    [InlineData("--user-agent begins", "http://x/", "--user-agent", "1")]
    [InlineData("no such file", "--urls", "absent.txt")]
    public void Fetch_WrongOptions_AreAConfigurationError(string message, params string[] arguments)
    {
        (int exit, _, string error) = CommandLine.Run(_folder["."], ["fetch", "--output", "out", .. arguments]);
        Assert.Equal(2, exit);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static byte[] Zipped(string text)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return zipped.ToArray();
    }
}
