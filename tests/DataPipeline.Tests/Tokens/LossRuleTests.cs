using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Tokens;

/// <summary>A dialogue of 10 tokens: answers are tokens 2 3 4 and 7 8; token 9 ends the last message.</summary>
public sealed class LossRuleTests
{
    [Theory]
    [InlineData(LossOn.All, 99, LongDialogues.CutEnd, "0..10 0123456789 end")]
    [InlineData(LossOn.Answers, 99, LongDialogues.CutEnd, "0..10 23478")]
    [InlineData(LossOn.LastAnswer, 99, LongDialogues.CutEnd, "0..10 78")]
    [InlineData(LossOn.All, 8, LongDialogues.CutEnd, "0..8 01234567")]
    [InlineData(LossOn.Answers, 8, LongDialogues.CutEnd, "0..8 2347")]
    [InlineData(LossOn.Answers, 2, LongDialogues.CutEnd, LossRule.AnswerCut)]
    [InlineData(LossOn.LastAnswer, 7, LongDialogues.CutEnd, LossRule.AnswerCut)]
    [InlineData(LossOn.Answers, 7, LongDialogues.CutStart, "3..10 3478")]
    [InlineData(LossOn.All, 7, LongDialogues.CutStart, "3..10 3456789 end")]
    [InlineData(LossOn.Answers, 1, LongDialogues.CutStart, LossRule.AnswerCut)]
    [InlineData(LossOn.Answers, 10, LongDialogues.Drop, "0..10 23478")]
    [InlineData(LossOn.Answers, 9, LongDialogues.Drop, LossRule.TooLong)]
    public void Of_Dialogue_KeepsAndLearns(LossOn loss, int most, LongDialogues rule, string expected) =>
        Assert.Equal(expected, Text(new LossRule(loss, most, rule).Of(Document(10, new TokenSpan(2, 3), new TokenSpan(7, 2)))));

    [Fact]
    public void Of_DialogueWithoutAnAnswer_IsLeftOut()
    {
        Assert.Equal(LossRule.NoAnswer, Text(new LossRule(LossOn.Answers).Of(Document(10))));
        Assert.Equal("0..3 012 end", Text(new LossRule(LossOn.All).Of(Document(3))));
    }

    [Fact]
    public void Of_AnswerToTheEnd_LearnsTheEndUnlessItIsCut()
    {
        Assert.Equal("0..6 345 end", Text(new LossRule(LossOn.Answers).Of(Document(6, new TokenSpan(3, 3)))));
        Assert.Equal("0..5 34", Text(new LossRule(LossOn.Answers, 5).Of(Document(6, new TokenSpan(3, 3)))));
        Assert.Equal("1..6 345 end", Text(new LossRule(LossOn.Answers, 5, LongDialogues.CutStart).Of(Document(6, new TokenSpan(3, 3)))));
    }

    [Fact]
    public void Of_Text_IsLearnedWholeWhateverItsLength()
    {
        TokenDocument text = Document(5, new TokenSpan(0, 5));
        Assert.Equal("0..5 01234 end", Text(new LossRule(LossOn.LastAnswer, 3, LongDialogues.Drop).Of(text)));
        Assert.Equal("0..5 01234 end", Text(new LossRule(LossOn.Answers).Of(text with { Answers = null })));
        Assert.False(new LossRule(OnlyDialogues: true).Reads(text));
        Assert.True(new LossRule(OnlyDialogues: true).Reads(Document(5)));
    }

    private static TokenDocument Document(int tokens, params TokenSpan[] answers) => new("id", "s", new int[tokens], "f", 0, "") { Answers = answers };

    private static string Text(Lesson lesson) => lesson.Reason
        ?? $"{lesson.Begin}..{lesson.Begin + lesson.Length} {string.Concat(lesson.Learned.SelectMany(span => Enumerable.Range(lesson.Begin + span.Begin, span.Length)))}{(lesson.LearnsEnd ? " end" : "")}";
}
