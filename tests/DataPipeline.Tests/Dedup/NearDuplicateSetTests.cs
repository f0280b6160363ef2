using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Dedup;

/// <summary>Public sets with known near-duplicates (../shared/data/neardup).</summary>
public class NearDuplicateSetTests
{
    [SharedTheory("golden")]
    [InlineData("articles_100", 5)]
    [InlineData("articles_1000", 10)]
    public void Sign_NewsArticles_FindsThePlagiarisedPairsAndNoOther(string set, int pairs)
    {
        string folder = Golden.Path("data", "neardup", "mccormick");
        var articles = File.ReadLines(Path.Combine(folder, $"{set}.train")).Select(line => line.Split(' ', 2)).ToDictionary(line => line[0], line => line[1]);
        var truth = File.ReadLines(Path.Combine(folder, $"{set}.truth")).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))).ToHashSet();
        // The articles were edited lightly all over: shingles of three words, and more and wider bands, as their author used.
        var kind = new MinHashDedup(shingleWords: 3, bands: 20, rows: 5);
        var found = articles.SelectMany(article => kind.Sign(Golden.Document(article.Value)).Keys.Select(key => (key, article.Key)))
            .GroupBy(pair => pair.key, pair => pair.Key).Where(group => group.Count() > 1)
            .Select(group => string.Join(' ', group.Order(StringComparer.Ordinal))).ToHashSet();
        Assert.Equal(pairs, truth.Count);
        Assert.Equal(truth.Order(), found.Order());
    }

    [SharedFact("golden")]
    public void Choose_BookEditions_EachBookIsACluster()
    {
        string[] files = [.. Directory.EnumerateFiles(Golden.Path("data", "neardup", "gutenberg-editions"), "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        var kind = new MinHashDedup();
        var clusters = new Clusters(files.Length);
        foreach (IGrouping<UInt128, int> group in files.SelectMany((file, i) => kind.Sign(Golden.Document(File.ReadAllText(file))).Keys.Select(key => (key, i))).GroupBy(pair => pair.key, pair => pair.i))
            clusters.Join([.. group.Order()]);
        clusters.Choose(0);
        string[] found = [.. Enumerable.Range(0, files.Length).GroupBy(i => clusters.RemovedBy(i)?.Survivor ?? i)
            .Select(cluster => string.Join(' ', cluster.Select(i => $"{Path.GetFileName(Path.GetDirectoryName(files[i]))}/{Path.GetFileName(files[i])}")))];
        string[] mixed = [.. found.Where(cluster => cluster.Split(' ').Select(name => name.Split('/')[0]).Distinct().Count() > 1)];
        Assert.Empty(mixed);
        // The two of Alice have a Jaccard similarity of 0.66, which 14 x 8 finds in 43 of 100 choices of hash functions, this one among them; all others are above 0.7.
        Assert.Equal(9, found.Length);
        Assert.Contains("1342/1342-0.txt 1342/pandp10.txt 1342/pandp11.txt 1342/pandp12.txt", found);
    }
}
