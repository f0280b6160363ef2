using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Dedup;

public class MinHashTests
{
    [Theory]
    [InlineData("Don't stop -- the 2nd MACHINE!", "dont stop the 2nd machine")]
    [InlineData("Élan vital, ΣΟΦΙΑ", "élan   VITAL σοφια")]
    [InlineData("宇宙は 広い。", "宇宙は広い")]
    [InlineData("short text", "Short: text.")]
    [InlineData("e-mail a_b 3.14", "e mail a b 3 14")]
    [InlineData("\U00010400\U00010401 x", "\U00010428\U00010429 \ud800 \U0001F600 x")]
    [InlineData("ab宇\u3099cd", "ab 宇\u3099 cd")]
    [InlineData("\U00020000\U00020001", "\U00020000 \U00020001")]
    public void Minima_CasePunctuationAndSpacing_DoNotCount(string text, string same) =>
        Assert.Equal(Fast().Minima(new TextView(text)), Fast().Minima(new TextView(same)));

    [Theory]
    [InlineData("one two three four five", "one two three four six")]
    [InlineData("one two three four five", "five four three two one")]
    [InlineData("宇宙は広いのです", "宇宙は広いのだ")]
    [InlineData("ab c", "a bc")]
    [InlineData("か\u3099き", "かき")]
    [InlineData("\U00020000", "\U00020001")]
    public void Minima_OtherWords_Differ(string text, string other) =>
        Assert.NotEqual(Fast().Minima(new TextView(text)), Fast().Minima(new TextView(other)));

    [Theory]
    [InlineData("")]
    [InlineData("--- *** !!!")]
    [InlineData("\ud83d\ude00 \u2028")]
    public void Sign_NoWord_HasNoKeys(string text) => Assert.Empty(new MinHashDedup().Sign(Golden.Document(text)).Keys);

    [Theory]
    [InlineData(112)]
    [InlineData(100)]
    [InlineData(3)]
    public void Lower_RandomShingles_EqualsScalarTwin(int functions)
    {
        var seed = new Seed(7);
        uint[] shingles = [.. Enumerable.Range(0, 1000).Select(i => (uint)seed.Number((ulong)i))];
        var scheme = new FastScheme(5, functions, seed);
        var vector = new uint[FastScheme.Padded(functions)];
        var scalar = new uint[FastScheme.Padded(functions)];
        Array.Fill(vector, uint.MaxValue);
        Array.Fill(scalar, uint.MaxValue);
        scheme.Lower(shingles, vector);
        scheme.LowerScalar(shingles, scalar);
        Assert.Equal(scalar[..functions], vector[..functions]);
    }

