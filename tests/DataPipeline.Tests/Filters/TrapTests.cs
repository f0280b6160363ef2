using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

/// <summary>The places where implementations of the published filters differ, one test each, by datatrove's definitions.</summary>
public sealed class TrapTests
{
    private static readonly GopherQuality Quality = new(words: WordRule.Whitespace, thresholds: Thresholds.English);
    private static readonly GopherRepetition Repetition = new(words: WordRule.Whitespace, thresholds: Thresholds.English);
    private static readonly FineWebQuality FineWeb = new(words: WordRule.Whitespace, thresholds: Thresholds.English);
    private static readonly C4 C4Rules = new(words: WordRule.Whitespace);

    public static TheoryData<string, string?> QualityLimits => new()
    {
        { Words(50), null },
        { Words(49), "gopher_too_few_words" },
        { string.Join(' ', Enumerable.Repeat("the and", 25)), null },
        { string.Join(' ', Enumerable.Repeat("the and", 24)) + " the of", "gopher_words_too_short" },
        { string.Join(' ', Enumerable.Repeat($"the {new string('w', 17)} and {new string('w', 17)}", 13)), null },
        { string.Join(' ', Enumerable.Repeat($"the {new string('w', 17)} and {new string('w', 18)}", 13)), "gopher_words_too_long" },
        { Words(45) + Repeat(" tree#", 5), null },
        { Words(44) + Repeat(" tree#", 6), "gopher_too_many_hashes" },
        { Words(44) + Repeat(" tree…", 5) + " lake", null },
        { Words(43) + Repeat(" tree…", 6) + " lake", "gopher_too_many_ellipses" },
        // Dots do not overlap: six are two, five are one.
        { Words(47) + Repeat(" tree......", 2) + " lake", null },
        { Words(46) + Repeat(" tree......", 3) + " lake", "gopher_too_many_ellipses" },
        { Words(44) + Repeat(" tree.....", 5) + " lake", null },
        { Lines(9, "- ", "") + Lines(1, "", ""), null },
        { Lines(9, "  • ", "") + Lines(1, "- ", ""), "gopher_too_many_bullet_lines" },
        { Lines(10, "* ", ""), null },
        { Lines(3, "", "…") + Lines(7, "", ""), null },
        { Lines(3, "", "...  ") + Lines(1, "", "…\t") + Lines(6, "", ""), "gopher_too_many_ellipsis_lines" },
        { Words(40) + Repeat(" 1234", 10), null },
        { Words(40) + Repeat(" 1234", 11), "gopher_too_few_alphabetic_words" },
        { Repeat("the ", 50), "gopher_too_few_stop_words" },
        { Repeat("The And wood with ", 20), "gopher_too_few_stop_words" },
        { Repeat("the, and; with ", 20), "gopher_too_few_stop_words" },
        { Repeat("the, and with ", 20), null },
    };

    [Theory]
    [MemberData(nameof(QualityLimits))]
    public void GopherQuality_EqualPasses_NextDrops(string text, string? reason) => Assert.Equal(reason, Quality.Judge(Golden.Document(text)).Reason);

    /// <summary>Each text breaks one rule and those behind it.</summary>
    [Theory]
    [InlineData("a#", 49, "gopher_too_few_words")]
    [InlineData("a#", 50, "gopher_words_too_short")]
    [InlineData("ab#…", 50, "gopher_too_many_hashes")]
    [InlineData("-1234…", 50, "gopher_too_many_ellipses")]
    [InlineData("- 1234 1234 1234 1234 1234 1234 1234 1234 1234 1234…\n", 10, "gopher_too_many_bullet_lines")]
    [InlineData("1234 1234 1234 1234 1234 1234 1234 1234 1234 1234…\n", 10, "gopher_too_many_ellipsis_lines")]
    [InlineData("1234", 50, "gopher_too_few_alphabetic_words")]
    [InlineData("tree", 50, "gopher_too_few_stop_words")]
    public void GopherQuality_SeveralBroken_TheFirstIsTheReason(string piece, int times, string reason)
    {
        Document document = Golden.Document(string.Join(' ', Enumerable.Repeat(piece, times)));
        Assert.Equal(reason, Quality.Judge(document).Reason);
        Assert.Equal(reason, Quality.Measure(document).First(one => !one.Passed).Rule);
    }

