using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Tests.Docs;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Dedup;

/// <summary>What other tools got wrong, or what surprises people, one test each.</summary>
public class TrapTests
{
    /// <summary>In datatrove's scheme a text with fewer words than a shingle has no signature and stays; in ours it is one shingle, so copies of it go.</summary>
    [Theory]
    [InlineData("datatrove", 3)]
    [InlineData("fast", 2)]
    public void Execute_TextsShorterThanAShingle_AreNotTakenForEachOther(string scheme, int kept)
    {
        using var run = new DedupRun(("a", [[Doc(0, "only four words here"), Doc(1, "only four words here"), Doc(2, "other four words here")]]));
        Assert.Equal(kept, DedupRun.Kept(run.Execute($"{{ kinds: [minhash: {{ scheme: {scheme} }}] }}")).Length);
    }

    /// <summary>A copy stays by rule, whatever the order in which groups were joined.</summary>
    [Fact]
    public void Execute_ChainOfNeighbours_TheFirstDocumentStays()
    {
        // Each text has three quarters of the one before: only neighbours are similar, and the first is found from the last by the chain alone.
        string[] words = MinHashTests.Words(900, new Seed(4), 100_000);
        using var run = new DedupRun(("a", [[.. Enumerable.Range(0, 6).Reverse().Select(i => Doc(i, string.Join(' ', words.AsSpan(i * 50, 600).ToArray())))]]));
        Assert.Equal(["a:f#5"], DedupRun.Kept(run.Execute("{ kinds: [minhash: { bands: 60, rows: 4 }] }")));
    }

    /// <summary>Three pairs share a prompt that is twenty times as long as their answers, a fourth is a copy of the first with a word changed in each.</summary>
    [Theory]
    [InlineData("exact", 4)]
    [InlineData("exact: { parts: [prompt] }", 2)]
    [InlineData("exact: { parts: [chosen] }", 2)]
    [InlineData("minhash: { bands: 30, rows: 4 }", 3)]
    [InlineData("minhash: { bands: 30, rows: 4, verify: 0.5 }", 3)]
    [InlineData("minhash: { bands: 30, rows: 4, verify: 0.5, verify_exact: true }", 3)]
    [InlineData("minhash: { bands: 30, rows: 4, scheme: datatrove }", 3)]
    [InlineData("minhash: { bands: 30, rows: 4, parts: [prompt] }", 1)]
    [InlineData("minhash: { bands: 30, rows: 4, parts: [prompt, chosen, rejected] }", 1)]
    [InlineData("minhash: { bands: 30, rows: 4, parts: [chosen, rejected] }", 3)]
    public void Execute_PairsThatShareAPrompt_GoOnlyWhenAsked(string kind, int kept)
    {
        string[] prompt = Letters(800, 1);
        Document Pair(int record, string[] prompt, string[] chosen, string[] rejected) => new(new Origin("f", record),
            [new Part("prompt:user", string.Join(' ', prompt)), new Part("chosen", string.Join(' ', chosen)), new Part("rejected", string.Join(' ', rejected))]);
        string[] changedPrompt = [.. prompt], changedAnswer = Letters(40, 3);
        (changedPrompt[400], changedAnswer[0]) = ("changed", "changed");
        using var run = new DedupRun(("pairs", [[Pair(0, prompt, Letters(20, 2), Letters(40, 3)), Pair(1, prompt, Letters(20, 2), Letters(40, 4)),
            Pair(2, prompt, Letters(20, 5), Letters(40, 6)), Pair(3, changedPrompt, Letters(20, 2), changedAnswer)]]));
        DataPipeline.Runs.Run done = run.Execute($"{{ kinds: [{kind}] }}");
        Assert.Equal(kept, DedupRun.Kept(done).Length);
        // Of the prompt 791 of 801 shingles are common, of the answers (60 words) 51 of 61.
        if (kind.Contains("verify_exact"))
            Assert.Equal(791.0 / 801 * (51.0 / 61), RemovedLedger.All(new DataPipeline.Runs.RunFolder(run.Folder())).Single().Similarity, 12);

        // Numbers would all be 0 in datatrove's form.
        static string[] Letters(int count, ulong seed) =>
            [.. Enumerable.Range(0, count).Select(i => string.Concat(new Seed(seed).Number((ulong)i).ToString(CultureInfo.InvariantCulture).Select(digit => (char)(digit + 'a' - '0'))))];
    }