    [Fact]
    public void Read_SeveralScripts_FindsTheWordsOfTextView()
    {
        foreach (string text in (string[])["Alice was beginning to get very tired, said the Hatter: 3 cups!", "天地玄黄、宇宙洪荒。日月盈昃", "ภาษาไทย ง่าย", "한국어 문장 입니다"])
        {
            var view = new TextView(text);
            var hashes = new ulong[100];
            Assert.Equal(view.ScriptWords.ToArray().Count(word => view[word].ToString().Any(char.IsLetterOrDigit)), new WordScanner(text).Read(hashes));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Read_SmallBuffer_GivesTheSameWords(int size)
    {
        const string Text = "Don't stop, 宇宙 \U00010400x e-mail!";
        var all = new ulong[100];
        int count = new WordScanner(Text).Read(all);
        var scanner = new WordScanner(Text);
        var pieces = new List<ulong>();
        var some = new ulong[size];
        for (int read; (read = scanner.Read(some)) > 0;)
            pieces.AddRange(some[..read]);
        Assert.Equal(7, count);
        Assert.Equal(all[..count], pieces);
    }

    /// <summary>Blocks of 64 characters, stopped or overrun at every place, and one character after another find the same words.</summary>
    [Fact]
    public void Read_LongText_GivesTheSameWordsAsOneByOne()
    {
        for (int shift = 0; shift < 70; shift++)
        {
            string text = new string('-', shift) + "Sixteenlettersxy seventeenlettersx antidisestablishmentarianism, “curly” quotes — don’t they? It's 42 宇宙 naïve "
                + new string('w', 40 + shift) + " e-mail and some more words of a line that is long enough for several blocks, at last.";
            var all = new ulong[200];
            int count = new WordScanner(text).Read(all);
            var one = new WordScanner(text);
            var single = new List<ulong>();
            while (one.Read(out ulong hash, out _, out _))
                single.Add(hash);
            Assert.Equal(all[..count], single);
            Assert.Equal(single.Count, single.Distinct().Count());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(13)]
    public void Shingles_Words_AreNumbersOfTheirHashes(int words)
    {
        foreach (int count in (int[])[1, 4, 5, 6, 12, 13, 14, 1500, 2050])
        {
            string text = string.Join(' ', Words(count, new Seed(5), vocabulary: 5000));
            var hashes = new ulong[3000];
            int read = new WordScanner(text).Read(hashes);
            Assert.Equal(count, read);
            ulong[] expected = [.. Enumerable.Range(0, Math.Max(1, count - words + 1))
                .Select(i => Seed.Mix(hashes[i..Math.Min(count, i + words)].Aggregate(0UL, (number, hash) => number * 0x9E3779B97F4A7C15 + hash)))];
            Assert.Equal(expected, new FastScheme(words, 112, new Seed(1)).Shingles(new TextView(text)));
        }
    }

    [Fact]
    public void Minima_LongText_EqualsShinglesTakenOneByOne()
    {
        // More shingles than a chunk; a text of one window has one shingle, so the minimum over windows is the minimum of the text.
        string[] words = Words(3000, new Seed(3), vocabulary: 500);
        ulong[] expected = [.. Enumerable.Repeat(ulong.MaxValue, 112)];
        for (int i = 0; i + 5 <= words.Length; i++)
        {
            ulong[] window = Fast().Minima(new TextView(string.Join(' ', words[i..(i + 5)])));
            expected = [.. expected.Zip(window, Math.Min)];
        }
        Assert.Equal(expected, Fast().Minima(new TextView(string.Join(' ', words))));
    }

    /// <summary>The brute-force twin: all pairs of a small corpus compared by the exact Jaccard similarity of their shingle sets.</summary>
    [Fact]
    public void Sign_EditedDocuments_CandidatesFollowJaccard()
    {
        var seed = new Seed(11);
        var kind = new MinHashDedup();
        var texts = new List<string[]>();
        for (int i = 0; i < 40; i++)
        {
            string[] original = Words(250, seed.For((ulong)i), vocabulary: 5000);
            texts.Add(original);
            for (int edits = 0; edits < 16; edits += 3)
                texts.Add(Edit(original, edits, seed.For((ulong)(1000 * i + edits))));
        }
        Signature[] signatures = [.. texts.Select(text => kind.Sign(Golden.Document(string.Join(' ', text))))];
        HashSet<string>[] shingles = [.. texts.Select(text => Enumerable.Range(0, text.Length - 4).Select(i => string.Join(' ', text[i..(i + 5)])).ToHashSet())];
        int near = 0, nearFound = 0, farFound = 0;
        double error = 0;
        for (int a = 0; a < texts.Count; a++)
        {
            for (int b = a + 1; b < texts.Count; b++)
            {
                double jaccard = (double)shingles[a].Count(shingles[b].Contains) / shingles[a].Union(shingles[b]).Count();
                bool found = signatures[a].Keys.Intersect(signatures[b].Keys).Any();
                error = Math.Max(error, Math.Abs(jaccard - kind.Similarity(signatures[a].Sketch, signatures[b].Sketch)));
                near += jaccard >= 0.85 ? 1 : 0;
                nearFound += jaccard >= 0.85 && found ? 1 : 0;
                farFound += jaccard < 0.3 && found ? 1 : 0;
            }
        }
        Assert.True(near > 100 && nearFound >= 0.97 * near, $"found {nearFound} of {near} pairs at 0.85 or more; theory says 98.8 % at exactly 0.85");
        Assert.Equal(0, farFound);
        Assert.True(error < 0.2, $"an estimate is off by {error}; the standard error is at most 0.047");
    }

    [Fact]
    public void Sign_Parts_ComparesOnlyThem()
    {
        var kind = new ExactDedup(parts: ["prompt"]);
        Document Pair(string prompt, string chosen) => new(new Origin("pairs", 0), [new Part("prompt:user", prompt), new Part("chosen", chosen)]);
        Assert.Equal(kind.Sign(Pair("why?", "so")).Keys, kind.Sign(Pair("why?", "because")).Keys);
        Assert.NotEqual(kind.Sign(Pair("why?", "so")).Keys, kind.Sign(Pair("how?", "so")).Keys);
        Assert.Empty(kind.Sign(Golden.Document("why?")).Keys);
        Assert.NotEqual(new ExactDedup().Sign(Pair("why?", "so")).Keys, new ExactDedup().Sign(Pair("why?", "because")).Keys);
    }

    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void XxHash32_KnownTexts_PublishedValues(string text, uint hash) => Assert.Equal(hash, XxHash32.Of(System.Text.Encoding.UTF8.GetBytes(text)));

    internal static string[] Words(int count, Seed seed, ulong vocabulary) =>
        [.. Enumerable.Range(0, count).Select(i => $"w{seed.Below(vocabulary, (ulong)i)}")];

    internal static string[] Edit(string[] words, int edits, Seed seed)
    {
        string[] edited = [.. words];
        for (int i = 0; i < edits; i++)
            edited[(int)seed.Below((ulong)words.Length, (ulong)(2 * i))] = $"x{seed.Below(5000, (ulong)(2 * i + 1))}";
        return edited;
    }

    private static FastScheme Fast() => new(5, 112, new Seed(1));
}
