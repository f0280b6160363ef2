using DataPipeline.Core;
using DataPipeline.Ingest.Remote;
using DataPipeline.Runs;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary>What <c>datapipeline fetch</c> is to bring.</summary>
/// <param name="Output">Folder of the files.</param>
/// <param name="Addresses">What is named one by one, prefixes of S3 among them.</param>
/// <param name="Crawl">Or a crawl.</param>
/// <param name="Files">Files of the crawl.</param>
/// <param name="Seed">Chooses them; null for the first ones.</param>
/// <param name="AsWarc">Pages into web archives.</param>
internal sealed record FetchTask(string Output, IReadOnlyList<FetchAddress> Addresses, CommonCrawl? Crawl, int Files, Seed? Seed, bool AsWarc)
{
    public async Task<FetchResult> RunAsync(Fetcher fetcher, CancellationToken cancel)
    {
        IReadOnlyList<FetchAddress> wanted;
        if (Crawl is null)
        {
            wanted = await fetcher.ExpandAsync(Addresses, cancel).ConfigureAwait(false);
        }
        else
        {
            IReadOnlyList<FetchItem> list = fetcher.Plan([Crawl.List]);
            FetchResult listed = await fetcher.FetchAsync(list, cancel).ConfigureAwait(false);
            if (listed.Failed.Count > 0)
                throw new InputException($"{listed.Failed[0].Url}: {listed.Failed[0].Detail}\nSee that the crawl is one of https://index.commoncrawl.org and that the server can be reached.");
            wanted = Crawl.Choose(Path.Combine(Output, list[0].Name), Files, Seed);
        }
        FetchResult result = AsWarc ? await fetcher.ArchiveAsync(wanted, LocalExecutor.Version, cancel).ConfigureAwait(false) : await fetcher.FetchAsync(fetcher.Plan(wanted), cancel).ConfigureAwait(false);
        fetcher.Finish(LocalExecutor.Version, result.Failed);
        return result;
    }
}

/// <summary>How far a fetch is, as runs show it.</summary>
internal sealed class FetchLines(ConsoleObserver console) : FetchProgress
{
    protected override void Started(int files, int there) =>
        console.Begin("fetch", "B", 0, 0, $"{files:N0} {(files == 1 ? "file" : "files")}{(there > 0 ? $", {there:N0} there already" : "")}");

    protected override void Expect(long bytes) => console.Expect(bytes);

    protected override void Advance(long bytes) => console.Advance(bytes);

    protected override void Have(long bytes) => console.Have(bytes);

    protected override void Said(string name, string? failure, int done, int files)
    {
        if (failure is not null)
            console.Say($"fetch: {name}: {failure} ({done:N0} of {files:N0})");
    }
}

/// <summary>The table at the end of a fetch.</summary>
internal static class FetchReport
{
    private const int MostFailures = 20;

    public static void Write(string folder, FetchResult result)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        var table = new Table { Border = TableBorder.Minimal };
        table.AddColumn("");
        table.AddColumn(new TableColumn("files") { Alignment = Justify.Right });
        table.AddColumn(new TableColumn("bytes") { Alignment = Justify.Right });
        table.AddRow("there already", result.There.ToString("N0"), "");
        table.AddRow("fetched", result.Fetched.ToString("N0"), result.Bytes.ToString("N0"));
        foreach (IGrouping<string, FailedFile> reason in result.Failed.GroupBy(failed => failed.Reason).OrderBy(group => group.Key, StringComparer.Ordinal))
            table.AddRow(Markup.Escape($"failed: {reason.Key}"), reason.Count().ToString("N0"), "");
        console.Write(table);
        foreach (FailedFile failed in result.Failed.Take(MostFailures))
            Console.WriteLine($"{failed.Url}: {failed.Reason}: {failed.Detail}");
        if (result.Failed.Count > MostFailures)
            Console.WriteLine($"... and {result.Failed.Count - MostFailures:N0} more");
        Console.WriteLine($"{folder}: the files; {Path.Combine(folder, FetchManifest.FileName)}: their addresses, sizes and checksums{(result.Failed.Count > 0 ? ", and what failed; the same command tries that again" : "")}");
    }
}
