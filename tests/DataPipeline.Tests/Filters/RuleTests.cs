using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

/// <summary>A short text for each drop reason, and the limits by language.</summary>
public sealed class RuleTests
{
    private const string Chinese = "春天来了，小镇旁边的河水慢慢涨了起来。工程师们修好了旧桥，并且把结果写在笔记本上。图书馆的老师说，孩子们是最早的读者。"
        + "昨天下午我在市场上遇到一位卖苹果的老人，他讲了三个有意思的故事。";

    [Theory]
    [InlineData("code_line_too_long", "aaaaaaaaaaa\n")]
    [InlineData("code_mean_line_too_long", "aaaaaa\naaaaaa\n")]
    [InlineData("code_too_little_alphanumeric", "{ ; a\n")]
    [InlineData("code_too_many_lines", "a\nb\nc\nd\ne\nf\n")]
    [InlineData("code_generated", "@generated\nauto\n")]
    [InlineData(null, "int a\nb = 1\n")]
    public void CodeLines_ShortestTexts_GiveTheReason(string? reason, string text)
    {
        var filter = reason == "code_generated"
            ? new CodeLines()
            : new CodeLines(maxLineLength: 10, maxMeanLineLength: 5, maxLines: 5, minAlphanumeric: 0.5);
        if (reason == "code_generated")
            text = "// This file is generated, do not edit\n" + text;
        AssertAgree(filter, Golden.Document(text), reason);
    }

    [Fact]
    public void CodeLines_MinifiedPath_DropsCodeMinified() =>
        AssertAgree(new CodeLines(), Golden.Document("a").With("path", "lib/x.min.js"), "code_minified");

    [Theory]
    [InlineData("length_too_few_characters", "a")]
    [InlineData("length_too_many_characters", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("length_too_few_words", "aaaa")]
    [InlineData("length_too_many_words", "a b c d e f")]
    [InlineData(null, "中文字")]
    public void Length_ShortestTexts_GiveTheReason(string? reason, string text) => AssertAgree(new Length(2, 40, 2, 5), Golden.Document(text), reason);

    [Fact]
    public void QualityFilters_ChineseText_IsKeptByItsOwnLimits()
    {
        Document document = Golden.Document(Chinese).With("language", "zh");
        Assert.True(new GopherQuality().Judge(document).IsKept);
        Assert.True(new GopherRepetition().Judge(document).IsKept);
        Assert.True(new FineWebQuality().Judge(document).IsKept);
        Assert.Equal("gopher_words_too_short", new GopherQuality(thresholds: Thresholds.English).Judge(document).Reason);
        Assert.Equal("gopher_too_few_words", new GopherQuality(words: WordRule.Whitespace).Judge(document).Reason);
    }

    [Fact]
    public void GopherQuality_OtherKnownLanguage_AsksForNoEnglishStopWords()
    {
        string text = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"palabra{(char)('a' + i % 26)}"));
        Assert.Equal("gopher_too_few_stop_words", new GopherQuality().Judge(Golden.Document(text)).Reason);
        Assert.True(new GopherQuality().Judge(Golden.Document(text).With("language", "es")).IsKept);
        Assert.Equal("gopher_too_few_stop_words", new GopherQuality(stopWords: ["el"]).Judge(Golden.Document(text).With("language", "es")).Reason);
    }

    [Fact]
    public void C4_Dialogue_IsEditedMessageByMessage()
    {
        var document = new Document(new Origin("f", 0), [new Part("user", "One is here. [1]\nno end of line"), new Part("assistant", "Two are here. Three are there.")]);
        Verdict verdict = new C4(minSentences: 2).Judge(document);
        Assert.Equal(["One is here.", "Two are here. Three are there."], new C4(minSentences: 2, terminalPunctuation: false, minWordsPerLine: 1)
            .Judge(document).Document!.Parts.Select(part => part.Text.Split('\n')[0].Trim()));
        Assert.True(verdict.IsKept);
    }

    [Fact]
    public void C4_ChineseLines_EndInTheirOwnMarks()
    {
        Document document = Golden.Document("今天很好。我们去公园。你去吗？\n导航 首页 新闻\n他说：“好的。”");
        Assert.Equal("今天很好。我们去公园。你去吗？\n他说：“好的。”", new C4(minSentences: 4).Judge(document).Document!.Text);
        Assert.Equal("c4_too_few_sentences", new C4(words: WordRule.Whitespace).Judge(document).Reason);
    }

    /// <summary>Judge stops at the rule that Measure shows as the first not passed.</summary>
    internal static void AssertAgree(Filter filter, Document document, string? reason)
    {
        Verdict verdict = filter.Judge(document);
        Assert.Equal(reason, verdict.Reason);
        IReadOnlyList<Measurement> broken = [.. filter.Measure(document).Where(measurement => !measurement.Passed)];
        Assert.Equal(reason, broken.Count == 0 ? null : broken[0].Rule);
        if (reason is not null)
            Assert.Equal((broken[0].Value, broken[0].Limit), (verdict.Measured, verdict.Limit));
    }
}
