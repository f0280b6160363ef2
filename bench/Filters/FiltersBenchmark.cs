using System.Globalization;
using System.Text;

namespace DataPipeline.Bench.Filters;

/// <summary>The published quality filters, alone and in chains, against the figures on record of datatrove.</summary>
internal sealed class FiltersBenchmark : Benchmark
{
    private const int PageBytes = 4000;

    // MB/s of datatrove on one core over 50 MB of English technical text, whitespace words; and the targets, in MB/s.
    private static readonly (string Name, string Stages, double? Datatrove, double? Target)[] Rows =
    [
        ("Gopher quality", "quality", 6.7, 300),
        ("Gopher repetition", "repetition", 2.2, 100),
        ("C4", "c4", 12.5, 250),
        ("FineWeb", "fineweb", 46, 400),
        ("the four together, sharing the view", "repetition,quality,c4,fineweb", null, null),
        ("language", "language", null, null),
        ("PII, ten kinds", "pii", null, null),
        ("FineWeb chain, as pipelines/recipes/fineweb.yaml: language, the four, e-mail and IP addresses", "language,repetition,quality,c4,fineweb,fineweb_pii", null, 40),
        ("the same with ten kinds of PII", "language,repetition,quality,c4,fineweb,pii", null, null),
    ];

    public override string Name => "filters";

    public override string Summary =>
        "Pages of about 4 kB cut from books and articles at line ends; one thread. A run makes a document of each text and asks every filter of the row, the next one also after a drop, "
        + "so words, lines and hashes are found anew in each run and shared within a row. MB are UTF-8, by processor time. Words by white space (ws) and in the manner of UAX 29 (script, "
        + "the default). datatrove (Python) could not be installed here: its column holds figures on record, taken on one core over 50 MB of English technical text with whitespace "
        + "words, and is no contest on the same bytes.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        foreach (string kind in (string[])["en", "zh", "mixed"])
        {
            string file = Path.Combine(settings.Scratch, kind + ".jsonl");
            long bytes = Corpora.WriteJsonLines(file, Documents(kind, settings).SelectMany(Pages));
            yield return Table(kind, file, bytes, settings);
        }
    }

    private static Section Table(string kind, string file, long bytes, BenchSettings settings)
    {
        int missed = 0;
        string[] rules = kind == "zh" ? ["script"] : ["whitespace", "script"];
        StringBuilder table = new(string.Create(CultureInfo.InvariantCulture, $"### {kind}\n\n{bytes:N0} bytes, median of {settings.Rounds} runs.\n\n"));
        table.AppendLine($"| filters | {string.Join(" | ", rules.Select(rule => $"MB/s, {rule} words"))} | datatrove on record | times | target MB/s |");
        table.AppendLine($"|---|{string.Concat(rules.Select(_ => "---|"))}---|---|---|");
        foreach ((string name, string stages, double? datatrove, double? target) in Rows)
        {
            // Processor time is counted in hundredths of a second: a run goes over the pages often enough.
            int passes = settings.Quick ? 1 : (int)Math.Ceiling(64e6 / bytes);
            double[] rates = [.. rules.Select(rule => new Contest($"{kind}, {name}, {rule}", bytes)
                .Ours<FilterSide>("DataPipeline", file, stages, rule, kind == "zh" ? "chinese" : "english", passes.ToString(CultureInfo.InvariantCulture)).Run(settings.Rounds).Sides[0])
                .Select(side => passes * bytes / 1e6 / side.Runs.Select(run => Math.Max(run.ProcessorSeconds, 0.01)).Order().ElementAt(side.Runs.Count / 2))];
            // Promised for English; elsewhere documents are of other lengths in UTF-8 for the same number of characters.
            bool promised = kind == "en" && target is not null;
            missed += promised && rates[0] < target ? 1 : 0;
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", rates.Select(rate => rate.ToString("F0", CultureInfo.InvariantCulture)))} |");
            table.Append(CultureInfo.InvariantCulture, $" {(kind == "en" ? datatrove : null)} | {(kind == "en" && datatrove is { } theirs ? (rates[0] / theirs).ToString("F0", CultureInfo.InvariantCulture) : "")} |");
            table.AppendLine(promised ? string.Create(CultureInfo.InvariantCulture, $" {target}: {(rates[0] >= target ? "met" : "missed")} |") : " |");
        }
        return new Section(table.ToString(), missed);
    }

    // Mixed: one page of each in turn.
    private static IEnumerable<byte[]> Documents(string kind, BenchSettings settings)
    {
        long bytes = settings.Quick ? 100_000 : 8_000_000;
        if (kind != "mixed")
            return settings.Corpora.Read(kind, bytes);
        byte[][][] all = [.. new[] { "en", "zh", "code" }.Select(one => settings.Corpora.Read(one, bytes / 2).SelectMany(Pages).ToArray())];
        return Enumerable.Range(0, all.Min(pages => pages.Length)).SelectMany(i => all.Select(pages => pages[i]));
    }

    private static IEnumerable<byte[]> Pages(byte[] document)
    {
        for (int start = 0; start < document.Length;)
        {
            int from = Math.Min(document.Length, start + PageBytes), line = document.AsSpan(from).IndexOf((byte)'\n');
            int end = line < 0 ? document.Length : from + line + 1;
            byte[] page = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(document.AsSpan(start..end)).ReplaceLineEndings("\n").Trim());
            if (page.Length > 0)
                yield return page;
            start = end;
        }
    }
}
