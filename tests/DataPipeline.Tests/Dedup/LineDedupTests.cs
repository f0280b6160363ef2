using System.Security.Cryptography;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.Pieces;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Dedup;

public class LineDedupTests
{
    [Theory]
    [InlineData("  Hello, WORLD 12\u0663! ", "hello, world 000!")]
    [InlineData("（注）：“引”１２", "注引00")]
    [InlineData("a\tb\u0007c\u0085", "abc")]
    [InlineData("…—", "")]
    public void Normal_Line_IsCcnets(string line, string normal) =>
        Assert.Equal(normal, LineDedup.Normal(line.AsSpan().Trim(), new char[100]).ToString());

    /// <summary>Keys that a Python script found on the samples, English and Chinese, and on lines of all that is uncommon.</summary>
    [Fact]
    public void Normal_LinesOfTheSamples_HaveTheKeysOfCcnet()
    {
        string tests = Path.Combine(Requirements.Root, "tests", "DataPipeline.Tests", "Dedup", "ccnet"), samples = Path.Combine(Requirements.Root, "samples");
        string[] files = [Path.Combine(tests, "lines.txt"), .. new[] { "books/heyan-zaji.txt", "books/the-keeper-of-the-small-light.txt", "dialogue/dialogues.jsonl", "README.md" }.Select(file => Path.Combine(samples, file))];
        string[] lines = [.. files.SelectMany(file => Encoding.UTF8.GetString(File.ReadAllBytes(file)).Split('\n'))];
        string[] keys = [.. lines.Select(line =>
        {
            string normal = LineDedup.Normal(line.AsSpan(TextView.Strip(line, new Slice(0, line.Length)).Start, TextView.Strip(line, new Slice(0, line.Length)).Length), new char[line.Length]).ToString();
#pragma warning disable CA5350 // CCNet's keys are SHA-1
            return normal.Length == 0 ? "-" : Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(normal))[..8]);
#pragma warning restore CA5350
        })];
        Assert.Equal(File.ReadAllLines(Path.Combine(tests, "keys.txt")).Zip(lines), keys.Zip(lines));
    }

    [Fact]
    public void Execute_Defaults_FirstCopyStaysInTheCorpus()
    {
        Assert.Equal(["0:menu 1\nnews of today\n\nfoot", "1:other news\n\nlast", "3:\n"], Run("{ kinds: [lines] }", "menu 1\nnews of today\n\nfoot", "MENU 2\nother news\n\nFoot\nlast", "foot\nMenu 3", "\n"));
        // Between sources nothing is compared when the scope is a source.
        using var run = new DedupRun(("a", [[Doc(0, "x y\nz")]]), ("b", [[Doc(1, "x y")]]));
        Assert.Single(DedupRun.Kept(run.Execute("{ kinds: [lines] }")));
        Assert.Equal(2, DedupRun.Kept(run.Execute("{ kinds: [lines: { scope: source }] }")).Length);
    }

    [Fact]
    public void Execute_Paragraphs_ComparesAsTheyAreAndDropsWhatIsTooShort()
    {
        Assert.Equal(["0:one a\nb\n\ntwo", "1:three c d"], Run("{ kinds: [lines: { unit: paragraph, normalize: false, min_words: 2 }] }", "one a\nb\n\ntwo", "one a\nb\n\nthree c d", "two\n\n\nfour"));
    }

    /// <summary>Fixtures of a university course: every line that occurs twice in the corpus goes, in all its copies.</summary>
    [SharedFact("data/neardup/cs336-a4")]
    public void Execute_CourseFixtures_AreTheExpectedFiles()
    {
        string folder = SharedData.PathOf("data/neardup/cs336-a4");
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(folder, "documents_with_line_duplicates")).Order(StringComparer.Ordinal)];
        string[] left = Run("{ kinds: [lines: { keep_first: false, normalize: false, min_words: 0, min_characters: 0 }] }", [.. files.Select(File.ReadAllText)]);
        Assert.Equal(files.Select((file, i) => $"{i}:{File.ReadAllText(file.Replace("with_line_duplicates", "line_deduplicated"))}"), left);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Execute_RandomLines_EqualsOnePassWithASet(bool keepFirst)
    {
        var seed = new Seed(4);
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => string.Join('\n', Enumerable.Range(0, (int)seed.For((ulong)i).Below(8, 0)).Select(j => $"line {(char)('a' + (int)seed.For((ulong)i).Below(26, (ulong)j + 1))} of {(char)('a' + (int)seed.For((ulong)i).Below(9, (ulong)j + 50))}")))];
        Dictionary<string, int> counts = texts.SelectMany(text => text.Split('\n')).GroupBy(line => line).ToDictionary(group => group.Key, group => group.Count());
        var seen = new HashSet<string>();
        IEnumerable<string> expected = texts.Select((text, i) => (text, i)).Select(pair =>
            (pair.i, Text: string.Join('\n', pair.text.Split('\n').Where(line => line.Length == 0 || (keepFirst ? seen.Add(line) : counts[line] == 1)))))
            .Select(pair => $"{pair.i}:{pair.Text}");
        string settings = $"{{ kinds: [lines: {{ keep_first: {(keepFirst ? "true" : "false")}, min_words: 0, min_characters: 0 }}], memory: 1 }}";
        Assert.Equal(expected, Run(settings, texts));
    }

    [Fact]
    public void Execute_SentenceSpans_EverySentenceOfARepeatedSpanGoes()
    {
        const string Shared = "First of all. Then the second. And a third one.";
        string[] left = Run("{ kinds: [sentences: { min_words: 1, min_sentences: 1 }] }", $"Alone here. {Shared} The end of it.", $"Something else. first OF all! Then, the second? And a third one. More to say. Bye.", "First of all. Then the second.");
        Assert.Equal([$"0:Alone here. {Shared} The end of it.", "1:Something else. More to say. Bye.", "2:First of all. Then the second."], left);
        Assert.Equal(["0:A b. C d. E f."], Run("{ kinds: [sentences: { min_words: 50 }] }", "A b. C d. E f.", "A b. C d. E f. And some more."));
    }

    [Fact]
    public void Execute_Bloom_SeenParagraphsGoAndSeenDocumentsAreDropped()
    {
        string[] words = MinHashTests.Words(400, new Seed(8), 100_000);
        string a = string.Join(' ', words[..100]), b = string.Join(' ', words[100..200]), c = string.Join(' ', words[200..300]), d = string.Join(' ', words[300..]);
        Assert.Equal([$"0:{a}\n{b}", $"1:{c}\n{d}\nshort", "3:short"],
            Run("{ kinds: [bloom] }", $"{a}\n{b}", $"{c}\n{a}\n{d}\nshort", $"{a}\n{b}\nshort", "short"));
    }

    [Fact]
    public void Execute_AnyThreadsAndMemory_SameBytes()
    {
        using DedupRun run = Corpus();
        foreach (string kind in (string[])["lines", "bloom", "substring: { min_bytes: 40 }", "sentences: { min_words: 1 }"])
        {
            string label = kind.Split(':')[0];
            run.Execute($"{{ kinds: [exact, {kind}] }}", label + "1", threads: 1);
            run.Execute($"{{ kinds: [exact, {kind}], memory: 1 }}", label + "2", threads: 3, batch: 5);
            // The manifest names the files it was made from, and another memory makes other files of groups.
            string[] Files(string name) => [.. run.Digests(name, $"dedup.{label}").Split('\n').Where(line => !line.StartsWith("manifest", StringComparison.Ordinal))];
            Assert.Equal(9, Files(label + "1").Length);
            Assert.Equal(Files(label + "1"), Files(label + "2"));
        }
    }

    [Fact]
    public void Plan_DocumentKindBehindAnEdit_IsAMistake()
    {
        using var run = new DedupRun(("a", [[Doc(0, "x")]]));
        Assert.Contains("`exact` removes whole documents", Assert.Throws<ConfigurationException>(() => run.Plan("{ kinds: [lines, exact] }")).Message);
    }

    internal static string[] Run(string settings, params string[] texts)
    {
        using var run = new DedupRun(("d", [[.. texts.Select((text, i) => Doc(i, text)).Take(texts.Length / 2)], [.. texts.Select((text, i) => Doc(i, text)).Skip(texts.Length / 2)]]));
        Run done = run.Execute(settings);
        return [.. done.Documents.SelectMany(file => DocumentShard.Read(file.Path)).Select(document => $"{document.Origin.Record}:{document.Text}")];
    }

    private static DedupRun Corpus()
    {
        var seed = new Seed(2);
        Document[] Shard(int number) => [.. Enumerable.Range(0, 150).Select(i => Doc(number * 1000 + i, string.Join(".\n", Enumerable.Range(0, 6)
            .Select(j => string.Join(' ', MinHashTests.Words(20, seed.For(seed.For((ulong)(number * 150 + i)).Below(300, (ulong)j)), 5000))))))];
        return new DedupRun(("a", [Shard(0), Shard(1)]), ("b", [Shard(2)]));
    }

    private static Document Doc(int record, string text) => new(new Origin("f", record), text);
}
