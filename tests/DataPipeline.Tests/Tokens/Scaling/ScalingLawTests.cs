using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Scaling;
using static DataPipeline.Tests.Tokens.Scaling.ScalingGolden;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class ScalingLawTests
{
    [Theory]
    [InlineData("chinchilla", "hoffmann_approach3")]
    [InlineData("chinchilla-refit", "epoch_corrected")]
    public void Frontier_OfAChinchillaLaw_IsTheGoldenOptimum(string rule, string golden)
    {
        JsonElement expected = Expected("chinchilla").GetProperty(golden);
        ScalingRule law = ScalingRule.Named(rule);
        Near(expected.GetProperty("a").GetDouble(), law.Frontier.Exponent);
        foreach (JsonElement row in expected.GetProperty("rows").EnumerateArray())
        {
            ScalingPoint best = law.Frontier.ForFlops(row.GetProperty("C").GetDouble());
            Near(row.GetProperty("N_opt").GetDouble(), best.Parameters);
            Near(row.GetProperty("D_opt").GetDouble(), best.Tokens);
            Near(row.GetProperty("tokens_per_param").GetDouble(), best.TokensPerParameter);
            Near(row.GetProperty("loss").GetDouble(), law.Loss(best.Parameters, best.Tokens));
        }
        Near(expected.GetProperty("loss_70B_1400B").GetDouble(), law.Loss(70e9, 1400e9));
    }

    /// <summary>Brute force: no other size at the same compute has a lower loss.</summary>
    [Theory]
    [InlineData(1e19)]
    [InlineData(3e22)]
    [InlineData(1e26)]
    public void Frontier_OfAChinchillaLaw_IsTheLowestLossAtItsCompute(double flops)
    {
        foreach (ChinchillaLaw law in (ChinchillaLaw[])[ChinchillaLaw.Published, ChinchillaLaw.Refit])
        {
            ScalingPoint best = law.Frontier.ForFlops(flops);
            double loss = law.Loss(best.Parameters, best.Tokens);
            foreach (double factor in (double[])[0.2, 0.8, 0.98, 1.02, 1.2, 5])
                Assert.True(law.Loss(best.Parameters * factor, best.Tokens / factor) > loss);
        }
    }

    [Fact]
    public void ForParametersAndTokens_OfEveryRule_LeadBackToTheSamePoint()
    {
        foreach (ScalingRule rule in ScalingRule.All)
        {
            ScalingPoint best = rule.Frontier.ForFlops(4.2e21), bySize = rule.Frontier.ForParameters(best.Parameters), byTokens = rule.Frontier.ForTokens(best.Tokens);
            Near(4.2e21, best.Flops);
            Near(best.Tokens, bySize.Tokens);
            Near(best.Parameters, byTokens.Parameters);
        }
        Near(20, ScalingRule.TwentyToOne.Frontier.ForFlops(1e24).TokensPerParameter);
    }

    [Fact]
    public void Kaplan_IsTheGoldenLoss()
    {
        JsonElement expected = Expected("kaplan");
        foreach (JsonProperty row in expected.GetProperty("L_N").EnumerateObject())
            Near(row.Value.GetDouble(), KaplanLaw.LossOfParameters(double.Parse(row.Name)));
        foreach (JsonProperty row in expected.GetProperty("L_D").EnumerateObject())
            Near(row.Value.GetDouble(), KaplanLaw.LossOfTokens(double.Parse(row.Name)));
        Near(expected.GetProperty("joint_1e8_1e10").GetDouble(), KaplanLaw.Loss(1e8, 1e10));
        Near(1.3e9, KaplanLaw.Frontier.ForFlops(KaplanLaw.PetaflopDay).Parameters);
    }

    [Fact]
    public void Worth_OfRepeats_IsTheGoldenValue()
    {
        foreach (JsonProperty row in Expected("muennighoff_repeat").EnumerateObject())
            Near(row.Value.GetDouble(), RepeatedTokens.Worth(1, double.Parse(row.Name)));
        Assert.Equal(0.3, RepeatedTokens.Worth(1, 0.3));
    }

    [Fact]
    public void Warnings_FarOutsideTheRuns_NameTheFactor()
    {
        FitRange range = ScalingRule.ChinchillaRefit.Range!;
        Assert.Empty(range.Warnings("law", new ScalingPoint(70e9, 1.4e12)));
        string[] warnings = [.. range.Warnings("law", new ScalingPoint(1e6, 100e12))];
        Assert.Equal(2, warnings.Length);
        Assert.Contains("57.3 times fewer than the smallest", warnings[0]);
        Assert.Contains("314 times more than the largest", warnings[1]);
    }

    [Fact]
    public void Named_UnknownRule_SuggestsTheNearest()
    {
        Assert.Contains("`chinchilla`", Assert.Throws<ConfigurationException>(() => ScalingRule.Named("chincilla")).Message);
    }
}
