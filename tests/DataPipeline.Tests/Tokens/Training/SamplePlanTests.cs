using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tests.Tokens.Training;

public sealed class SamplePlanTests
{
    private static readonly Dictionary<string, long> Sizes = new() { ["web"] = 9_000, ["code"] = 1_000 };

    [Fact]
    public void Chance_NoMix_IsTheSameForAllSources() => Assert.Equal([0.5, 0.5], new SamplePlan(Sizes, 5_000).Chance.Values);

    [Fact]
    public void Chance_MoreThanThereIs_IsOne() => Assert.Equal([1, 1], new SamplePlan(Sizes, long.MaxValue).Chance.Values);

    [Fact]
    public void Chance_Mix_IsAsLargeAsTheScarcestSourceAllows()
    {
        // 40 % code: its 1,000 stand beside 1,500 of the 9,000.
        SamplePlan plan = new(Sizes, long.MaxValue, new MixOptions(new Dictionary<string, double> { ["web"] = 0.6, ["code"] = 0.4 }, maxEpochs: 1));

        Assert.Equal(1, plan.Chance["code"], 1e-9);
        Assert.Equal(1_500 / 9_000.0, plan.Chance["web"], 1e-9);
    }

    [Fact]
    public void Chance_MixAndLimit_SharesOutTheLimit()
    {
        SamplePlan plan = new(Sizes, 1_000, new MixOptions(new Dictionary<string, double> { ["web"] = 3, ["code"] = 1 }, maxEpochs: 1));

        Assert.Equal(0.25, plan.Chance["code"], 1e-9);
        Assert.Equal(750 / 9_000.0, plan.Chance["web"], 1e-9);
    }

    [Fact]
    public void Takes_ManyDocuments_FollowsTheChanceAndTheSeed()
    {
        SamplePlan plan = new(Sizes, 3_000);
        string[] ids = [.. Enumerable.Range(0, 20_000).Select(i => $"web:f#{i}")];

        string[] taken = [.. ids.Where(id => plan.Takes("web", id, new Seed(1)))];

        Assert.InRange(taken.Length, 5_700, 6_300);
        Assert.Equal(taken, ids.Reverse().Where(id => plan.Takes("web", id, new Seed(1))).Reverse());
        Assert.NotEqual(taken, ids.Where(id => plan.Takes("web", id, new Seed(2))));
    }
}
