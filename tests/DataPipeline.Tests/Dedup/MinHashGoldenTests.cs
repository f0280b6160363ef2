using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Dedup;

/// <summary>Signatures, candidate pairs and clusters made with datatrove (../shared/golden/minhash; its README says how).</summary>
public class MinHashGoldenTests
{
    [SharedTheory("golden")]
    [InlineData("xx64_14x8_5g_ws", 5, 14, 8, SchemeName.Datatrove)]
    [InlineData("xx32_14x8_5g_ws", 5, 14, 8, SchemeName.Datatrove32)]
    [InlineData("sha64_14x8_5g_ws", 5, 14, 8, SchemeName.DatatroveSha1)]
    [InlineData("xx64_20x5_5g_ws", 5, 20, 5, SchemeName.Datatrove)]
    [InlineData("xx64_9x13_13g_ws", 13, 9, 13, SchemeName.Datatrove)]
    [InlineData("xx64_14x8_5g_spacy", 5, 14, 8, SchemeName.Datatrove, DatatroveRule.English)]
    public void Sign_GoldenDocuments_SignaturesAndClustersAreDatatroves(string set, int words, int bands, int rows, SchemeName scheme, DatatroveRule rule = DatatroveRule.Whitespace)
    {
        var kind = new MinHashDedup(words, bands: bands, rows: rows, scheme: scheme, datatroveWords: rule);
        string[] ids = [.. Lines("docs.jsonl").Select(line => line.GetProperty("id").GetString()!)];
        Document[] documents = [.. Lines("docs.jsonl").Select(line => Golden.Document(line.GetProperty("text").GetString()!))];
        JsonElement[] expected = [.. Lines($"{set}.jsonl")];
        Assert.Equal(ids, expected.Select(line => line.GetProperty("id").GetString()));
        for (int i = 0; i < documents.Length; i++)
        {
            JsonElement signature = expected[i].GetProperty("signature");
            ulong[] values = signature.ValueKind == JsonValueKind.Null ? []
                : [.. signature.EnumerateArray().SelectMany(band => band.EnumerateArray()).Select(value => value.GetUInt64())];
            Assert.Equal(values, kind.Minima(documents[i].View));
            ulong[] shingles = [.. kind.Shingles(documents[i].View)];
            Assert.Equal(
                (expected[i].GetProperty("n_shingles").GetInt32(), expected[i].GetProperty("n_distinct_shingles").GetInt32()),
                (shingles.Length, shingles.Distinct().Count()));
        }

        List<int>[] groups = [.. documents.SelectMany((document, i) => kind.Sign(document).Keys.Select(key => (key, i)))
            .GroupBy(pair => pair.key, pair => pair.i).Select(group => group.ToList()).Where(group => group.Count > 1)];
        // Datatrove pairs a document with the one before it in its band's bucket; the groups hold those pairs and the ones they imply.
        var pairs = groups.SelectMany(group => group.Zip(group.Skip(1))).Select(pair => (ids[pair.First], ids[pair.Second])).ToHashSet();
        Assert.Equal(
            Lines($"{set}.pairs.jsonl").Select(line => (line.GetProperty("a").GetString()!, line.GetProperty("b").GetString()!)).Order(), pairs.Order());

        var clusters = new Clusters(ids.Length);
        foreach (List<int> group in groups)
            clusters.Join(group);
        clusters.Choose(0);
        IEnumerable<IGrouping<int, int>> ours = Enumerable.Range(0, ids.Length).GroupBy(i => clusters.RemovedBy(i)?.Survivor ?? i);
        Assert.Equal(
            expected.Select((line, i) => (Cluster: line.GetProperty("cluster_id").GetInt32(), i)).GroupBy(pair => pair.Cluster < 0 ? ~pair.i : pair.Cluster, pair => pair.i)
                .Select(cluster => string.Join(' ', cluster)),
            ours.Select(cluster => string.Join(' ', cluster)));
        Assert.Equal(expected.Count(line => line.GetProperty("keep").GetBoolean()), ours.Count());
        // Which of a cluster datatrove keeps is the root of its union-find, decided by the order of unions; here it is the first.
        Assert.All(ours, cluster => Assert.Null(clusters.RemovedBy(cluster.Min())));
        Assert.Contains(ours, cluster => !expected[cluster.Min()].GetProperty("keep").GetBoolean());
    }

    [SharedFact("golden")]
    public void Parameters_SeedOne_AreThoseOfNumpy()
    {
        JsonElement expected = Lines("xx64_14x8_5g_ws.params.json", whole: true).Single();
        (ulong[] a, ulong[] b) = new DatatroveFunctions(112, seed: 1).Parameters;
        Assert.Equal(expected.GetProperty("a").EnumerateArray().Select(value => value.GetUInt64()), a);
        Assert.Equal(expected.GetProperty("b").EnumerateArray().Select(value => value.GetUInt64()), b);
    }

    [SharedFact("golden")]
    public void Simplify_GoldenDocuments_IsDatatroves()
    {
        Dictionary<string, string> texts = Golden.Texts();
        foreach (JsonElement line in Golden.Lines("simplify_text.jsonl"))
            Assert.Equal(line.GetProperty("out").GetString(), DatatroveText.Simplify(texts[line.GetProperty("id").GetString()!]));
    }

    [Theory]
    [InlineData("i cannot dont im ima theyllve wed gonna", "i can not do nt i m i m a they ll ve we d gon na")]
    [InlineData("well its hell were ill shell lets want recant", "well its hell were ill shell lets want recant")]
    [InlineData("0km 0 km a0mb 0xkm 0 00", "0 km 0 km a0 mb 0xkm 0 00")]
    [InlineData("中文 0km", "中文 0 km")]
    [InlineData("", "")]
    public void Cut_EnglishWords_PartsContractionsAndUnits(string simple, string words) => Assert.Equal(words, EnglishWords.Cut(simple));

    private static IEnumerable<JsonElement> Lines(string file, bool whole = false)
    {
        string path = Golden.Path("golden", "minhash", file);
        return whole ? [JsonDocument.Parse(File.ReadAllText(path)).RootElement] : File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement);
    }
}
