using System.Text;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Core;

public sealed class TextViewTests
{
    // Letters, marks, every white space and line end, sentence ends, an astral letter, CJK and Thai: short texts over it meet every branch.
    private static readonly string[] Alphabet =
        ["a", "B", "é", "1", "_", "'", ".", "!", "?", "\"", ")", ",", ":", "-", "#", "\n", "\n", "\r", "\t", "\v", "\f", "\u001c", "\u001d", "\u001e", "\u001f",
         " ", " ", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\u200b", "\u0301", "中", "文", "。", "ก", "ิ", "カ", "한", "𝒜", "𠀀"];

    private static readonly Arbitrary<string> Texts = ArbMap.Default.ArbFor<int>().Generator
        .Select(n => Alphabet[(n & int.MaxValue) % Alphabet.Length]).ListOf().Select(list => string.Concat(list)).Resize(400).ToArbitrary();

    // Python 3.11: sum(map(str.isspace, map(chr, range(0x10000)))) == 29.
    [Fact]
    public void IsSpace_EveryCharacter_IsPythons() => Assert.Equal(29, Enumerable.Range(0, 0x10000).Count(c => TextView.IsSpace((char)c)));

    [Fact]
    public void LineRuns_AnyText_EqualRegexSplit() => Prop.ForAll(Texts, text =>
        Strings(text, view => view.LineRuns).SequenceEqual(Regex.Split(text, "\n+"))).QuickCheckThrowOnFailure();

    [Fact]
    public void Paragraphs_AnyText_EqualRegexSplit() => Prop.ForAll(Texts, text =>
    {
        Slice inner = TextView.Strip(text, new Slice(0, text.Length));
        return Strings(text, view => view.Paragraphs).SequenceEqual(Regex.Split(text.Substring(inner.Start, inner.Length), "\n{2,}"));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Lines_AnyText_EqualSplit() => Prop.ForAll(Texts, text =>
        Strings(text, view => view.Lines).SequenceEqual(text.Split('\n'))).QuickCheckThrowOnFailure();

    [Fact]
    public void CodePoints_AnyText_EqualsRuneCount() => Prop.ForAll(Texts, text =>
        new TextView(text).CodePoints == text.EnumerateRunes().Count()).QuickCheckThrowOnFailure();

    [Fact]
    public void ScriptWords_AnyText_LieInOrderAndHoldEveryLetterAndDigit() => Prop.ForAll(Texts, text =>
    {
        var view = new TextView(text);
        int end = 0, letters = 0;
        foreach (Slice word in view.ScriptWords)
        {
            if (word.Start < end || word.Length == 0)
                return false;
            end = word.End;
            letters += view[word].ToString().EnumerateRunes().Count(Rune.IsLetterOrDigit);
        }
        return end <= text.Length && letters == text.EnumerateRunes().Count(Rune.IsLetterOrDigit);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("one\ntwo\r\nthree\rfour\vfive\fsix\u001cseven\u001deight\u001enine\u0085ten\u2028eleven\u2029twelve\n", "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve")]
    [InlineData("\n\na\u001fb", "||a\u001fb")]
    [InlineData("", "")]
    public void SplitLines_LineEnds_EqualPython(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Strings(text, view => view.SplitLines)));

    [Theory]
    [InlineData("Don't stop, e.g. at 3.14 or 1,000 items!", "Don't|stop|e.g|at|3.14|or|1,000|items")]
    [InlineData("state-of-the-art (2024) --- a_b", "state|of|the|art|2024|---|a_b")]
    [InlineData("我爱北京。Hello世界2024年", "我|爱|北|京|Hello|世|界|2024|年")]
    [InlineData("カメラをcafé\u0301で", "カ|メ|ラ|を|café\u0301|で")]
    [InlineData("ก็ดี 한국어는 좋다.", "ก็|ดี|한국어는|좋다")]
    [InlineData("𠀀𠀁 😀 x", "𠀀|𠀁|😀|x")]
    public void ScriptWords_Scripts_Split(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Strings(text, view => view.ScriptWords)));

    [Theory]
    [InlineData("One. Two! (Three?) Four... 3.5 is one", WordRule.Whitespace, 5)]
    [InlineData("One.\"  \n", WordRule.Whitespace, 1)]
    [InlineData("今天很好。我们去公园!你呢?", WordRule.Whitespace, 1)]
    [InlineData("今天很好。我们去公园！「你呢？」好", WordRule.Script, 4)]
    [InlineData("वह गया। वह आया।", WordRule.Script, 2)]
    [InlineData("", WordRule.Script, 0)]
    public void Sentences_Rules_Count(string text, WordRule rule, int expected)
    {
        Assert.Equal(expected, new TextView(text).SentencesBy(rule).Length);
        Assert.Equal(expected, TextView.CountSentences(text, rule));
    }

    /// <summary>The ends read off the bits of the whole text against a search line by line; lines longer than a block, and rows of marks across its edge, among them.</summary>
    [Theory]
    [InlineData(WordRule.Whitespace)]
    [InlineData(WordRule.Script)]
    public void CountSentences_EveryLine_EqualsSearch(WordRule rule)
    {
        string[] alphabet = ["a", "word", " ", " ", "\n", "\r\n", ".", ".", "!", "?", "。", "！", "॥", "\"", "'", ")", "]", "」", "”", "中", "é", "𝒜", "\u3000", new string('.', 40), new string(')', 50)];
        Arbitrary<string> texts = ArbMap.Default.ArbFor<int>().Generator
            .Select(n => alphabet[(n & int.MaxValue) % alphabet.Length]).ListOf().Select(list => string.Concat(list)).Resize(300).ToArbitrary();
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(texts, text =>
        {
            var view = new TextView(text);
            return view.SplitLines.ToArray().Select(line => TextView.Strip(text, line))
                .All(line => view.CountSentences(rule, line) == TextView.CountSentences(view[line], rule));
        }));
    }

    private delegate ReadOnlySpan<Slice> Pick(TextView view);

    private static string[] Strings(string text, Pick pick)
    {
        var view = new TextView(text);
        return [.. pick(view).ToArray().Select(slice => view[slice].ToString())];
    }
}
