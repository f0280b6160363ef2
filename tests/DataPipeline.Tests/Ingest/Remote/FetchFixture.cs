using System.Net;
using System.Text.Json;
using DataPipeline.Ingest.Remote;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Ingest.Remote;

/// <summary>A folder, a clock that skips waits, and fetches into the one by the other.</summary>
internal sealed class FetchFixture : IDisposable
{
    public static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _gone = new();

    public SkippingTime Time { get; } = new(Stall);

    /// <summary>One connection, no spacing of requests, robots.txt not asked: what a test does not look at.</summary>
    public FetchOptions Options { get; set; } = new() { Connections = 1, RequestsPerSecond = 0, Robots = RobotsRule.Ignore, UserAgent = "DataPipeline/9.9 (test)", Stall = Stall };

    public Func<IPAddress, bool>? IsPrivate { get; set; }

    public string Folder => _folder["out"];

    public JsonElement Manifest => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "fetch.json"))).RootElement;

    public byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    /// <summary>Names of all files in the folder, but fetch.json.</summary>
    public string Names => string.Join(' ', Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Where(name => name != "fetch.json").Order(StringComparer.Ordinal));

    public FetchResult Fetch(params string[] urls) => Fetch([.. urls.Select(url => new FetchAddress(url, []))]);

    public FetchResult Fetch(params FetchAddress[] addresses) => Run(fetcher => fetcher.FetchAsync(fetcher.Plan(fetcher.ExpandAsync(addresses, default).GetAwaiter().GetResult()), default));

    public FetchResult Archive(params string[] urls) => Archive([.. urls.Select(url => new FetchAddress(url, []))]);

    public FetchResult Archive(params FetchAddress[] addresses) => Run(fetcher => fetcher.ArchiveAsync(addresses, "9.9", default));

    /// <summary>Cancelled at the end of the test, for servers that wait for ever.</summary>
    public CancellationToken Gone => _gone.Token;

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
        _folder.Dispose();
    }

    private FetchResult Run(Func<Fetcher, Task<FetchResult>> fetch)
    {
        using var fetcher = new Fetcher(Folder, Options, new Quiet(), Time, IsPrivate);
        FetchResult result = fetch(fetcher).GetAwaiter().GetResult();
        fetcher.Finish("9.9", result.Failed);
        return result;
    }
}

/// <summary>Hears and says nothing.</summary>
internal sealed class Quiet : FetchProgress
{
    protected override void Started(int files, int there)
    {
    }

    protected override void Expect(long bytes)
    {
    }

    protected override void Advance(long bytes)
    {
    }

    protected override void Have(long bytes)
    {
    }

    protected override void Said(string name, string? failure, int done, int files)
    {
    }
}