    /// <summary>Words replaced at a rate: candidates are as many as the sum of 1 - (1 - s^rows)^bands over the pairs' own similarities, within four standard errors.</summary>
    [Theory]
    [InlineData(14, 8)]
    [InlineData(20, 5)]
    [InlineData(9, 13)]
    public void Sign_PlantedByEditRate_FollowsTheSCurve(int bands, int rows)
    {
        const int Pairs = 150;
        var kind = new MinHashDedup(bands: bands, rows: rows);
        foreach (double rate in (double[])[0.01, 0.02, 0.04, 0.06, 0.1])
        {
            double expected = 0, variance = 0;
            int found = 0;
            for (int pair = 0; pair < Pairs; pair++)
            {
                Seed seed = new Seed((ulong)pair).For($"{rate}");
                string[] words = MinHashTests.Words(300, seed, 100_000), edited = [.. words.Select((word, i) => seed.Fraction((ulong)(1000 + i)) < rate ? $"new{pair}x{i}" : word)];
                HashSet<string> a = Shingles(words), b = Shingles(edited);
                double likely = MinHashDedup.Found((double)a.Count(b.Contains) / a.Union(b).Count(), bands, rows);
                (expected, variance) = (expected + likely, variance + likely * (1 - likely));
                found += kind.Sign(Golden.Document(string.Join(' ', words))).Keys.Intersect(kind.Sign(Golden.Document(string.Join(' ', edited))).Keys).Any() ? 1 : 0;
            }
            Assert.True(Math.Abs(found - expected) <= 4 * Math.Sqrt(variance) + 1, $"{bands}x{rows} at an edit rate of {rate}: {found} of {Pairs}, expected {expected:F1}");
        }

        static HashSet<string> Shingles(string[] words) => [.. Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)]))];
    }

    /// <summary>The table of the reference, row by row.</summary>
    [SharedFact("reference/data-parameters.md")]
    public void Found_ReferenceTable_AgreesToTheFourthDigit() =>
        Assert.Equal(8 * 8, Check(File.ReadLines(SharedData.PathOf("reference/data-parameters.md")).Where(line => line.Contains('×'))));

    [Fact]
    public void Found_TableOfThePage_AgreesToTheFourthDigit() => Assert.Equal(8 * 8, Check(Markdown.Read(Path.Combine("docs", "dedup.md")).Split('\n')));

    private static int Check(IEnumerable<string> lines)
    {
        double[] similarities = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
        int count = 0;
        foreach (string[] cells in lines.Select(line => line.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Where(cells => cells.Length == 10))
        {
            if (cells[0].Split('×', 'x') is not [var bands, var rows] || !int.TryParse(bands, out int b) || !int.TryParse(rows, out int r))
                continue;
            for (int i = 0; i < similarities.Length; i++, count++)
                Assert.Equal(double.Parse(cells[i + 1], CultureInfo.InvariantCulture), MinHashDedup.Found(similarities[i], b, r), 1e-4);
            Assert.Equal(double.Parse(cells[9], CultureInfo.InvariantCulture), Math.Pow(1.0 / b, 1.0 / r), 5e-4);
        }
        return count;
    }

    /// <summary>A range that ends inside a letter with its mark, or inside an emoji of several code points, leaves the whole of it.</summary>
    [Theory]
    [InlineData("か\u3099", "か\u309A")]
    [InlineData("e\u0301", "e\u0300")]
    [InlineData("👩‍🚀", "👩‍🚒")]
    [InlineData("👍🏽", "👍🏿")]
    [InlineData("🇯🇵", "🇯🇲")]
    public void Execute_Substring_NeverPartsACharacterFromItsMarks(string one, string other)
    {
        string shared = string.Concat(Enumerable.Repeat("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏", 2));
        Assert.Equal($"1:{other}丁", LineDedupTests.Run("{ kinds: [substring: { min_words: 0, min_characters: 0 }] }", $"{shared}{one}乙", $"{shared}{other}丁")[1]);
    }

    /// <summary>The copy begins with a mark, which belongs to the letter before it.</summary>
    [Theory]
    [InlineData("\u3099")]
    [InlineData("\u0301")]
    [InlineData("🏽")]
    public void Execute_SubstringFromAMark_LeavesTheMark(string mark)
    {
        string shared = string.Concat(Enumerable.Repeat("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏", 2));
        Assert.Equal($"1:x{mark}丁", LineDedupTests.Run("{ kinds: [substring: { min_words: 0, min_characters: 0 }] }", $"a{mark}{shared}乙", $"x{mark}{shared}丁")[1]);
    }

    private static Document Doc(int record, string text) => new(new Origin("f", record), text);
}
