using DataPipeline.Core;

namespace DataPipeline.Ingest.Remote;

/// <summary>What robots.txt decides.</summary>
public enum RobotsRule
{
    /// <summary>Which addresses may be asked for, and how often.</summary>
    Obey,

    /// <summary>How often only: for data hosts, whose files are there to be downloaded.</summary>
    DelayOnly,

    /// <summary>Nothing; it is not asked for.</summary>
    Ignore,
}

/// <summary>How files are fetched; none of it changes their bytes.</summary>
public sealed record FetchOptions
{
    /// <summary>Files fetched at the same time.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Bytes a second from one host; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Requests a second to one host; 0 for no limit. A Crawl-delay that asks for fewer wins.</summary>
    public double RequestsPerSecond { get; init; } = 4;

    /// <summary>Tries in a row that bring less than <see cref="ProgressBytes"/> before a file is given up.</summary>
    public int Tries { get; init; } = 8;

    /// <summary>New bytes after which a broken try is no failure in a row: a large file over a bad line goes on as long as it gets anywhere.</summary>
    public long ProgressBytes { get; init; } = 1 << 20;

    /// <summary>Without a byte for so long, a try ends.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The first wait between tries; each further one is twice as long, with a jitter of half of it.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait of our own, and the longest that a server may ask for: beyond it the file is given up.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Largest file.</summary>
    public long MaxFileBytes { get; init; } = 64L << 30;

    /// <summary>Redirections followed for one file.</summary>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>Sent with each request; the part before the slash is the name that robots.txt is asked about.</summary>
    public string UserAgent { get; init; } = "DataPipeline";

    /// <summary>What robots.txt decides.</summary>
    public RobotsRule Robots { get; init; } = RobotsRule.Obey;

    /// <summary>Reads finished .gz files through; one that is damaged is fetched again.</summary>
    public bool CheckGzip { get; init; }

    /// <summary>Hashes the files of earlier runs again.</summary>
    public bool Verify { get; init; }

    /// <summary>Jitter of the waits.</summary>
    public Seed Seed { get; init; } = new(1);

    /// <summary>Where <c>s3://</c> is and who asks.</summary>
    public S3.S3Settings S3 { get; init; } = new();

    /// <summary>True for a user agent that can be sent and that begins with a name for robots.txt.</summary>
    public static bool IsUserAgent(string text) => text.Length is > 0 and < 1000 && text.All(c => c is >= ' ' and <= '~') && Remote.Robots.ProductToken(text).Length > 0;
}
