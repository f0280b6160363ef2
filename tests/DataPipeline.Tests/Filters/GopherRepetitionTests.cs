using DataPipeline.Core;
using DataPipeline.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Filters;

/// <summary>The n-gram counts against a twin that makes a string of every n-gram.</summary>
public sealed class GopherRepetitionTests
{
    // Joined words are ambiguous on purpose: "alpha bet" and "alphabet" join to the same, short and long runs mix, astral letters count once.
    private static readonly string[] Vocabulary =
        ["a", "b", "ab", "ba", "alpha", "bet", "alphabet", "betalpha", "abracadabra", "antidisestablishmentarianism", "𝒜𝒷", "中", "."];

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(13)]
    public void Measure_AnyText_EqualsStringTwin(int words) => Prop.ForAll(Texts(words), text =>
    {
        var filter = new GopherRepetition(words: WordRule.Whitespace);
        string[] tokens = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double length = Math.Max(1, text.EnumerateRunes().Count());
        foreach (Measurement measured in filter.Measure(Golden.Document(text)).Skip(4))
        {
            int n = int.Parse(measured.Rule.Split('_')[2]);
            long expected = measured.Rule.Contains("top", StringComparison.Ordinal) ? TopChars(tokens, n) : DuplicateChars(tokens, n);
            if (measured.Value != expected / length)
                return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    /// <summary>A verdict is mostly found by bounds, an explanation by counting: they agree at every limit.</summary>
    [Theory]
    [InlineData(3, 120)]
    [InlineData(13, 120)]
    [InlineData(200, 400)]
    public void Judge_AnyTextAndLimit_AgreesWithMeasure(int words, int size)
    {
        string[] vocabulary = [.. Vocabulary, .. Enumerable.Range(0, 200).Select(i => new string((char)('a' + i % 26), 1 + i % 7) + i)];
        Arbitrary<string> texts = ArbMap.Default.ArbFor<int>().Generator
            .Select(n => vocabulary[(n & int.MaxValue) % words]).ListOf().Select(list => string.Join(' ', list)).Resize(size).ToArbitrary();
        GopherRepetition[] filters = [.. new[] { 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4 }.SelectMany(limit => new[] { WordRule.Whitespace, WordRule.Script }
            .Select(rule => new GopherRepetition(1, 1, 1, 1, [limit, limit, limit], [limit, limit, limit, limit, limit, limit, limit], rule)))];
        Prop.ForAll(texts, text => filters.All(filter =>
            filter.Judge(Golden.Document(text)).Reason == filter.Measure(Golden.Document(text)).Where(one => !one.Passed).Select(one => one.Rule).FirstOrDefault()))
            .QuickCheckThrowOnFailure();
    }

    /// <summary>Joined without spaces, runs of six short words and of six others are equal while their runs of five are not even equally long.</summary>
    [Fact]
    public void Measure_EqualRunsOfOtherWordEnds_AreFound()
    {
        string text = "abcde fghijk lm no pq rst x1 x2 x3 x4 x5 x6 a b c d e fghijklmnopqrst y1";
        var filter = new GopherRepetition(maxTopNGrams: [1, 1, 1], words: WordRule.Whitespace);
        Assert.Equal(20.0 / text.Length, filter.Measure(Golden.Document(text)).Single(one => one.Rule == "gopher_duplicate_6_grams").Value);
        Assert.Equal("gopher_duplicate_6_grams", filter.Judge(Golden.Document(text)).Reason);
    }

    [Fact]
    public void Judge_EmptyText_IsKept() => Assert.True(new GopherRepetition().Judge(Golden.Document("")).IsKept);

    [Fact]
    public void Judge_RepeatedLines_DropsDuplicateLines()
    {
        string text = string.Join('\n', Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "the same line" : $"line {i * 37}"));
        Assert.Equal("gopher_duplicate_lines", new GopherRepetition().Judge(Golden.Document(text)).Reason);
    }

    private static Arbitrary<string> Texts(int words) => ArbMap.Default.ArbFor<int>().Generator
        .Select(n => Vocabulary[(n & int.MaxValue) % words]).ListOf().Select(list => string.Join(' ', list)).Resize(120).ToArbitrary();

    private static long TopChars(string[] words, int n)
    {
        List<string> grams = [.. Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(i => string.Join(' ', words[i..(i + n)]))];
        if (grams.Count == 0)
            return 0;
        var counts = grams.GroupBy(gram => gram).ToDictionary(group => group.Key, group => group.Count());
        string top = grams.First(gram => counts[gram] == counts.Values.Max());
        return (long)top.EnumerateRunes().Count() * counts[top];
    }

    private static long DuplicateChars(string[] words, int n)
    {
        var seen = new HashSet<string>();
        long chars = 0;
        for (int i = 0; i + n <= words.Length;)
        {
            string gram = string.Concat(words[i..(i + n)]);
            if (seen.Add(gram))
            {
                i++;
                continue;
            }
            chars += gram.EnumerateRunes().Count();
            i += n;
        }
        return chars;
    }
}
