using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class MixPlanTests
{
    private const string Golden = "golden/train/g8_mix_scaling_flops.json";

    [SharedFact(Golden)]
    public void Blend_GoldenCases_EqualMegatronsOrder()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Golden)));
        int cases = 0;
        foreach (JsonElement test in json.RootElement.GetProperty("cases").EnumerateArray().Where(test => test.GetProperty("case").GetString() == "greedy_error_blend"))
        {
            double[] weights = [.. test.GetProperty("inputs").GetProperty("weights").EnumerateArray().Select(weight => weight.GetDouble())];
            Blend blend = new(weights, test.GetProperty("inputs").GetProperty("n").GetInt64());
            JsonElement expected = test.GetProperty("expected");
            for (int sample = 0; sample < blend.SampleCount; sample++)
            {
                Assert.Equal((expected.GetProperty("dataset_index")[sample].GetInt32(), expected.GetProperty("sample_index")[sample].GetInt64()), blend.At(sample));
            }
            Assert.Equal(expected.GetProperty("counts").EnumerateArray().Select(count => count.GetInt64()), blend.Counts);
            cases++;
        }
        Assert.Equal(4, cases);
    }

    [Fact]
    public void Blend_LongRun_IsTheSameFromAnyPlaceAndCloseAtEveryPrefix()
    {
        double[] weights = [0.6, 0.1, 0.05, 0.15, 0.1];
        Blend blend = new(weights, 20_000);
        long[] taken = new long[weights.Length];
        for (long sample = 0; sample < blend.SampleCount; sample++)
        {
            (int source, long index) = blend.At(sample);
            Assert.Equal(taken[source]++, index);
            for (int i = 0; i < weights.Length; i++)
                Assert.True(Math.Abs(taken[i] - weights[i] * (sample + 1)) < weights.Length);
        }
        Assert.Equal(taken, blend.Counts);
        Blend other = new(weights, 20_000);
        foreach (long sample in (long[])[19_999, 0, 4095, 4096, 12_345])
        {
            Assert.Equal(blend.At(sample), other.At(sample));
            long[] counts = blend.CountsBefore(sample);
            Assert.Equal(blend.At(sample).Index, counts[blend.At(sample).Source]);
        }
    }

    [Fact]
    public void Blend_SourceWithoutWeight_NeverComes()
    {
        Assert.Equal([0, 100], new Blend([0, 1], 100).Counts);
        Assert.Equal([0, 50, 0, 50], new Blend([0, 1, 0, 1], 100).Counts);
    }

    [Fact]
    public void Permutation_AnyCount_IsABijection() => Prop.ForAll(Gen.Choose(1, 3_000).Two().ToArbitrary(), input =>
    {
        DocumentPermutation order = new(input.Item1, new Seed((ulong)input.Item2));
        Assert.Equal(Enumerable.Range(0, input.Item1).Select(i => (long)i), Enumerable.Range(0, input.Item1).Select(i => order[i]).Order());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Create_DefaultMixWithoutBudget_KeepsRatiosWithinTheCaps()
    {
        MixPlan plan = MixPlan.Create([new("web", 1_000_000), new("books", 30_000), new("papers", 10_000), new("code", 50_000), new("dialogue", 40_000)], new MixOptions());
        Assert.Equal([0.6, 0.1125, 0.0375, 0.15, 0.1], plan.Shares.Select(share => Math.Round(share.Asked, 12)));
        Assert.All(plan.Shares, share => Assert.Equal(share.Asked, share.Share, 12));
        // Books and papers together are the first to be gone through four times.
        Assert.Equal(1_066_666, plan.Tokens);
        Assert.Equal(4, plan.Shares[1].Epochs, 9);
        Assert.DoesNotContain(plan.Shares, share => share.Capped);
    }

    [Fact]
    public void Create_BudgetAboveACap_SharesTheRest()
    {
        SourceTokens[] sources = [new("web", 1_000_000), new("code", 10_000), new("dialogue", 400_000)];
        Dictionary<string, double> weights = new() { ["web"] = 0.6, ["code"] = 0.3, ["dialogue"] = 0.1 };
        MixPlan plan = MixPlan.Create(sources, new MixOptions(weights, tokens: 1_000_000));
        Assert.Equal(1_000_000, plan.Tokens);
        Assert.Equal([822_857.14, 40_000, 137_142.86], plan.Shares.Select(share => Math.Round(share.Tokens, 2)));
        Assert.Equal([false, true, false], plan.Shares.Select(share => share.Capped));

        Assert.Contains("'code' would be repeated 30.00 times",
            Assert.Throws<ConfigurationException>(() => MixPlan.Create(sources, new MixOptions(weights, 1_000_000, atCap: AtCap.Error))).Message, StringComparison.Ordinal);
        MixPlan repeated = MixPlan.Create(sources, new MixOptions(weights, 1_000_000, atCap: AtCap.Repeat));
        Assert.Equal(30, repeated.Shares[1].Epochs, 9);
    }

    [Fact]
    public void Create_BudgetAboveAllCaps_GivesWhatThereIs()
    {
        MixPlan plan = MixPlan.Create([new("a", 1_000), new("b", 100)], new MixOptions(new Dictionary<string, double> { ["a"] = 1, ["b"] = 1 }, 1_000_000));
        Assert.Equal(4_400, plan.Tokens);
        Assert.All(plan.Shares, share => Assert.True(share.Capped));
    }

    [Fact]
    public void Create_EmptySource_LeavesItsShareToTheOthers()
    {
        Dictionary<string, double> weights = new() { ["a"] = 1, ["b"] = 1, ["c"] = 2 };
        MixPlan plan = MixPlan.Create([new("a", 1_000), new("b", 0), new("c", 5_000)], new MixOptions(weights));
        Assert.Equal([1 / 3.0, 0, 2 / 3.0], plan.Shares.Select(share => share.Share));
        Assert.Equal([0.25, 0.25, 0.5], plan.Shares.Select(share => share.Asked));
        Assert.Throws<ConfigurationException>(() => MixPlan.Create([new("a", 1_000), new("b", 0), new("c", 5_000)], new MixOptions(weights, atCap: AtCap.Error)));
    }

    [Fact]
    public void Create_SourceWithoutWeight_NamesIt() =>
        Assert.Contains("'news'", Assert.Throws<ConfigurationException>(() => MixPlan.Create([new("web", 10), new("news", 10)], new MixOptions())).Message, StringComparison.Ordinal);
}
