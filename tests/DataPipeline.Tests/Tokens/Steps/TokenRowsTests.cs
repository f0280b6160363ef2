using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Tests.Tokens.Steps;

public sealed class TokenRowsTests
{
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
        Assert.Equal(expected, Text(new TokenRows("", "", most, rule).Of([5, 6, 7], [1], [2])));

    [Fact]
    public void Of_NoEnds_KeepsTheTokens() => Assert.Equal("5 6 7", Text(new TokenRows(null, null, int.MaxValue, LongDocuments.Cut).Of([5, 6, 7], [], [])));

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

    private static string? Text(int[][]? rows) => rows is null ? null : string.Join('|', rows.Select(row => string.Join(' ', row)));
}
