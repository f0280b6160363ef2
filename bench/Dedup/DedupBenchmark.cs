using System.Globalization;
using System.Text;

namespace DataPipeline.Bench.Dedup;

/// <summary>MinHash signatures on one thread, and whole runs of <c>datapipeline dedup</c> on a generated corpus.</summary>
internal sealed class DedupBenchmark : Benchmark
{
    // MB/s on one core: signatures 14 x 8, five words, over 50 MB of English technical text; stage 1 of a run on 4 TB.
    private const double DatatroveSignatures = 3.25, DatatroveStage1 = 0.78;

    public override string Name => "dedup";

    public override string Summary =>
        "Signatures: 14 bands of 8 rows, shingles of five words, one thread, by processor time, keys of the bands included. Runs: JSON lines in, kept.jsonl and removed.jsonl out, a process "
        + "of its own, all four stages (keys, groups, clusters, survivors) with reading and writing; generated documents of 2,500 bytes, 30 % of them near-duplicates. datatrove (Python) "
        + "could not be installed here: its figures are on record (signatures 3.0 to 3.5 MB/s on one core; stage 1 of a run on 4 TB 0.78 MB/s a task).";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        yield return Signatures(settings);
        yield return Scale(settings);
        yield return Substring(settings);
    }

    private static Section Signatures(BenchSettings settings)
    {
        StringBuilder table = new("### MinHash signatures\n\n| scheme | text | MB/s a core | datatrove on record | times | target |\n|---|---|---|---|---|---|\n");
        int missed = 0;
        foreach (string kind in (string[])["en", "zh"])
        {
            string file = Path.Combine(settings.Scratch, $"sign-{kind}.jsonl");
            long bytes = Corpora.WriteJsonLines(file, settings.Corpora.Read(kind, settings.Quick ? 1_000_000 : 16_000_000));
            int passes = (int)Math.Ceiling((settings.Quick ? 8e6 : 64e6) / bytes);
            foreach (string scheme in (string[])["Fast", "Datatrove", "Datatrove32", "DatatroveSha1"])
            {
                SideResult side = new Contest($"{kind}, {scheme}", bytes).Ours<SignatureSide>("DataPipeline", file, scheme, passes.ToString(CultureInfo.InvariantCulture)).Run(settings.Rounds).Sides[0];
                double rate = passes * bytes / 1e6 / Math.Max(side.ProcessorMedian, 0.01);
                double? target = kind == "en" && (scheme is "Fast" or "Datatrove") ? 50 : null;
                missed += target is { } times && rate / DatatroveSignatures < times ? 1 : 0;
                table.AppendLine(CultureInfo.InvariantCulture, $"| {scheme} | {kind} | {rate:F0} | {(kind == "en" ? DatatroveSignatures : null)} | {(kind == "en" ? (rate / DatatroveSignatures).ToString("F0", CultureInfo.InvariantCulture) : "")} | {(target is null ? "" : rate / DatatroveSignatures >= target ? $"{target}: met" : $"{target}: missed")} |");
            }
        }
        return new Section(table.ToString(), missed);
    }

    private static Section Scale(BenchSettings settings)
    {
        long[] sizes = settings.Quick ? [20_000_000, 200_000_000] : [500_000_000, 5_000_000_000];
        StringBuilder table = new("### MinHash at scale\n\n| text | documents | memory setting | wall s | MB/s | processor s | peak MB |\n|---|---|---|---|---|---|---|\n");
        var corpus = new GeneratedCorpus(7);
        var bounded = new List<DedupProcess>();
        DedupProcess? unbounded = null;
        foreach (long bytes in sizes)
        {
            string file = Path.Combine(settings.Scratch, "scale.jsonl"), output = Path.Combine(settings.Scratch, "scale");
            long documents = corpus.Write(file, bytes);
            bounded.Add(DedupProcess.Run(Root(), file, "minhash", "memory: 256\n", output));
            Row(table, bytes, documents, "256 MB", bounded[^1]);
            if (bytes == sizes[^1])
            {
                unbounded = DedupProcess.Run(Root(), file, "minhash", "memory: 100000\n", output);
                Row(table, bytes, documents, "100,000 MB", unbounded);
            }
            File.Delete(file);
        }
        double growth = bounded[1].Seconds / bounded[0].Seconds / ((double)sizes[1] / sizes[0]), peak = bounded[1].PeakBytes / 1e6, whole = sizes[1] / 1e6 / bounded[1].ProcessorSeconds;
        (string Claim, bool Met)[] claims =
        [
            (string.Create(CultureInfo.InvariantCulture, $"peak memory {peak:F0} MB, target 2,000"), peak < 2000),
            ("the same documents removed with the larger memory", bounded[1].Digest == unbounded!.Digest),
            (string.Create(CultureInfo.InvariantCulture, $"time grows {growth:F2} times as much as the text, target 1.10"), growth <= 1.10),
            (string.Create(CultureInfo.InvariantCulture, $"the whole run takes a processor second for {whole:F1} MB, {whole / DatatroveStage1:F0} times datatrove's stage 1 on record, target 30"), whole / DatatroveStage1 >= 30),
        ];
        return Claims(table, claims);
    }

    private static Section Substring(BenchSettings settings)
    {
        long bytes = settings.Quick ? 20_000_000 : 1_000_000_000;
        StringBuilder table = new("### Exact substrings of 100 bytes\n\n| text | documents | memory setting | wall s | MB/s | processor s | peak MB |\n|---|---|---|---|---|---|---|\n");
        string file = Path.Combine(settings.Scratch, "substring.jsonl");
        long documents = new GeneratedCorpus(8, copiesInHundred: 10).Write(file, bytes);
        DedupProcess run = DedupProcess.Run(Root(), file, "substring", "memory: 1024\n", Path.Combine(settings.Scratch, "substring"));
        Row(table, bytes, documents, "1,024 MB", run);
        File.Delete(file);
        return Claims(table, [(string.Create(CultureInfo.InvariantCulture, $"peak memory {run.PeakBytes / 1e6:F0} MB, target 6,000"), run.PeakBytes < 6_000_000_000)]);
    }

    private static Section Claims(StringBuilder table, (string Claim, bool Met)[] claims)
    {
        table.AppendLine();
        foreach ((string claim, bool met) in claims)
            table.AppendLine(CultureInfo.InvariantCulture, $"- {(met ? "met" : "missed")}: {claim}");
        return new Section(table.ToString(), claims.Count(claim => !claim.Met));
    }

    private static void Row(StringBuilder table, long bytes, long documents, string memory, DedupProcess run) => table.AppendLine(CultureInfo.InvariantCulture,
        $"| {bytes / 1e9:G3} GB | {documents:N0} | {memory} | {run.Seconds:F1} | {bytes / 1e6 / run.Seconds:F1} | {run.ProcessorSeconds:F1} | {run.PeakBytes / 1e6:F0} |");

    private static string Root()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "DataPipeline.sln")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no DataPipeline.sln above the program");
        return root;
    }
}
