using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Ingest.Remote;
using DataPipeline.Ingest.Remote.S3;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline fetch</c>: files of Common Crawl, of a list of addresses or of S3 into a folder, whole and verified; the same command continues.</summary>
internal static class FetchVerb
{
    private enum OutputForm
    {
        Files,
        Warc,
    }

    private enum RobotsOption
    {
        Obey,
        Ignore,
    }

    public static Command Command()
    {
        var addresses = new Argument<string[]>("ADDRESS") { Description = "http, https or s3 addresses; s3://BUCKET/PREFIX/ for all objects below", Arity = ArgumentArity.ZeroOrMore };
        var urls = new Option<string[]>("--urls") { Description = "file with an address a line, perhaps followed by sha256:HEX, md5:HEX or a size in bytes (.gz too)" };
        var crawl = new Option<string?>("--crawl") { Description = "a crawl of Common Crawl, such as CC-MAIN-2024-10" };
        var kind = new Option<string>("--kind") { Description = "files of the crawl: warc (pages), wet (their texts) or wat (their metadata)", DefaultValueFactory = _ => "warc" };
        kind.AcceptOnlyFromAmong("warc", "wet", "wat");
        var files = new Option<int>("--files") { Description = "how many files of the crawl", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "chooses the files of the crawl; more files contain fewer", DefaultValueFactory = _ => 1 };
        var first = new Option<bool>("--first") { Description = "takes the first files of the crawl instead" };
        var site = new Option<string>("--base") { Description = "server of Common Crawl, or a mirror", DefaultValueFactory = _ => CommonCrawl.Site };
        var output = new Option<string>("--output") { Description = "folder for the files and fetch.json", Required = true };
        var form = new Option<OutputForm>("--as") { Description = "files: each address a file; warc: pages with their exchanges in web archives" };
        var connections = new Option<int>("--connections") { Description = "files fetched at the same time", DefaultValueFactory = _ => 4 };
        var rate = new Option<string?>("--rate") { Description = "bytes a second from one host, such as 500k or 20M; without it no limit" };
        var requests = new Option<double?>("--requests") { Description = "requests a second to one host; default 4, with --as warc 1; 0 for no limit. A Crawl-delay that asks for fewer wins" };
        var tries = new Option<int>("--tries") { Description = "tries in a row that bring nothing new before a file is given up", DefaultValueFactory = _ => 8 };
        var stall = new Option<double>("--stall") { Description = "seconds without bytes, or with fewer than 100 a second, after which a try ends", DefaultValueFactory = _ => 30 };
        var wait = new Option<double>("--max-wait") { Description = "longest wait between tries in seconds; a server that asks for more is given up", DefaultValueFactory = _ => 600 };
        var size = new Option<string>("--max-file-bytes") { Description = "largest file, such as 500M; of a page 32M at most", DefaultValueFactory = _ => "64G" };
        var agent = new Option<string>("--user-agent") { Description = "who asks, with a contact; its first word is the name that robots.txt is asked about", DefaultValueFactory = _ => $"DataPipeline/{LocalExecutor.Version}" };
        var robots = new Option<RobotsOption>("--robots") { Description = "obey robots.txt, or ignore it, which needs the right to do so" };
        var gzip = new Option<bool>("--check-gzip") { Description = "reads finished .gz files through; a damaged one is fetched again" };
        var verify = new Option<bool>("--verify") { Description = "hashes the files of earlier runs again" };
        var region = new Option<string?>("--region") { Description = "region of s3:// buckets; else AWS_REGION, else us-east-1" };
        var endpoint = new Option<string?>("--endpoint") { Description = "another S3 server, such as http://127.0.0.1:9000" };
        var anonymous = new Option<bool>("--anonymous") { Description = "asks S3 without credentials, even if there are some" };
        var command = new Command("fetch", "Downloads files of Common Crawl, of lists of addresses and of S3; the same command continues, and what is there is not fetched again.")
        {
            addresses, urls, crawl, kind, files, seed, first, site, output, form, connections, rate, requests, tries, stall, wait, size, agent, robots, gzip, verify, region, endpoint, anonymous,
        };
        command.SetAction(parsed =>
        {
            bool asWarc = parsed.GetValue(form) == OutputForm.Warc;
            var options = new FetchOptions
            {
                Connections = AtLeast("--connections", parsed.GetValue(connections), 1, 256),
                BytesPerSecond = parsed.GetValue(rate) is { } bytes ? Bytes("--rate", bytes) : 0,
                RequestsPerSecond = AtLeast("--requests", parsed.GetValue(requests) ?? (asWarc ? 1 : 4), 0, 10_000),
                Tries = AtLeast("--tries", parsed.GetValue(tries), 1, 1000),
                Stall = TimeSpan.FromSeconds(AtLeast("--stall", parsed.GetValue(stall), 0.1, 86_400)),
                MaxWait = TimeSpan.FromSeconds(AtLeast("--max-wait", parsed.GetValue(wait), 0, 86_400)),
                MaxFileBytes = Bytes("--max-file-bytes", parsed.GetValue(size)!),
                UserAgent = Agent(parsed.GetValue(agent)!),
                Robots = parsed.GetValue(robots) == RobotsOption.Ignore ? RobotsRule.Ignore : parsed.GetValue(crawl) is not null ? RobotsRule.DelayOnly : RobotsRule.Obey,
                CheckGzip = parsed.GetValue(gzip),
                Verify = parsed.GetValue(verify),
                Seed = new Seed(parsed.GetValue(seed)),
                S3 = S3(parsed.GetValue(region), parsed.GetValue(endpoint), parsed.GetValue(anonymous)),
            };
            var wanted = new FetchTask(parsed.GetValue(output)!, [.. Addresses(parsed.GetValue(addresses) ?? []), .. (parsed.GetValue(urls) ?? []).SelectMany(FetchList.Read)],
                Crawl(parsed.GetValue(crawl), parsed.GetValue(kind)!, parsed.GetValue(site)!), parsed.GetValue(files), parsed.GetValue(first) ? null : new Seed(parsed.GetValue(seed)), asWarc);
            if (wanted.Crawl is null && wanted.Addresses.Count == 0 || wanted.Crawl is not null && wanted.Addresses.Count > 0)
                throw new ConfigurationException("say what to fetch: --crawl ID, or --urls LIST and addresses");
            if (wanted.Crawl is not null && asWarc)
                throw new ConfigurationException("--as warc is for pages; the files of a crawl are web archives already");
            AtLeast("--files", wanted.Files, 1, int.MaxValue);
            return Run(wanted, options);
        });
        return command;
    }

