using System.Globalization;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Runs;
using DataPipeline.Tests.Docs;

namespace DataPipeline.Tests.Dedup;

/// <summary>The table of precision and recall in docs/dedup.md, computed again from the public sets (../shared/data/neardup).</summary>
public class TruthSetTests
{
    private static readonly string[] Kinds = ["minhash", "minhash: { bands: 20, rows: 5 }", "simhash"];

    [SharedFact("data/neardup")]
    public void Page_PrecisionAndRecall_AreThoseOfTheDefaults()
    {
        string[] expected = [.. Markdown.Read(Path.Combine("docs", "dedup.md")).Split('\n').SkipWhile(line => !line.StartsWith("| set |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))];
        // The smaller set of articles is part of the larger one.
        Set[][] corpora = [[News("articles_100", "McCormick, 100")], [News("articles_1000", "McCormick, 1000"), Editions(), Licences(), Demo()]];
        string[] rows = [.. from corpus in corpora
            let clusters = Kinds.Select(kind => Clusters(corpus, kind)).ToArray()
            from set in corpus.Index() from kind in Kinds.Index() select Row(corpus, set.Index, kind.Item, clusters[kind.Index])];
        Assert.Equal(string.Join('\n', expected), string.Join('\n', rows));
    }

    private static string Row(Set[] corpus, int index, string kind, int[] cluster)
    {
        Set set = corpus[index];
        int first = corpus[..index].Sum(other => other.Texts.Length);
        // A pair with a document of another set is wrong for both.
        var found = (from same in cluster.Index().GroupBy(document => document.Item, document => document.Index - first)
            from a in same from b in same where a < b && (IsOf(a) || IsOf(b)) select (a, b)).ToHashSet();
        bool IsOf(int document) => document >= 0 && document < set.Texts.Length;
        int right = found.Count(set.Pairs.Contains);
        string Share(int of, int all) => all == 0 ? "-" : ((double)of / all).ToString("0.00", CultureInfo.InvariantCulture);
        return $"| {set.Name} | {set.Texts.Length} | {set.Pairs.Count} | `{kind}` | {found.Count} | {Share(right, found.Count)} | {Share(right, set.Pairs.Count)} |";
    }

    /// <summary>The survivor of each document.</summary>
    private static int[] Clusters(Set[] corpus, string kind)
    {
        string[] texts = [.. corpus.SelectMany(set => set.Texts)];
        using var run = new DedupRun(("set", [[.. texts.Select((text, i) => new Document(new Origin("f", i), text))]]));
        run.Execute($"{{ kinds: [{kind}] }}");
        int[] cluster = [.. Enumerable.Range(0, texts.Length)];
        foreach (Removal removal in RemovedLedger.All(new RunFolder(run.Folder())))
            cluster[Record(removal.Id)] = Record(removal.Survivor);
        return cluster;
    }

    private static int Record(string id) => int.Parse(id[(id.IndexOf('#') + 1)..], CultureInfo.InvariantCulture);

    private static Set News(string file, string name)
    {
        string folder = SharedData.PathOf("data/neardup/mccormick");
        string[][] articles = [.. File.ReadLines(Path.Combine(folder, $"{file}.train")).Select(line => line.Split(' ', 2))];
        Dictionary<string, int> places = articles.Index().ToDictionary(article => article.Item[0], article => article.Index);
        return new Set(name, [.. articles.Select(article => article[1])], [.. File.ReadLines(Path.Combine(folder, $"{file}.truth"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(pair => Ordered(places[pair[0]], places[pair[1]]))]);
    }

    /// <summary>Editions of a book, the first 120,000 bytes of each: all of a book are one cluster.</summary>
    private static Set Editions()
    {
        string[] files = [.. Directory.EnumerateFiles(SharedData.PathOf("data/neardup/gutenberg-editions"), "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return new Set("Gutenberg editions", [.. files.Select(File.ReadAllText)],
            [.. from a in files.Index() from b in files.Index() where a.Index < b.Index && Path.GetDirectoryName(a.Item) == Path.GetDirectoryName(b.Item) select (a.Index, b.Index)]);
    }

    /// <summary>A course's fixture: two copies of the MIT licence with other names, and another licence.</summary>
    private static Set Licences()
    {
        string[] files = [.. Directory.EnumerateFiles(SharedData.PathOf("data/neardup/cs336-a4/documents_with_fuzzy_duplicates")).Order(StringComparer.Ordinal)];
        return new Set("CS336 licences", [.. files.Select(File.ReadAllText)], [(1, 2)]);
    }

    /// <summary>Data-juicer's demonstration, its pairs told by eye: two sentences, a paper's first line, four copies of a news page, two of a Chinese document.</summary>
    private static Set Demo() => new("data-juicer demo",
        [.. File.ReadLines(SharedData.PathOf("data/neardup/data-juicer/demo-dataset-deduplication.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)],
        [(0, 5), (6, 11), (7, 8), (7, 9), (7, 10), (8, 9), (8, 10), (9, 10), (12, 13)]);

    private static (int, int) Ordered(int a, int b) => a < b ? (a, b) : (b, a);

    private sealed record Set(string Name, string[] Texts, HashSet<(int, int)> Pairs);
}
