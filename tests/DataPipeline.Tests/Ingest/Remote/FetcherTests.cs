using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Remote;

namespace DataPipeline.Tests.Ingest.Remote;

/// <summary>Each way in which a server can be bad, with the bytes and the outcome that have to come of it.</summary>
[SuppressMessage("Security", "CA5351", Justification = "what servers state")]
public sealed class FetcherTests : IDisposable
{
    private const string Etag = "ETag: \"v1\"";
    private static readonly byte[] File1 = Bytes(300_000, 1), File2 = Bytes(250_000, 2);

    private readonly FetchFixture _fetch = new();

    public void Dispose() => _fetch.Dispose();

    [Fact]
    public void Fetch_GoodServer_GivesFileAndManifestAndAsksOnce()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1, Etag, "Last-Modified: Fri, 01 Mar 2024 10:00:00 GMT"));

        FetchResult result = _fetch.Fetch($"{server.Url}/a/data.bin");

        Assert.Equal((0, 1, File1.Length), (result.There, result.Fetched, result.Bytes));
        Assert.Equal("data.bin", _fetch.Names);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal("DataPipeline/9.9 (test)", server.Requests.Single().Headers["user-agent"]);
        string manifest = File.ReadAllText(Path.Combine(_fetch.Folder, "fetch.json"));
        Assert.Equal($$"""
            {
              "version": "9.9",
              "files": [
                {
                  "name": "data.bin",
                  "url": "{{server.Url}}/a/data.bin",
                  "bytes": 300000,
                  "sha256": "{{Convert.ToHexStringLower(SHA256.HashData(File1))}}",
                  "etag": "\"v1\"",
                  "last_modified": "Fri, 01 Mar 2024 10:00:00 GMT",
                  "verified": []
                }
              ],
              "failed": []
            }

            """, manifest);

        Assert.Equal(1, _fetch.Fetch($"{server.Url}/a/data.bin").There);
        Assert.Single(server.Requests);
        Assert.Equal(manifest, File.ReadAllText(Path.Combine(_fetch.Folder, "fetch.json")));
    }

    [Fact]
    public void Fetch_BodyStalls_GoesOnBehindWhatCame()
    {
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            if (asked.Number > 0)
            {
                await answer.FileAsync(asked, File1, Etag);
                return;
            }
            await answer.PartAsync(200, File1, File1.Length, 1000, Etag);
            await WaitForPartAsync(1000);
            _fetch.Time.Ring();
            await Task.Delay(Timeout.Infinite, _fetch.Gone);
        });

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal("- bytes=1000-", server.Ranges);
        Assert.Equal("\"v1\"", server.Requests[1].Headers["if-range"]);
    }

    [Fact]
    public void Fetch_HeadStalls_TriesAgain()
    {
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            if (asked.Number > 0)
                await answer.FileAsync(asked, File1, Etag);
            else
                _fetch.Time.Ring();
        });

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
    }

    [Fact]
    public async Task Fetch_OneByteNowAndThen_CountsAsStalled()
    {
        using var server = new LoopbackServer(async (_, answer) =>
        {
            await answer.PartAsync(200, File1, File1.Length, 0, Etag);
            for (int i = 0; i < 1000; i++)
            {
                await answer.RawAsync([File1[i]]);
                await Task.Delay(20);
            }
        });
        _fetch.Options = _fetch.Options with { Stall = TimeSpan.FromSeconds(0.4), Tries = 1 };
        using var fetcher = new Fetcher(_fetch.Folder, _fetch.Options, new Quiet(), TimeProvider.System);

        FetchResult result = await fetcher.FetchAsync(fetcher.Plan([new FetchAddress($"{server.Url}/data.bin", [])]), default);

        Assert.Equal("stalled", result.Failed.Single().Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fetch_BodyBreaksOff_GoesOnBehindWhatCame(bool reset)
    {
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            int from = asked.Range is null ? 0 : int.Parse(asked.Range[6..^1]);
            if (asked.Number == 2)
            {
                await answer.FileAsync(asked, File1, Etag);
                return;
            }
            await answer.PartAsync(asked.Range is null ? 200 : 206, File1[from..], File1.Length - from, 1000, Etag, $"Content-Range: bytes {from}-{File1.Length - 1}/{File1.Length}");
            await WaitForPartAsync(from + 1000);
            if (reset)
                answer.Reset();
        });

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal("- bytes=1000- bytes=2000-", server.Ranges);
    }

    [Fact]
    public void Fetch_FileChangedInBetween_ComesWholeFromTheNewOne()
    {
        using var server = new LoopbackServer((asked, answer) => asked.Number == 0
            ? answer.PartAsync(200, File1, File1.Length, 1000, Etag)
            : answer.BodyAsync(200, File2, "ETag: \"v2\""));

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(File2, _fetch.Bytes("data.bin"));
        Assert.Equal("\"v2\"", _fetch.Manifest.GetProperty("files")[0].GetProperty("etag").GetString());
    }

    [Theory]
    [InlineData("206 another start", 206, "Content-Range: bytes 500-299999/300000")]
    [InlineData("206 another length", 206, "Content-Range: bytes 1000-299999/300001")]
    [InlineData("206 a stretch only", 206, "Content-Range: bytes 1000-1999/300000")]
    [InlineData("206 no range", 206, "X-None: 1")]
    [InlineData("206 another file", 206, "Content-Range: bytes 1000-299999/300000\r\nETag: \"v2\"")]
    [InlineData("416", 416, "Content-Range: bytes */300000")]
    public void Fetch_WrongRange_StartsAgain(string what, int status, string header)
    {
        using var server = new LoopbackServer((asked, answer) => asked.Number switch
        {
            0 => answer.PartAsync(200, File1, File1.Length, 1000, Etag),
            1 => answer.BodyAsync(status, File2[..1000], header),
            _ => answer.FileAsync(asked, File1, Etag),
        });

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.True(File1.AsSpan().SequenceEqual(_fetch.Bytes("data.bin")), what);
        Assert.Equal("- bytes=1000- -", server.Ranges);
    }

    [Theory]
    [InlineData("ETag: W/\"weak\"")]
    [InlineData("X-None: 1")]
    public void Fetch_NothingToTellVersionsApart_StartsAgain(string header)
    {
        using var server = new LoopbackServer((asked, answer) => asked.Number == 0 ? answer.PartAsync(200, File1, File1.Length, 1000, header) : answer.FileAsync(asked, File1, header));

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal("- -", server.Ranges);
    }

    [Fact]
    public void Fetch_EmptyFile_IsThere()
    {
        using var server = new LoopbackServer((_, answer) => answer.BodyAsync(200, []));
        Assert.Equal(1, _fetch.Fetch($"{server.Url}/empty.txt").Fetched);
        Assert.Empty(_fetch.Bytes("empty.txt"));
    }

    [Fact]
    public void Fetch_Refused_IsNotTriedAgainAndTheOthersGoOn()
    {
        using var server = new LoopbackServer((asked, answer) => asked.Target == "/gone" ? answer.StatusAsync(404) : answer.FileAsync(asked, File1));

        FetchResult result = _fetch.Fetch($"{server.Url}/gone", $"{server.Url}/data.bin");

        Assert.Equal([new FailedFile($"{server.Url}/gone", "http_404", "The server answers with status 404.")], result.Failed);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal(2, server.Requests.Length);
        Assert.Equal("http_404", _fetch.Manifest.GetProperty("failed")[0].GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("Retry-After: 70", 70)]
    [InlineData("Retry-After: Fri, 01 Mar 2024 12:02:00 GMT", 120)]
    public void Fetch_ToldToWait_Waits(string header, int seconds)
    {
        using var server = new LoopbackServer((asked, answer) => asked.Number == 0 ? answer.StatusAsync(429, header) : answer.FileAsync(asked, File1));

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal(seconds, _fetch.Time.Passed.TotalSeconds, 0.01);
    }

    [Theory]
    [InlineData("Retry-After: 86400")]
    [InlineData("Retry-After: 99999999999999999999")]
    [InlineData("Retry-After: Fri, 01 Mar 2030 12:00:00 GMT")]
    public void Fetch_ToldToWaitTooLong_GivesUp(string header)
    {
        using var server = new LoopbackServer((_, answer) => answer.StatusAsync(503, header));

        Assert.Equal("retry_after_too_long", _fetch.Fetch($"{server.Url}/data.bin").Failed.Single().Reason);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Fetch_ServerFails_WaitsTwiceAsLongEachTimeAndTheSameInEachRun()
    {
        using var server = new LoopbackServer((_, answer) => answer.StatusAsync(500));
        _fetch.Options = _fetch.Options with { Tries = 6 };

        FetchResult result = _fetch.Fetch($"{server.Url}/data.bin");

        Assert.Equal("http_500", result.Failed.Single().Reason);
        Assert.Equal(6, server.Requests.Length);
        // 1 + 2 + 4 + 8 + 16 seconds, each with a jitter of up to half.
        Assert.InRange(_fetch.Time.Passed.TotalSeconds, 15.5, 31);
        TimeSpan first = _fetch.Time.Passed;
        _fetch.Fetch($"{server.Url}/data.bin");
        Assert.Equal(first * 2, _fetch.Time.Passed);
    }

    [Fact]
    public void Fetch_ShortPiecesOfALargeFile_AreNoFailures()
    {
        byte[] large = Bytes(3_000_000, 3);
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            int from = asked.Range is null ? 0 : int.Parse(asked.Range[6..^1]), rest = large.Length - from, sent = Math.Min(rest, 300_000);
            await answer.PartAsync(asked.Range is null ? 200 : 206, large[from..], rest, sent, Etag, $"Content-Range: bytes {from}-{large.Length - 1}/{large.Length}");
            await WaitForPartAsync(from + sent);
        });
        _fetch.Options = _fetch.Options with { Tries = 2, ProgressBytes = 100_000 };

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(large, _fetch.Bytes("data.bin"));
        Assert.Equal(10, server.Requests.Length);
    }

    [Fact]
    public void Fetch_AlwaysTruncated_GivesUp()
    {
        using var server = new LoopbackServer((_, answer) => answer.PartAsync(200, File1, File1.Length + 5, File1.Length));
        _fetch.Options = _fetch.Options with { Tries = 3 };

        Assert.Equal("truncated", _fetch.Fetch($"{server.Url}/data.bin").Failed.Single().Reason);

        Assert.Equal(3, server.Requests.Length);
        Assert.DoesNotContain("data.bin", _fetch.Names, StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_LargerThanAllowed_StopsAtTheLimit()
    {
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            if (asked.Target == "/said")
            {
                await answer.BodyAsync(200, File1);
                return;
            }
            await answer.RawAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 100; i++)
                await answer.RawAsync([.. Encoding.ASCII.GetBytes("2710\r\n"), .. File1[..10_000], .. "\r\n"u8]);
            await Task.Delay(Timeout.Infinite, _fetch.Gone);
        });
        _fetch.Options = _fetch.Options with { MaxFileBytes = 200_000 };

        Assert.Equal(["too_large", "too_large"], _fetch.Fetch($"{server.Url}/said", $"{server.Url}/endless").Failed.Select(failed => failed.Reason));
        Assert.Equal(2, server.Requests.Length);
        Assert.All(Directory.GetFiles(_fetch.Folder, "*", SearchOption.AllDirectories), path => Assert.InRange(new FileInfo(path).Length, 0, 200_000));
    }

    [Fact]
    public void Fetch_ChunksEndTooEarly_AreTruncated()
    {
        using var server = new LoopbackServer((asked, answer) => asked.Number == 0
            ? answer.RawAsync([.. "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n"u8, .. File1[..10_000], .. "\r\n"u8])
            : answer.FileAsync(asked, File1));
        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
    }

    [Fact]
    public void Fetch_ListHasAnotherChecksum_GivesUpAfterThreeAndAnotherTryMayGoWell()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, asked.Number < 4 ? File2 : File1));
        var wanted = new FetchAddress($"{server.Url}/data.bin", [new Checksum("sha256", Convert.ToHexStringLower(SHA256.HashData(File1)))]);

        Assert.Equal("checksum_mismatch", _fetch.Fetch(wanted).Failed.Single().Reason);
        Assert.Equal(3, server.Requests.Length);
        Assert.Equal("", _fetch.Names);

        Assert.Empty(_fetch.Fetch(wanted).Failed);
        Assert.Equal(5, server.Requests.Length);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal("sha256", _fetch.Manifest.GetProperty("files")[0].GetProperty("verified")[0].GetString());
    }

    [Fact]
    public void Fetch_LengthIsALie_ChecksumOrSizeOfTheListTells()
    {
        using var server = new LoopbackServer((_, answer) => answer.PartAsync(200, File1, 1000, File1.Length));

        FetchResult result = _fetch.Fetch(new FetchAddress($"{server.Url}/sum", [new Checksum("md5", new string('0', 32))]), new FetchAddress($"{server.Url}/size", [], File1.Length));

        Assert.Equal(["checksum_mismatch", "size_mismatch"], result.Failed.Select(failed => failed.Reason));
    }

    [Theory]
    [InlineData("Content-MD5", "md5")]
    [InlineData("Digest", "sha256")]
    [InlineData("x-amz-checksum-crc64nvme", "crc64nvme")]
    [InlineData("ETag", "md5")]
    public void Fetch_ServerStatesAChecksum_IsHeldAgainstIt(string header, string algorithm)
    {
        byte[] Hash(byte[] file) => algorithm switch
        {
            "md5" => MD5.HashData(file),
            "sha256" => SHA256.HashData(file),
            _ => Crc64(file),
        };
        string Value(byte[] file) => header switch
        {
            "ETag" => $"\"{Convert.ToHexStringLower(Hash(file))}\"\r\nServer: AmazonS3",
            "Digest" => "sha-256=" + Convert.ToBase64String(Hash(file)),
            _ => Convert.ToBase64String(Hash(file)),
        };
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, asked.Number == 0 ? File2 : File1, $"{header}: {Value(File1)}"));

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.bin").Failed);

        Assert.Equal(2, server.Requests.Length);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal(algorithm, _fetch.Manifest.GetProperty("files")[0].GetProperty("verified")[0].GetString());
    }

    [Fact]
    public void Fetch_DamagedGzip_IsFetchedAgainWhenAskedTo()
    {
        byte[] good = Zipped(File1), bad = [.. good[..1000], .. good[1004..]];
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, asked.Number == 0 ? bad : good));
        _fetch.Options = _fetch.Options with { CheckGzip = true };

        Assert.Empty(_fetch.Fetch($"{server.Url}/data.warc.gz").Failed);

        Assert.Equal(good, _fetch.Bytes("data.warc.gz"));
    }

    [Fact]
    public void Fetch_BytesASecond_AreKeptTo()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1));
        _fetch.Options = _fetch.Options with { BytesPerSecond = 10_000 };

        Assert.Empty(_fetch.Fetch($"{server.Url}/a", $"{server.Url}/b").Failed);

        // 600,000 bytes, of which the first second's worth is free.
        Assert.InRange(_fetch.Time.Passed.TotalSeconds, 58.9, 60.1);
    }

    [Fact]
    public void Fetch_RequestsASecond_AreKeptTo()
    {
        using var server = new LoopbackServer((asked, answer) => answer.BodyAsync(200, File1[..10]));
        _fetch.Options = _fetch.Options with { RequestsPerSecond = 0.5 };

        Assert.Empty(_fetch.Fetch([.. Enumerable.Range(0, 5).Select(i => $"{server.Url}/{i}")]).Failed);

        Assert.Equal(8, _fetch.Time.Passed.TotalSeconds, 0.1);
    }

    [Fact]
    public void Fetch_ManyFiles_UsesSoManyConnectionsAndNoMore()
    {
        int now = 0, most = 0;
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new LoopbackServer(async (asked, answer) =>
        {
            int count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            if (count == 3)
                full.TrySetResult();
            await full.Task;
            Interlocked.Decrement(ref now);
            await answer.BodyAsync(200, Encoding.ASCII.GetBytes(asked.Target));
        });
        _fetch.Options = _fetch.Options with { Connections = 3 };

        Assert.Equal(20, _fetch.Fetch([.. Enumerable.Range(0, 20).Select(i => $"{server.Url}/f{i}")]).Fetched);

        Assert.Equal(3, most);
        Assert.Equal("/f17", Encoding.ASCII.GetString(_fetch.Bytes("f17")));
    }

    [Fact]
    public void Fetch_FileOfAnEarlierRunIsDamaged_IsFetchedAgain()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1));
        string url = $"{server.Url}/data.bin", path = Path.Combine(_fetch.Folder, "data.bin");
        _fetch.Fetch(url);

        File.WriteAllBytes(path, File2);
        Assert.Equal(1, _fetch.Fetch(url).Fetched);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));

        byte[] sameLength = (byte[])File1.Clone();
        sameLength[77] ^= 1;
        File.WriteAllBytes(path, sameLength);
        Assert.Equal(1, _fetch.Fetch(url).There);
        _fetch.Options = _fetch.Options with { Verify = true };
        Assert.Equal(1, _fetch.Fetch(url).Fetched);
        Assert.Equal(File1, _fetch.Bytes("data.bin"));
    }

    [Fact]
    public void Fetch_FileOfSomebodyElse_IsNotOverwritten()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1));
        Directory.CreateDirectory(_fetch.Folder);
        File.WriteAllText(Path.Combine(_fetch.Folder, "data.bin"), "mine");

        Assert.Equal("file_in_the_way", _fetch.Fetch($"{server.Url}/data.bin").Failed.Single().Reason);

        Assert.Equal("mine", File.ReadAllText(Path.Combine(_fetch.Folder, "data.bin")));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Fetch_EndedBetweenRenameAndRecord_DoesNotFetchAgain()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1));
        string url = $"{server.Url}/data.bin", work = Path.Combine(_fetch.Folder, ".fetch");
        Directory.CreateDirectory(work);
        var part = new PartFile(work, url);
        part.Begin(new PartState(url, null, null, File1.Length, []));
        await using (FileStream stream = part.OpenToAppend())
            await part.AppendAsync(stream, File1, default);
        part.Finish(new FetchedFile("data.bin", url, File1.Length, Convert.ToHexStringLower(SHA256.HashData(File1)), null, null, []));
        part.MoveTo(Path.Combine(_fetch.Folder, "data.bin"));

        Assert.Equal(1, _fetch.Fetch(url).Fetched);

        Assert.Empty(server.Requests);
        Assert.Equal("data.bin", _fetch.Names);
    }

    [Fact]
    public void Fetch_TornLineInTheJournal_IsNoLine()
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1));
        Directory.CreateDirectory(Path.Combine(_fetch.Folder, ".fetch"));
        File.WriteAllText(Path.Combine(_fetch.Folder, ".fetch", "finished.jsonl"), "{\"name\":\"other.bin\",\"url\":\"htt");

        Assert.Equal(1, _fetch.Fetch($"{server.Url}/data.bin").Fetched);
        Assert.Equal("data.bin", _fetch.Names);
    }

    [Theory]
    [InlineData("{\"files\": [{\"name\": \"../precious.txt\", \"url\": \"URL\", \"bytes\": 5, \"sha256\": \"\", \"verified\": []}], \"archives\": [{\"name\": \"../precious.txt\", \"bytes\": 5}]}")]
    [InlineData("{\"files\": [null, {\"name\": null, \"url\": null}]}")]
    [InlineData("[]")]
    [InlineData("{")]
    public void Fetch_ManifestIsHostile_TouchesNothingOutside(string manifest)
    {
        using var server = new LoopbackServer((asked, answer) => answer.FileAsync(asked, File1));
        Directory.CreateDirectory(_fetch.Folder);
        string precious = Path.Combine(Path.GetDirectoryName(_fetch.Folder)!, "precious.txt"), url = $"{server.Url}/data.bin";
        File.WriteAllText(precious, "precious");
        File.WriteAllText(Path.Combine(_fetch.Folder, "fetch.json"), manifest.Replace("URL", url, StringComparison.Ordinal));

        Assert.Equal(1, _fetch.Fetch(url).Fetched);

        Assert.Equal(File1, _fetch.Bytes("data.bin"));
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Fact]
    public async Task AppendAsync_DiskIsFull_IsAnErrorOfTheSystem()
    {
        Directory.CreateDirectory(_fetch.Folder);
        var part = new PartFile(_fetch.Folder, "http://example.org/data.bin");
        using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1);

        IOException error = await Assert.ThrowsAsync<IOException>(() => part.AppendAsync(stream, File1, default));

        Assert.Equal(4, DataPipeline.Cli.SystemError.Explain(error)!.Value.ExitCode);
    }

    private async Task WaitForPartAsync(long bytes)
    {
        while (!Directory.Exists(Path.Combine(_fetch.Folder, ".fetch")) || !Directory.EnumerateFiles(Path.Combine(_fetch.Folder, ".fetch"), "*.part").Any(path => new FileInfo(path).Length >= bytes))
            await Task.Delay(1);
    }

    private static byte[] Bytes(int count, ulong seed)
    {
        var bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = (byte)new Seed(seed).Number((ulong)i);
        return bytes;
    }

    private static byte[] Zipped(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(zipped, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(bytes);
        return zipped.ToArray();
    }

    // Bit by bit: a twin of the table in the program.
    private static byte[] Crc64(byte[] bytes)
    {
        ulong crc = ulong.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0x9A6C9329AC4BC9B5);
        }
        return [.. BitConverter.GetBytes(~crc).Reverse()];
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
