using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class MixtureModelTests : IDisposable
{
    private const string Golden = "golden/train/g11_regmix_public.json";
    private readonly string _folder = Directory.CreateTempSubdirectory("regmix").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedTheory(Golden)]
    [InlineData("1m")]
    [InlineData("60m")]
    [InlineData("1B")]
    public void RankCorrelation_OnThePublicRuns_IsTheGolden(string size)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Golden)));
        string target = file.RootElement.GetProperty("inputs").GetProperty("target").GetString()!;
        JsonElement expected = file.RootElement.GetProperty("expected").GetProperty(size);
        MixtureRuns train = Read("train", "1m", target), test = Read("test", size, target);
        Assert.Equal(expected.GetProperty("n").GetInt32(), test.Losses.Length);
        MixtureModel linear = MixtureModel.Fit(MixtureModelKind.Linear, train);
        Assert.Equal(expected.GetProperty("spearman_linear").GetDouble(), linear.RankCorrelation(test), 0.002);
        ScalingGolden.Near(expected.GetProperty("mse").GetDouble(), test.Losses.Select((loss, i) => Math.Pow(loss - linear.Predict(test.Weights[i]), 2)).Average(), 1e-3);
        double boosted = MixtureModel.Fit(MixtureModelKind.Boosted, train).RankCorrelation(test), ensemble = MixtureModel.Fit(MixtureModelKind.Ensemble, train).RankCorrelation(test);
        Assert.True(ensemble >= expected.GetProperty("spearman_gbm_sklearn").GetDouble(), $"ensemble {ensemble}");
        Assert.True(boosted > expected.GetProperty("spearman_gbm_sklearn").GetDouble() - 0.003, $"boosted {boosted}");
        Assert.True(ensemble > boosted && boosted > linear.RankCorrelation(test), $"boosted {boosted}");
    }

    [Fact]
    public void Fit_LinearAndLogLinearLosses_AreFoundExactly()
    {
        MixtureRuns runs = Planted(60, weights => 3 - weights[0] + 0.5 * weights[2]);
        Assert.All(runs.Weights, weights => Assert.Equal(3 - weights[0] + 0.5 * weights[2], MixtureModel.Fit(MixtureModelKind.Linear, runs).Predict(weights), 1e-6));
        MixtureRuns curved = Planted(60, weights => Math.Exp(1 - weights[0]));
        Assert.All(curved.Weights, weights => Assert.Equal(Math.Exp(1 - weights[0]), MixtureModel.Fit(MixtureModelKind.LogLinear, curved).Predict(weights), 1e-6));
    }

    /// <summary>A step and an interaction, which no line can follow.</summary>
    [Fact]
    public void Fit_LossWithAStep_IsFollowedByTreesOnly()
    {
        static double Loss(double[] weights) => (weights[0] > 0.3 ? 1 : 3) * (weights[1] > 0.2 ? 1 : 1.5);
        MixtureRuns runs = Planted(300, Loss), test = Planted(100, Loss, seed: 9);
        double trees = Mean(MixtureModelKind.Boosted), line = Mean(MixtureModelKind.Linear);
        Assert.True(trees < 0.1 && trees < line / 4, $"{trees} {line}");

        double Mean(MixtureModelKind kind)
        {
            MixtureModel model = MixtureModel.Fit(kind, runs);
            return test.Weights.Average(weights => Math.Abs(model.Predict(weights) - Loss(weights)));
        }
    }

    [Fact]
    public void Fit_SmoothLoss_IsFollowedCloserByTheProcessThanByTrees()
    {
        static double Loss(double[] weights) => 3 - Math.Sqrt(weights[0] + 0.01) - weights[1] * weights[2];
        MixtureRuns runs = Planted(100, Loss), test = Planted(100, Loss, seed: 9);
        double Mean(MixtureModelKind kind)
        {
            MixtureModel model = MixtureModel.Fit(kind, runs);
            return test.Weights.Average(weights => Math.Abs(model.Predict(weights) - Loss(weights)));
        }
        double process = Mean(MixtureModelKind.GaussianProcess), trees = Mean(MixtureModelKind.Boosted), both = Mean(MixtureModelKind.Ensemble);
        Assert.True(process < 0.005 && process < trees / 4, $"{process} {trees}");
        Assert.InRange(both, process, trees);
    }

    [Fact]
    public void Fit_RunsOfOneLoss_PredictIt()
    {
        MixtureRuns runs = Planted(30, _ => 2);
        foreach (MixtureModelKind kind in Enum.GetValues<MixtureModelKind>())
            Assert.Equal(2, MixtureModel.Fit(kind, runs).Predict([0.2, 0.3, 0.5]), 1e-9);
    }

    [Fact]
    public void CrossValidated_LossWithoutAnyPattern_IsNearNothing()
    {
        MixtureRuns runs = Planted(200, _ => 0);
        var chance = new Seed(4);
        runs = runs with { Losses = [.. runs.Losses.Select((_, i) => chance.Fraction((ulong)i))] };
        Assert.InRange(MixtureModel.CrossValidated(MixtureModelKind.Boosted, runs), -0.3, 0.3);
        Assert.True(MixtureModel.CrossValidated(MixtureModelKind.Boosted, Planted(200, weights => weights[0])) > 0.95);
    }

    [Fact]
    public void Best_LossWithOneLowestMix_IsNearIt()
    {
        double[] wanted = [0.5, 0.3, 0.2];
        MixtureRuns runs = Planted(400, weights => 2 + weights.Zip(wanted, (a, b) => (a - b) * (a - b)).Sum());
        MixtureFound found = MixtureSearch.Best(MixtureModel.Fit(MixtureModelKind.Boosted, runs), [1, 1, 1], 20_000, 100, new Seed(1));
        Assert.Equal(1, found.Weights.Sum(), 1e-9);
        for (int i = 0; i < 3; i++)
            Assert.InRange(found.Weights[i], wanted[i] - 0.08, wanted[i] + 0.08);
        Assert.True(found.Loss < found.PriorLoss);
        Assert.Equal(found.Weights, MixtureSearch.Best(MixtureModel.Fit(MixtureModelKind.Boosted, runs), [1, 1, 1], 20_000, 100, new Seed(1)).Weights);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.7)]
    [InlineData(4)]
    public void LogGamma_OfAShape_HasItsMeanAndVariance(double shape)
    {
        double[] values = [.. Enumerable.Range(0, 60_000).Select(i => Math.Exp(MixtureSearch.LogGamma(shape, new Seed(8).For((ulong)i))))];
        double mean = values.Average(), variance = values.Average(value => (value - mean) * (value - mean));
        Assert.InRange(mean, shape * 0.95, shape * 1.05);
        Assert.InRange(variance, shape * 0.9, shape * 1.1);
    }

    [Fact]
    public void Draw_SmallPriors_AreSharesAroundThePrior()
    {
        double[] prior = [6, 3, 1, 0], sums = new double[4], weights = new double[4];
        for (int i = 0; i < 20_000; i++)
        {
            MixtureSearch.Draw(prior, 10, new Seed(2).For((ulong)i), weights);
            Assert.Equal(1, weights.Sum(), 1e-12);
            for (int source = 0; source < 4; source++)
                sums[source] += weights[source] / 20_000;
        }
        Assert.Equal(0, sums[3]);
        for (int source = 0; source < 3; source++)
            Assert.InRange(sums[source], prior[source] / 10 - 0.01, prior[source] / 10 + 0.01);
    }

    [Fact]
    public void Read_RowsInAnotherOrder_AreJoinedByIndex()
    {
        MixtureRuns runs = Read("index,src_a,src_b\n1,0.2,0.8\n2,1,0\n", "index,x,y\n2,5,7\n1,1,2\n", null);
        Assert.Equal(["a", "b"], runs.Sources);
        Assert.Equal([1.5, 6], runs.Losses);
        Assert.Equal([5.0, 1.0], Read("a,b\n1,0\n0,1\n", "x\n5\n1\n", "x").Losses);
    }

    [Theory]
    [InlineData("index,a\n1,1\n", "index,x\n2,5\n", "run 2 is not in")]
    [InlineData("index,a\n1,1\n2,1\n", "index,x\n2,5\n", "no loss of run 1")]
    [InlineData("index,a\n1,1\n", "index,x\n1,5\n1,6\n", "two rows are run 1")]
    [InlineData("index,a\n1,-1\n", "index,x\n1,5\n", "run 1 must be at least zero")]
    [InlineData("index,a\n1,one\n", "index,x\n1,5\n", "mix.csv:2: a 'one' is no number")]
    [InlineData("index,a\n1\n", "index,x\n1,5\n", "mix.csv:2: 1 cells")]
    [InlineData("index,a,a\n1,1,1\n", "index,x\n1,5\n", "two columns are named a")]
    [InlineData("index\n1\n", "index,x\n1,5\n", "no column beside index")]
    [InlineData("", "index,x\n1,5\n", "no rows")]
    public void Read_WrongTables_NameFileAndLine(string mixtures, string losses, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Read(mixtures, losses, null)).Message);

    private MixtureRuns Read(string mixtures, string losses, string? target)
    {
        if (!mixtures.Contains('\n') && mixtures.Length > 0)
            return MixtureRuns.Read(SharedData.PathOf($"golden/train/regmix_csv/{mixtures}_mixture_{losses}.csv"), SharedData.PathOf($"golden/train/regmix_csv/{mixtures}_pile_loss_{losses}.csv"), target);
        string mix = Path.Combine(_folder, "mix.csv"), loss = Path.Combine(_folder, "loss.csv");
        File.WriteAllText(mix, mixtures);
        File.WriteAllText(loss, losses);
        return MixtureRuns.Read(mix, loss, target, "src_");
    }

    private static MixtureRuns Planted(int count, Func<double[], double> loss, ulong seed = 5)
    {
        double[][] weights = [.. Enumerable.Range(0, count).Select(i =>
        {
            double[] run = new double[3];
            MixtureSearch.Draw([1, 1, 1], 0.5, new Seed(seed).For((ulong)i), run);
            return run;
        })];
        return new MixtureRuns(["a", "b", "c"], weights, [.. weights.Select(loss)]);
    }
}
