using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Shards;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Tests.Tokens.Steps;

public sealed class TokenRowsTests
{
    private static readonly EncodedDocument Whole = new([5, 6, 7], [new TokenSpan(0, 3)]);

    [Theory]
    [InlineData(LongDocuments.Cut, 10, "1 5 6 7 2")]
    [InlineData(LongDocuments.Cut, 5, "1 5 6 7 2")]
    [InlineData(LongDocuments.Cut, 4, "1 5 6 2")]
    [InlineData(LongDocuments.Drop, 5, "1 5 6 7 2")]
    [InlineData(LongDocuments.Drop, 4, null)]
    [InlineData(LongDocuments.Split, 5, "1 5 6 7 2")]
    [InlineData(LongDocuments.Split, 4, "1 5 6 7|2")]
    [InlineData(LongDocuments.Split, 2, "1 5|6 7|2")]
    public void Of_ThreeTokensWithBothEnds_GivesTheRows(LongDocuments rule, int most, string? expected) =>
        Assert.Equal(expected, Text(new TokenRows("", "", most, rule).Of(Whole, [1], [2])));

    [Fact]
    public void Of_NoEnds_KeepsTheTokens() => Assert.Equal("5 6 7", Text(new TokenRows(null, null, int.MaxValue, LongDocuments.Cut).Of(Whole, [], [])));

    [Fact]
    public void Around_NamesOfTokens_FindsThemOrSaysWhatIsMissing()
    {
        BpeTokenizer tokenizer = new BpeTrainer(260, specialTokens: ["<s>", "</s>"]).Train([]);

        (int[] before, int[] behind) = new TokenRows("<s>", "</s>", 8, LongDocuments.Cut).Around(tokenizer);

        Assert.Equal([0], before);
        Assert.Equal([1], behind);
        Assert.Contains("bos_token: the tokenizer has no special token <S>",
            Assert.Throws<ConfigurationException>(() => new TokenRows("<S>", null, 8, LongDocuments.Cut).Around(tokenizer)).Message, StringComparison.Ordinal);
    }

    /// <summary>Two answers, 6 and 8 9; where the document is cut the stretches follow, and the token behind it belongs to an answer that it ends.</summary>
    [Theory]
    [InlineData(LongDocuments.Cut, 10, "2+1 4+3")]
    [InlineData(LongDocuments.Cut, 6, "2+1 4+2")]
    [InlineData(LongDocuments.Split, 5, "2+1 4+1|0+2")]
    public void Of_Answers_AreFoundAgainInTheRows(LongDocuments rule, int most, string expected)
    {
        EncodedDocument dialogue = new([5, 6, 7, 8, 9], [new TokenSpan(1, 1), new TokenSpan(3, 2)]);
        EncodedDocument[] rows = new TokenRows("", "", most, rule).Of(dialogue, [1], [2])!;
        Assert.Equal(expected, string.Join('|', rows.Select(row => string.Join(' ', row.Answers.Select(answer => $"{answer.Begin}+{answer.Length}")))));
    }

    [Fact]
    public void Of_WholeText_StaysWholeBetweenItsEnds() =>
        Assert.Equal([new TokenSpan(0, 5)], new TokenRows("", "", 9, LongDocuments.Cut).Of(Whole, [1], [2])!.Single().Answers);

    private static string? Text(EncodedDocument[]? rows) => rows is null ? null : string.Join('|', rows.Select(row => string.Join(' ', row.Tokens)));
}
