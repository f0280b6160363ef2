using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Dedup.SimHash;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Dedup;

public class BandingTests
{
    /// <summary>Pairs planted at a known Jaccard similarity are candidates as often as 1 - (1 - s^rows)^bands says, within four standard errors.</summary>
    [Theory]
    [InlineData(SchemeName.Fast, 14, 8)]
    [InlineData(SchemeName.Datatrove, 14, 8)]
    [InlineData(SchemeName.Fast, 20, 5)]
    [InlineData(SchemeName.Fast, 9, 13)]
    public void Sign_PlantedPairs_FollowTheSCurve(SchemeName scheme, int bands, int rows)
    {
        const int Pairs = 600, Union = 200;
        var kind = new MinHashDedup(shingleWords: 1, bands: bands, rows: rows, scheme: scheme);
        foreach (int percent in (int[])[50, 60, 70, 80, 90, 95])
        {
            int common = Union * percent / 100, alone = (Union - common) / 2, found = 0;
            for (int pair = 0; pair < Pairs; pair++)
            {
                // Words of letters: numbers would all be 0 in datatrove's form.
                string[] words = [.. Enumerable.Range(0, Union).Select(i => Word(new Seed((ulong)pair).Number((ulong)(percent * Union + i))))];
                Signature a = kind.Sign(Golden.Document(string.Join(' ', words[..(common + alone)]))), b = kind.Sign(Golden.Document(string.Join(' ', [.. words[..common], .. words[(common + alone)..]])));
                found += a.Keys.Intersect(b.Keys).Any() ? 1 : 0;
            }
            double expected = 1 - Math.Pow(1 - Math.Pow(percent / 100.0, rows), bands), error = Math.Sqrt(expected * (1 - expected) / Pairs);
            Assert.True(Math.Abs(found / (double)Pairs - expected) <= 4 * error + 2.0 / Pairs, $"{scheme} {bands}x{rows} at {percent} %: {found} of {Pairs}, expected {expected:P1}");
        }
    }

    /// <summary>The defaults on a public set with known pairs: recall and precision of both are 1.</summary>
    [SharedTheory("data/neardup")]
    [InlineData("articles_100")]
    [InlineData("articles_1000")]
    public void Execute_DefaultsOnPlagiarisedNews_FindThePairsAndNoOther(string set)
    {
        string folder = SharedData.PathOf("data/neardup/mccormick");
        string[][] articles = [.. File.ReadLines(Path.Combine(folder, $"{set}.train")).Select(line => line.Split(' ', 2))];
        string[] truth = [.. File.ReadLines(Path.Combine(folder, $"{set}.truth")).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal)];
        using var run = new DedupRun(("news", [[.. articles.Select((article, i) => new Document(new Origin("n", i), article[1]))]]));
        foreach (string kind in (string[])["minhash", "simhash"])
        {
            run.Execute($"{{ kinds: [{kind}] }}", kind);
            string IdOf(string id) => articles[int.Parse(id[(id.IndexOf('#') + 1)..])][0];
            Assert.Equal(truth, RemovedLedger.All(new DataPipeline.Runs.RunFolder(run.Folder(kind))).Select(row => string.Join(' ', new[] { IdOf(row.Id), IdOf(row.Survivor) }.Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Sign_CharacterShingles_FindChineseCopiesWithOtherPunctuation()
    {
        var kind = new MinHashDedup(shingleWords: 4, unit: ShingleUnit.Character);
        string text = string.Concat(Enumerable.Range(0, 300).Select(i => (char)(0x4E00 + (int)new Seed(1).Below(2000, (ulong)i))));
        string copy = string.Concat(text.Chunk(20).Select(chunk => new string(chunk) + "，")).Replace("，", "");
        Assert.Equal(kind.Sign(Golden.Document(text)).Keys, kind.Sign(Golden.Document(copy)).Keys);
        Assert.NotEmpty(kind.Sign(Golden.Document(text)).Keys.Intersect(kind.Sign(Golden.Document(text[..298] + "他们")).Keys));
        Assert.Empty(kind.Sign(Golden.Document("。，！")).Keys);
        Assert.Equal(kind.Sign(Golden.Document("Ab  c-D!")).Keys, kind.Sign(Golden.Document("ab c d")).Keys);
        Assert.NotEqual(kind.Sign(Golden.Document("ab c d")).Keys, kind.Sign(Golden.Document("abc d")).Keys);
        Assert.Throws<ArgumentException>(() => new MinHashDedup(unit: ShingleUnit.Character, scheme: SchemeName.Datatrove));
        Assert.Throws<ArgumentException>(() => new MinHashDedup(verifyExact: true));
    }

    private static string Word(ulong number)
    {
        var word = new char[12];
        for (int i = 0; i < word.Length; i++, number /= 26)
            word[i] = (char)('a' + (int)(number % 26));
        return new string(word);
    }
}