    [Fact]
    public void GopherQuality_PunctuationTokens_LowerSharesButAreNoWords()
    {
        string text = Repeat("tree,", 50);
        Slice[] tokens = [.. Enumerable.Range(0, 50).SelectMany(i => new[] { new Slice(i * 5, 4), new Slice(i * 5 + 4, 1) })];
        IReadOnlyList<Measurement> all = Quality.Measure(TextView.WithTokens(text, tokens, []));
        Assert.Equal(50, all.Single(one => one.Rule == "gopher_too_few_words").Value);
        Assert.Equal(4, all.Single(one => one.Rule == "gopher_words_too_short").Value);
        Assert.Equal(0.5, all.Single(one => one.Rule == "gopher_too_few_alphabetic_words").Value);
    }

    [Fact]
    public void GopherQuality_AstralLetters_CountOnceInWordLength()
    {
        string text = string.Join(' ', Enumerable.Repeat("𝒜𝒷𝒸 the and", 20));
        Assert.Equal(3, Quality.Measure(Golden.Document(text)).Single(one => one.Rule == "gopher_words_too_short").Value);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    [InlineData("\v")]
    [InlineData("\f")]
    [InlineData("\u001c")]
    [InlineData("\u001d")]
    [InlineData("\u001e")]
    [InlineData("\u0085")]
    [InlineData("\u2028")]
    [InlineData("\u2029")]
    public void GopherQuality_EveryLineEndOfPython_EndsALine(string end)
    {
        string text = string.Join(end, Enumerable.Repeat("- the wood and lake", 10).Append("the wood"));
        Assert.Equal(10.0 / 11, Quality.Measure(Golden.Document(text)).Single(one => one.Rule == "gopher_too_many_bullet_lines").Value);
    }

    [Fact]
    public void GopherQuality_UnitSeparatorAndTab_EndNoLine() =>
        Assert.Equal(1, Quality.Measure(Golden.Document("- the\u001f- wood\t- and")).Single(one => one.Rule == "gopher_too_many_bullet_lines").Value);

    public static TheoryData<string, string, double> RepetitionValues => new()
    {
        // A gram that stands once is the most frequent one.
        { "gopher_top_2_gram", "alpha beta", 1 },
        { "gopher_top_3_gram", "alpha beta", 0 },
        // Among equals the first: "a b", not the longer ones.
        { "gopher_top_2_gram", "a b lake tree a b lake tree", 6 / 27.0 },
        // Joined with spaces for the most frequent, without for repeated ones.
        { "gopher_top_4_gram", "a b c d", 1 },
        { "gopher_duplicate_5_grams", "a b c d e a b c d e", 5 / 19.0 },
        // A repeated gram is jumped over; what overlaps it does not count.
        { "gopher_duplicate_5_grams", "a a a a a a a", 5 / 13.0 },
        { "gopher_duplicate_5_grams", "a a a a a a a a a a a", 10 / 21.0 },
        // Copies behind the first; of paragraphs the outer white space is gone, of lines empty edges stay and repeat each other.
        { "gopher_duplicate_paragraphs", "\n\nsame\n\nsame\n\n\nother\n\n", 1 / 3.0 },
        { "gopher_duplicate_paragraph_chars", "same\n\nsame\n\n\nother", 4 / 18.0 },
        { "gopher_duplicate_lines", "\nsame\n\nsame\n", 2 / 4.0 },
        { "gopher_duplicate_line_chars", "\nsame\n\nsame\n", 4 / 12.0 },
        { "gopher_duplicate_lines", "same\nother", 0 },
        // Only \n ends lines here.
        { "gopher_duplicate_lines", "same\rsame\u2028same", 0 },
        { "gopher_duplicate_line_chars", "𝒜𝒜\n𝒜𝒜", 2 / 5.0 },
    };

    [Theory]
    [MemberData(nameof(RepetitionValues))]
    public void GopherRepetition_Definitions_GiveTheNumber(string rule, string text, double value) =>
        Assert.Equal(value, Repetition.Measure(Golden.Document(text)).Single(one => one.Rule == rule).Value, 1e-15);

    [Theory]
    [InlineData("gopher_duplicate_lines", 3, true)]
    [InlineData("gopher_duplicate_lines", 4, false)]
    public void GopherRepetition_ShareOfLines_EqualPasses(string rule, int copies, bool passed)
    {
        string text = string.Join('\n', Enumerable.Range(0, 10 - copies).Select(i => $"line {i}").Concat(Enumerable.Repeat("line 0", copies)));
        Assert.Equal(passed, Repetition.Measure(Golden.Document(text)).Single(one => one.Rule == rule).Passed);
    }

    [Fact]
    public void GopherRepetition_EverythingRepeats_ReasonsComeInOrder()
    {
        string text = string.Join("\n\n", Enumerable.Repeat("the same words again and again", 6));
        string[] broken = [.. Repetition.Measure(Golden.Document(text)).Where(one => !one.Passed).Select(one => one.Rule)];
        Assert.Equal(["gopher_duplicate_paragraphs", "gopher_duplicate_paragraph_chars", "gopher_duplicate_lines", "gopher_duplicate_line_chars", "gopher_top_2_gram", "gopher_top_3_gram",
            "gopher_top_4_gram", .. Enumerable.Range(5, 6).Select(n => $"gopher_duplicate_{n}_grams")], broken);
        Assert.Equal(broken[0], Repetition.Judge(Golden.Document(text)).Reason);
    }

    [Fact]
    public void EveryFilter_EmptyOrBlankText_GetsAVerdict()
    {
        foreach (string text in (string[])["", " ", "\n", "\n\n \n"])
        {
            foreach (Filter filter in (Filter[])[Quality, Repetition, FineWeb, C4Rules])
            {
                Document document = Golden.Document(text);
                Assert.Equal(filter.Judge(document).Reason, filter.Measure(document).Where(one => !one.Passed).Select(one => one.Rule).FirstOrDefault());
                Assert.All(filter.Measure(document), one => Assert.False(double.IsNaN(one.Value), one.Rule));
            }
        }
    }

    public static TheoryData<string, string?, string?> C4Lines => new()
    {
        { "", null, "" },
        // The line is dropped before anything on it can drop the document.
        { "no end of a line { here", null, "" },
        { "no end, lorem ipsum", null, "" },
        { "Two words{.", null, "" },
        { "This javascript { is dropped.", null, "" },
        // These come before the line is dropped.
        { "Lorem Ipsum with javascript here.", "c4_lorem_ipsum", null },
        { "The privacy policy of { is here.", "c4_curly_bracket", null },
        { "A curly { one with lorem ipsum.", "c4_lorem_ipsum", null },
        { "A curly { one is enough.", "c4_curly_bracket", null },
        { "Our Use Of Cookies is a lot.", null, "" },
        // Words are counted before citations go, ends are looked at behind.
        { "Two [1] words.", null, "Two  words." },
        { "Ends in a citation.[12]", null, "Ends in a citation." },
        { "Several [edit] of [citation needed] them [] here.", null, "Several  of  them  here." },
        { "It goes on and on...", null, "" },
        { "Say \"this is it\"", null, "Say \"this is it\"" },
        { "A full stop of others。", null, "" },
        { "  Stripped of its spaces.\t", null, "Stripped of its spaces." },
    };

    [Theory]
    [MemberData(nameof(C4Lines))]
    public void C4_OrderOfLineRules_DecidesWhatDropsTheDocument(string line, string? reason, string? left)
    {
        string[] body = ["One is here now.", "Two is here now.", "Three is here now.", "Four is here now.", "Five is here now."];
        Verdict verdict = C4Rules.Judge(Golden.Document(string.Join('\n', body) + "\n" + line));
        Assert.Equal(reason, verdict.Reason);
        if (left is not null)
            Assert.Equal(string.Join('\n', left.Length == 0 ? body : [.. body, left]), verdict.Document!.Text);
    }

    [Theory]
    [InlineData(1000, "w", true)]
    [InlineData(1001, "w", false)]
    [InlineData(1000, "𝒜", true)]
    [InlineData(1001, "𝒜", false)]
    public void C4_WordOfAThousand_EqualPasses(int length, string letter, bool kept)
    {
        string line = $"A {Repeat(letter, length)} word.", text = Repeat("Five lines are here now.\n", 5) + line;
        Assert.Equal(kept, C4Rules.Judge(Golden.Document(text)).Document!.Text.EndsWith(line, StringComparison.Ordinal));
    }

    [Fact]
    public void C4_FiveSentences_EqualPasses()
    {
        Assert.True(C4Rules.Judge(Golden.Document(Repeat("This is one line.\n", 5))).IsKept);
        Verdict four = C4Rules.Judge(Golden.Document(Repeat("This is one line.\n", 4)));
        Assert.Equal(("c4_too_few_sentences", 4.0, 5.0), (four.Reason, four.Measured, four.Limit));
    }

    [Fact]
    public void C4_TerminalPunctuationOff_KeepsLinesOfEveryEnd() =>
        Assert.Equal("No end is here\nAnd so on...", new C4(terminalPunctuation: false, minSentences: 1, words: WordRule.Whitespace).Judge(Golden.Document("No end is here\nAnd so on...")).Document!.Text);

    public static TheoryData<string, string, bool> FineWebLimits => new()
    {
        { "fineweb_too_little_line_punctuation", Repeat("ends.\n", 3) + Repeat("no end\n\n", 22), true },
        { "fineweb_too_little_line_punctuation", Repeat("ends.\n", 3) + Repeat("no end\n\n", 23), false },
        { "fineweb_too_little_line_punctuation", Repeat("完。\n", 3) + Repeat("no end\n", 22), true },
        // 30 characters are short, 31 are not.
        { "fineweb_too_many_short_lines", Repeat(new string('a', 30) + "\n", 67) + Repeat(new string('b', 31) + "\n", 33), true },
        { "fineweb_too_many_short_lines", Repeat(new string('a', 30) + "\n", 68) + Repeat(new string('b', 31) + "\n", 32), false },
        { "fineweb_too_many_short_lines", Repeat(Repeat("𝒜", 30) + "\n", 68) + Repeat(Repeat("𝒜", 31) + "\n", 32), false },
        // Copies behind the first, over the text without newlines.
        { "fineweb_repeated_line_chars", new string('a', 98) + "\nx\nx\n", true },
        { "fineweb_repeated_line_chars", new string('a', 97) + "\nx\nx\n", false },
        { "fineweb_too_many_newlines", "a b c d\n\n\ne f g h i j", true },
        { "fineweb_too_many_newlines", "a b c d\n\n\ne f g h i j\n", false },
    };

    [Theory]
    [MemberData(nameof(FineWebLimits))]
    public void FineWeb_EqualPasses_NextDrops(string rule, string text, bool passed) =>
        Assert.Equal(passed, FineWeb.Measure(Golden.Document(text)).Single(one => one.Rule == rule).Passed);

    [Fact]
    public void FineWeb_EverythingBroken_ReasonsComeInOrder() => Assert.Equal(
        ["fineweb_too_little_line_punctuation", "fineweb_too_many_short_lines", "fineweb_repeated_line_chars", "fineweb_too_many_newlines"],
        FineWeb.Measure(Golden.Document(Repeat("same\n", 9))).Where(one => !one.Passed).Select(one => one.Rule));

    [Fact]
    public void Language_ScoreAtTheLimit_PassesAndLineEndsAreSpaces()
    {
        const string Text = "This is a plain sentence in English\nand this is the next line of it.";
        double score = new LanguageFilter().Measure(Golden.Document(Text)).Single(one => one.Rule == "language_score_too_low").Value;
        Assert.True(new LanguageFilter(minScore: score).Judge(Golden.Document(Text)).IsKept);
        Assert.Equal("language_score_too_low", new LanguageFilter(minScore: Math.BitIncrement(score)).Judge(Golden.Document(Text)).Reason);
        Assert.Equal(score, new LanguageFilter().Measure(Golden.Document(Text.Replace('\n', ' '))).Single(one => one.Rule == "language_score_too_low").Value);
    }

    private static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => (i % 5) switch { 0 => "the", 1 => "of", 2 => "wood", 3 => "tree", _ => "lake" }));

    private static string Lines(int count, string start, string end) => Repeat($"{start}the woods and trees by the lakes{end}\n", count);

    private static string Repeat(string piece, int times) => string.Concat(Enumerable.Repeat(piece, times));
}