    private static int Run(FetchTask wanted, FetchOptions options)
    {
        using RunLock held = RunLock.Take(new RunFolder(wanted.Output));
        using var stop = new CancellationTokenSource();
        int signal = 0;
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCode.Interrupted));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCode.Terminated));
        using ConsoleObserver console = ConsoleObserver.Create();
        using var fetcher = new Fetcher(wanted.Output, options, new FetchLines(console), TimeProvider.System);
        try
        {
            FetchResult result = wanted.RunAsync(fetcher, stop.Token).GetAwaiter().GetResult();
            FetchReport.Write(wanted.Output, result);
            return result.Failed.Count > 0 ? ExitCode.DataIsWrong : ExitCode.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            console.Say($"Stopped. What came is kept in {wanted.Output}; run the same command again to continue.");
            return signal;
        }

        void Stop(PosixSignalContext context, int code)
        {
            // A second signal ends the process at once: the files are safe at any moment.
            if (stop.IsCancellationRequested)
                return;
            context.Cancel = true;
            signal = code;
            stop.Cancel();
        }
    }

    private static IEnumerable<FetchAddress> Addresses(string[] given)
    {
        string[] mistakes = [.. given.Select(FetchList.Mistake).OfType<string>()];
        return mistakes.Length == 0 ? given.Select(url => new FetchAddress(url, [])) : throw new ConfigurationException(string.Join('\n', mistakes));
    }

    private static CommonCrawl? Crawl(string? id, string kind, string site)
    {
        if (id is null)
            return null;
        if (!CommonCrawl.IsId(id))
            throw new ConfigurationException($"--crawl {id}: a crawl is named like CC-MAIN-2024-10 (https://index.commoncrawl.org lists them)");
        return FetchList.Mistake(site) is { } mistake ? throw new ConfigurationException($"--base: {mistake}") : new CommonCrawl(id, kind, site.TrimEnd('/'));
    }

    private static S3Settings S3(string? region, string? endpoint, bool anonymous)
    {
        S3Settings settings = S3Settings.FromEnvironment(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        settings = settings with { Region = region ?? settings.Region, Credentials = anonymous ? null : settings.Credentials, Endpoint = endpoint is null ? settings.Endpoint : S3Settings.EndpointOf(endpoint) };
        return S3Settings.IsRegion(settings.Region) ? settings : throw new ConfigurationException($"the region {settings.Region} is not a name such as eu-central-1");
    }

    private static string Agent(string text) => FetchOptions.IsUserAgent(text)
        ? text : throw new ConfigurationException("--user-agent begins with the crawler's name in letters and has no line breaks, such as 'MyCrawler/1.0 (+https://example.org/crawler)'");

    private static T AtLeast<T>(string option, T value, T least, T most) where T : IComparable<T> =>
        value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0 ? value : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{option} must be from {least} to {most}"));

    private static long Bytes(string option, string text)
    {
        int shift = text.Length > 0 ? char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 } : 0;
        return long.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number is > 0 and < 1L << 33
            ? number << shift : throw new ConfigurationException($"{option} {text}: expected a number of bytes such as 800000, 500k, 20M or 1G");
    }
}
