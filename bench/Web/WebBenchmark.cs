using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace DataPipeline.Bench.Web;

/// <summary>From web archives to clean text, on one thread.</summary>
internal sealed class WebBenchmark : Benchmark
{
    private static readonly string Root = FindRoot(AppContext.BaseDirectory);

    public override string Name => "web";

    public override string Summary =>
        "Real pages, UTF-8, as responses of a WARC file, a gzip member each; one thread. MB are bytes of HTML. Ours reads the archive, decodes, parses, extracts the main text and the facts "
        + "of every page. Readability 0.6.0 gets the pages as strings of JavaScript and is timed from the building of the DOM to its textContent; AngleSharp 1.10.3 parses strings and extracts nothing.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        byte[][] pages = [.. settings.Corpora.Read("html", settings.Quick ? 500_000 : 64_000_000)];
        // Peers with a DOM are slow: they and we get every eighth page.
        byte[][] some = settings.Quick ? pages : [.. pages.Where((_, i) => i % 8 == 3)];
        string peer = Path.Combine(AppContext.BaseDirectory, "peers", "readability.js"), npm = Path.Combine(Root, ".tools", "npm");
        (string archive, string lines, long bytes) = Write(settings, "some", some, 1);
        yield return Section.Of(new Contest("WARC.gz to text, an eighth of the pages", bytes)
            .Ours<ExtractionSide>("DataPipeline", archive, settings.Quick ? "0" : "4")
            .AgainstProgram("@mozilla/readability, linkedom 0.18.12", 20, "node", peer, npm, "linkedom", lines)
            .AgainstProgram("@mozilla/readability, jsdom 26.1.0", 20, "node", peer, npm, "jsdom", lines).Run(settings.Rounds));
        (archive, lines, bytes) = Write(settings, "all", pages, 1);
        yield return Section.Of(new Contest("WARC.gz to text, all pages", bytes)
            .Ours<ExtractionSide>("DataPipeline", archive, "0")
            .Against<AngleSharpSide>("AngleSharp 1.10.3, parsing alone", 1, lines).Run(settings.Rounds));
        yield return Section.Of(new Contest("Records of a WARC.gz", bytes)
            .Ours<RecordsSide>("DataPipeline, records", archive)
            .Against<InflateSide>("GZipStream (zlib), bytes alone", null, archive).Run(settings.Rounds));
        yield return Memory(settings, pages);
    }

    /// <summary>Peak memory over archives of growing size.</summary>
    private static Section Memory(BenchSettings settings, byte[][] pages)
    {
        StringBuilder table = new("### Peak memory by the size of the archive\n\n| HTML, MB | MB/s | peak MB |\n|---|---|---|\n");
        List<double> peaks = [];
        double slowest = double.MaxValue;
        long once = pages.Sum(page => (long)page.Length);
        foreach (long size in settings.Quick ? [once] : new[] { 100_000_000L, 1_000_000_000L })
        {
            (string archive, _, long bytes) = Write(settings, "memory", pages, (int)Math.Max(1, size / once));
            SideResult side = new Contest($"{bytes / 1e6:F0} MB", bytes).Ours<ExtractionSide>("DataPipeline", archive, "0").Run(1).Sides[0];
            double rate = bytes / 1e6 / Math.Max(0.01, side.ProcessorMedian);
            slowest = Math.Min(slowest, rate);
            peaks.Add(side.PeakBytes / 1e6);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {bytes / 1e6:F0} | {rate:F0} | {side.PeakBytes / 1e6:F0} |");
            File.Delete(archive);
        }
        bool flat = peaks[^1] <= peaks[0] * 1.25, fast = settings.Quick || slowest >= 60;
        table.AppendLine(CultureInfo.InvariantCulture, $"\n- {(flat ? "met" : "missed")}: the larger archive takes {peaks[^1] / peaks[0]:F2} times the memory of the smaller, target 1.25");
        table.AppendLine(CultureInfo.InvariantCulture, $"- {(fast ? "met" : "missed")}: {slowest:F0} MB of HTML a processor second, target 60");
        return new Section(table.ToString(), (flat ? 0 : 1) + (fast ? 0 : 1));
    }

    /// <summary>The pages as an archive, some times over, and once as JSON lines.</summary>
    private static (string Archive, string Lines, long Bytes) Write(BenchSettings settings, string name, byte[][] pages, int times)
    {
        string archive = Path.Combine(settings.Scratch, name + ".warc.gz"), lines = Path.Combine(settings.Scratch, name + ".jsonl");
        long bytes = Corpora.WriteJsonLines(lines, pages) * times;
        byte[][] members = [.. pages.Select((page, i) => Member(page, i))];
        using FileStream file = File.Create(archive);
        for (int round = 0; round < times; round++)
        {
            foreach (byte[] member in members)
                file.Write(member);
        }
        return (archive, lines, bytes);
    }

    private static byte[] Member(byte[] page, int number)
    {
        byte[] http = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"u8.ToArray();
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/{number}\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
                + $"Content-Type: application/http; msgtype=response\r\nContent-Length: {http.Length + page.Length}\r\n\r\n")));
            gzip.Write(http);
            gzip.Write(page);
            gzip.Write("\r\n\r\n"u8);
        }
        return member.ToArray();
    }

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "DataPipeline.sln"))
        ? folder : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no DataPipeline.sln above the program"));

    internal static string[] Texts(string jsonLines) => [.. File.ReadLines(jsonLines).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];
}
