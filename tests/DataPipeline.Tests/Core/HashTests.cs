using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Tests.Core;

public class HashTests
{
    // Values printed by xxhsum 0.8 (xxh64sum) and by the specification's own test vectors.
    [Theory]
    [InlineData("", 0, 0xEF46DB3751D8E999)]
    [InlineData("a", 0, 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0, 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0, 0xFBCEA83C8A378BF1)]
    public void Of_KnownText_GivesThePublishedValue(string text, ulong seed, ulong expected)
    {
        Assert.Equal(expected, Hash.Of(Encoding.UTF8.GetBytes(text), seed));
    }

    [Fact]
    public void Number_OfASeed_IsUniformOverItsBits()
    {
        var seed = new Seed(42);
        var ones = new int[64];
        for (ulong i = 0; i < 10_000; i++)
        {
            for (int bit = 0; bit < 64; bit++)
                ones[bit] += (int)(seed.Number(i) >> bit & 1);
        }
        Assert.All(ones, count => Assert.InRange(count, 4700, 5300));
    }

    [Fact]
    public void For_OtherNames_GivesUnrelatedSeeds()
    {
        var seed = new Seed(1);
        Assert.Equal(5, new[] { seed, seed.For("a"), seed.For("b"), seed.For(0), seed.For(1) }.Distinct().Count());
    }
}
