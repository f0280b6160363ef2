using DataPipeline.Core;
using DataPipeline.Dedup.Bloom;

namespace DataPipeline.Tests.Dedup;

/// <summary>A filter whose places are a hash AND its size, as datatrove's are, sets a handful of bits when the size is a power of two, and then has seen everything.</summary>
public class BloomFilterTests
{
    [Theory]
    [InlineData(20_000, 0.01, long.MaxValue)]
    [InlineData(20_000, 0.001, long.MaxValue)]
    [InlineData(5_000, 0.1, long.MaxValue)]
    [InlineData(20_000, 0.01, 1 << 14)]
    [InlineData(1_000, 1e-15, long.MaxValue)]
    public void Add_Full_WrongYesIsAsOftenAsStated(int expected, double rate, long maxBytes)
    {
        var filter = new BloomFilter(expected, rate, maxBytes);
        var seed = new Seed(5);
        for (int i = 0; i < expected; i++)
            filter.Add(seed.Number((ulong)i));
        for (int i = 0; i < expected; i++)
            Assert.True(filter.Add(seed.Number((ulong)i)));
        double full = filter.FalsePositives, bits = 8.0 * filter.Bytes, set = Math.Pow(full, 1.0 / filter.Functions) * bits;
        // k independent functions set so many bits, and the standard deviation is below the square root of it.
        double bitsExpected = bits * (1 - Math.Exp(-(double)filter.Functions * filter.Added / bits));
        Assert.InRange(set, bitsExpected - 4 * Math.Sqrt(bitsExpected), bitsExpected + 4 * Math.Sqrt(bitsExpected));
        if (maxBytes == long.MaxValue)
            Assert.InRange(full, 0, rate * (1 + 5 / Math.Sqrt(expected)));
        int others = expected / 5, wrong = 0;
        for (int i = 0; i < others; i++)
            wrong += filter.Add(seed.Number((ulong)(expected + i))) ? 1 : 0;
        double least = full * others, most = filter.FalsePositives * others;
        Assert.InRange(wrong, least - 4 * Math.Sqrt(least), most + 4 * Math.Sqrt(most) + 1e-6);
    }

    [Fact]
    public void New_TooSmall_SaysItsRate()
    {
        var filter = new BloomFilter(100_000, 0.01, 1 << 14);
        for (ulong i = 0; i < 100_000; i++)
            filter.Add(new Seed(1).Number(i));
        Assert.Equal(1 << 14, filter.Bytes);
        Assert.InRange(filter.FalsePositives, 0.4, 0.7);
    }
}
