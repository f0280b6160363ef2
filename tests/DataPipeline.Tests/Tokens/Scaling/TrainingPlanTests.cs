using System.Xml.Linq;
using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Scaling;
using static DataPipeline.Tests.Tokens.Scaling.ScalingGolden;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class TrainingPlanTests
{
    private static readonly Corpus Small = new("test", [new SourceTokens("web", 1_000_000_000), new SourceTokens("books", 500_000_000), new SourceTokens("code", 2_000_000_000)], [0.5, 0.3, 0.2]);
    private static readonly Gpu H100 = Gpu.Parse("h100").Gpu;

    [Fact]
    public void Create_OneOfSizeComputeAndTokens_IsTheOptimumOfTheRule()
    {
        ScalingPoint best = ScalingRule.ChinchillaRefit.Frontier.ForFlops(1e22);
        foreach (PlanRequest request in (PlanRequest[])[new() { Flops = 1e22 }, new() { Parameters = best.Parameters }, new() { Tokens = best.Tokens }])
        {
            TrainingPlan plan = TrainingPlan.Create(request);
            Near(best.Parameters, plan.Parameters);
            Near(best.Tokens, plan.Tokens);
            Near(1e22, plan.Flops);
            Near(plan.Loss, plan.Optima[0].Loss);
            Assert.Equal("chinchilla-refit chinchilla 20-to-1 kaplan", string.Join(' ', plan.Optima.Select(optimum => optimum.Rule)));
        }
    }

    [Fact]
    public void Create_TwoOfSizeComputeAndTokens_FixTheThird()
    {
        foreach (PlanRequest request in (PlanRequest[])[new() { Parameters = 1e9, Tokens = 30e9 }, new() { Parameters = 1e9, Flops = 1.8e20 }, new() { Tokens = 30e9, Flops = 1.8e20 }])
        {
            TrainingPlan plan = TrainingPlan.Create(request);
            Near(1e9, plan.Parameters);
            Near(30e9, plan.Tokens);
            Assert.True(plan.Loss > plan.Optima[0].Loss);
        }
    }

    /// <summary>GPU hours pay for attention as well; what comes out takes the hours that went in.</summary>
    [Fact]
    public void Create_GpuHours_AreSpent()
    {
        foreach (PlanRequest known in (PlanRequest[])[new(), new() { Parameters = 1e9 }, new() { Tokens = 30e9 }, new() { Model = ModelShape.Named("gpt2") }, new() { Rule = ScalingRule.Kaplan }])
        {
            TrainingPlan plan = TrainingPlan.Create(known with { Gpu = H100, GpuCount = 8, Hours = 100 });
            Near(100, plan.Time[0].Hours, 1e-3);
            Assert.Equal(("h100", 8), (plan.Time[0].Gpu, plan.Time[0].Count));
            Near(989e12 * 0.4 * 8 * 100 * 3600, plan.FlopsWithAttention, 1e-3);
            Assert.True(plan.Flops < plan.FlopsWithAttention || known.Model is not null);
        }
    }

    [Fact]
    public void Create_KnownModel_CountsAttentionByItsShape()
    {
        TrainingPlan plan = TrainingPlan.Create(new PlanRequest { Model = ModelShape.Named("llama-7b"), Tokens = 1e12, Context = 4096 });
        Near(46086512640e12, plan.FlopsWithAttention);
        Near(6 * 6738415616e12, plan.Flops);
        Near(46086512640e12 / (312e12 * 0.4) / 3600, plan.Time.Single(time => time.Gpu == "a100").GpuHours);
        Assert.Equal(["v100", "a100", "h100", "h200"], plan.Time.Select(time => time.Gpu));
    }

    [Fact]
    public void Create_CorpusUnderAMix_CountsEpochs()
    {
        double[] epochs = ScalingGolden.Expected("epochs_from_mix").Numbers();
        TrainingPlan plan = TrainingPlan.Create(new PlanRequest { Corpus = Small, Tokens = 3e9 });
        Assert.All(plan.Corpus!.Sources.Select((source, i) => (source, i)), pair => Near(epochs[pair.i], pair.source.Epochs));
        Near(RepeatedTokens.Worth(1e9, 1.5e9) + RepeatedTokens.Worth(5e8, 9e8) + 6e8, plan.Corpus.Worth);
        Near(ChinchillaLaw.Refit.Loss(plan.Parameters, plan.Corpus.Worth) - plan.Loss, plan.Corpus.LossChange, 1e-6);
        Assert.True(plan.Corpus.LossChange > 0);
        Assert.DoesNotContain(plan.Warnings, warning => warning.Contains("repeated", StringComparison.Ordinal));
    }

    /// <summary>A corpus alone is trained on as long as no source is repeated more than four times: books, 0.3 of the mix, end it.</summary>
    [Fact]
    public void Create_CorpusAlone_TakesItsBudget()
    {
        TrainingPlan plan = TrainingPlan.Create(new PlanRequest { Corpus = Small });
        Near(4 * 5e8 / 0.3, plan.Tokens);
        Near(4, plan.Corpus!.Sources[1].Epochs);
        Assert.Equal(plan.Corpus.Budget, plan.Tokens);
        Assert.DoesNotContain(plan.Warnings, warning => warning.Contains("repeated", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_CorpusTooSmall_WarnsAndSaysTheBudget()
    {
        TrainingPlan plan = TrainingPlan.Create(new PlanRequest { Corpus = Small, Tokens = 20e9 });
        Assert.Contains(plan.Warnings, warning => warning.StartsWith("web would be repeated 10.0 times", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, warning => warning.StartsWith("books would be repeated 12.0 times", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, warning => warning.Contains("6.67B tokens keep", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_Contradictions_AreNamedAllAtOnce()
    {
        Refused(new PlanRequest(), "nothing to plan from");
        Refused(new PlanRequest { Gpu = H100, GpuCount = 8 }, "nothing to plan from");
        Refused(new PlanRequest { Parameters = 1e9, Tokens = 1e9, Flops = 1e20 }, "two of them at most");
        Refused(new PlanRequest { Parameters = 1e9, Tokens = 1e9, Gpu = H100, Hours = 3 }, "two of them at most");
        Refused(new PlanRequest { Parameters = 1e9, Model = ModelShape.Known[0] }, "both say the size");
        Refused(new PlanRequest { Flops = 1e20, Gpu = H100, Hours = 3 }, "both say the compute");
        Refused(new PlanRequest { Hours = 3 }, "needs --gpus");
        Refused(new PlanRequest { Flops = 1e20, Utilisation = 0 }, "--mfu");
        Refused(new PlanRequest { Flops = 1e20, Utilisation = double.NaN }, "--mfu");
        Refused(new PlanRequest { Flops = 1e20, MicroBatch = 0 }, "--micro-batch");
        Assert.Equal(2, Assert.Throws<ConfigurationException>(() => TrainingPlan.Create(new PlanRequest { Parameters = 1e9, Model = ModelShape.Known[0], Utilisation = 2 })).Message.Split('\n').Length);

        static void Refused(PlanRequest request, string message) =>
            Assert.Contains(message, Assert.Throws<ConfigurationException>(() => TrainingPlan.Create(request)).Message);
    }

    [Fact]
    public void Create_TooLargeForItsGpu_Warns()
    {
        TrainingPlan plan = TrainingPlan.Create(new PlanRequest { Parameters = 300e9, Gpu = Gpu.Parse("l4").Gpu });
        Assert.Contains(plan.Warnings, warning => warning.StartsWith("nothing fits into the 24 GB of a l4", StringComparison.Ordinal));
    }

    /// <summary>From tiny to absurd, with every rule, a corpus and names that XML must escape.</summary>
    [Fact]
    public void Draw_AnyPlan_IsWellFormedAndStaysInItsPicture()
    {
        foreach (ScalingRule rule in ScalingRule.All.Append(ScalingRule.Chinchilla with { Name = "<own & \"law\">" }))
        {
            foreach (PlanRequest request in (PlanRequest[])[new() { Flops = 1e15 }, new() { Flops = 1e30 }, new() { Parameters = 1e6, Tokens = 1e14 }, new() { Parameters = 1e13, Tokens = 1e7 }, new() { Corpus = Small }])
            {
                string svg = LossChart.Draw(TrainingPlan.Create(request with { Rule = rule }), rule);
                XElement chart = XDocument.Parse(svg).Root!;
                Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
                Assert.DoesNotContain("Infinity", svg, StringComparison.Ordinal);
                XElement[] texts = [.. chart.Descendants().Where(element => element.Name.LocalName == "text")];
                Assert.Contains(texts, text => text.Value == "training tokens D");
                Assert.Contains(texts, text => text.Value == "parameters N");
                Assert.Contains(texts, text => text.Value == rule.Name);
                Assert.All(texts.Where(text => text.Attribute("y") is not null), text => Assert.InRange((double)text.Attribute("y")!, 0, 640));
                Assert.True(chart.Descendants().Count(element => element.Name.LocalName == "polyline") >= 3);
                XElement plan = chart.Descendants().First(element => element.Name.LocalName == "circle");
                Assert.InRange((double)plan.Attribute("cx")!, 84, 704);
                Assert.InRange((double)plan.Attribute("cy")!, 66, 566);
            }
        }
    }
}
