using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Tokens;

public sealed class BatchTests
{
    private static readonly BpeTokenizer Trained = new BpeTrainer(300, specialTokens: ["<|endoftext|>"]).Train(["the cat sat on the mat, the cats sat on mats"]);

    private static readonly string[] Texts =
        [.. Enumerable.Range(0, 1_000).Select(i => string.Concat(Enumerable.Repeat(i % 3 == 0 ? "the cat " : "\u4F60 mats\n", i % 40)))];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void EncodeBatch_AnyThreads_EqualsOneByOne(int threads)
    {
        int[][] expected = [.. Texts.Select(text => Trained.EncodeToIds(text).ToArray())];
        Assert.Equal(expected, Trained.EncodeBatch(Texts, threads));
        Assert.Equal(expected, Trained.EncodeBatch([.. Texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))], threads));
    }

    [Fact]
    public void EncodeBatch_NoTexts_IsEmpty() => Assert.Empty(Trained.EncodeBatch(Array.Empty<string>()));

    [Fact]
    public void EncodeBatch_RefusedTexts_NamesTheFirst()
    {
        string[] texts = [.. Texts.Select((text, i) => i is 400 or 410 or 990 ? "a<|endoftext|>" : text)];
        Assert.StartsWith("text 400 of the batch", Assert.Throws<InputException>(() =>
            Trained.EncodeBatch(texts, threads: 4, special: SpecialTokenHandling.Refuse)).Message, StringComparison.Ordinal);
    }
}
