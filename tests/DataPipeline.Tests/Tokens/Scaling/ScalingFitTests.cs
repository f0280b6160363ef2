using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Scaling;
using static DataPipeline.Tests.Tokens.Scaling.ScalingGolden;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class ScalingFitTests
{
    private const string Epoch = "golden/train/g10_chinchilla_epoch_fit.json";
    private static readonly ScalingFitSettings Quick = new(Starts: 20, Resamples: 0);

    [Fact]
    public void Fit_NoiseFreeGoldenRuns_FindsTheConstants()
    {
        JsonElement golden = Case("fit_noise_free"), inputs = golden.GetProperty("inputs"), expected = golden.GetProperty("expected");
        ChinchillaLaw law = ScalingFit.Fit(Runs(inputs.GetProperty("N").Numbers(), inputs.GetProperty("D").Numbers(), inputs.GetProperty("L").Numbers()), Quick).Law;
        // The golden file allows 1 %.
        Near(expected.GetProperty("E").GetDouble(), law.E, 1e-3);
        Near(expected.GetProperty("A").GetDouble(), law.A, 1e-2);
        Near(expected.GetProperty("B").GetDouble(), law.B, 1e-2);
        Near(expected.GetProperty("alpha").GetDouble(), law.Alpha, 1e-3);
        Near(expected.GetProperty("beta").GetDouble(), law.Beta, 1e-3);
    }

    [SharedTheory(Epoch)]
    [InlineData(0, "all_245")]
    [InlineData(5, "without_5_highest_loss")]
    public void Fit_RunsOfChinchillasFigure_IsThePublicRefit(int drop, string golden)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Epoch)));
        JsonElement inputs = file.RootElement.GetProperty("inputs"), expected = file.RootElement.GetProperty("expected").GetProperty("computed_here").GetProperty(golden);
        double[] parameters = inputs.GetProperty("N").Numbers();
        double[] tokens = [.. inputs.GetProperty("C").Numbers().Zip(parameters, (c, n) => c / (6 * n))];
        ScalingFitResult fit = ScalingFit.Fit(Runs(parameters, tokens, inputs.GetProperty("loss").Numbers()), Quick with { DropHighest = drop });
        Assert.Equal(245 - drop, fit.Residuals.Count);
        Assert.Equal(expected.GetProperty("E").GetDouble(), fit.Law.E, 0.002);
        Assert.Equal(expected.GetProperty("alpha").GetDouble(), fit.Law.Alpha, 0.003);
        Assert.Equal(expected.GetProperty("beta").GetDouble(), fit.Law.Beta, 0.003);
        Near(expected.GetProperty("A").GetDouble(), fit.Law.A, 0.03);
        Near(expected.GetProperty("B").GetDouble(), fit.Law.B, 0.05);
        Assert.True(fit.Objective <= expected.GetProperty("objective").GetDouble() * (1 + 1e-6), $"objective {fit.Objective}");
    }

    [Fact]
    public void Evaluate_GradientOfTheObjective_IsThatOfFiniteDifferences()
    {
        TrainedRun[] runs = Planted(60, 0.01);
        // A wide and a narrow delta: residuals on the square and on the line.
        foreach (double delta in (double[])[1e-3, 0.05])
        {
            double[] at = [6.1, 7.5, 0.58, 0.34, 0.36];
            (_, double[] gradient) = ScalingFit.Evaluate(runs, delta, at);
            for (int i = 0; i < at.Length; i++)
            {
                const double Step = 1e-7;
                double[] above = [.. at], below = [.. at];
                above[i] += Step;
                below[i] -= Step;
                double slope = (ScalingFit.Evaluate(runs, delta, above).Objective - ScalingFit.Evaluate(runs, delta, below).Objective) / (2 * Step);
                Near(slope, gradient[i], 1e-4);
            }
        }
    }

    [Fact]
    public void Fit_RunsWithNoise_HasThePlantedConstantsInItsIntervals()
    {
        ScalingFitResult fit = ScalingFit.Fit(Planted(120, 0.003), Quick with { Resamples = 60, Seed = new Seed(3) });
        ChinchillaLaw planted = ChinchillaLaw.Refit;
        foreach ((string name, double value) in ((string, double)[])[("E", planted.E), ("A", planted.A), ("B", planted.B), ("alpha", planted.Alpha), ("beta", planted.Beta), ("a", planted.Frontier.Exponent)])
        {
            FittedConstant constant = fit.Constants.Single(constant => constant.Name == name);
            Assert.InRange(value, constant.Low, constant.High);
            Assert.True(constant.Low < constant.Value && constant.Value < constant.High && constant.StandardError > 0, name);
        }
        Assert.InRange(fit.RootMeanSquare, 0.001, 0.006);
        Assert.Empty(fit.Warnings);
    }

    [Fact]
    public void Fit_Twice_GivesTheSameBits()
    {
        TrainedRun[] runs = Planted(40, 0.01);
        ScalingFitSettings settings = Quick with { Resamples = 5, Seed = new Seed(7) };
        Assert.Equal(ScalingFit.Fit(runs, settings).Constants, ScalingFit.Fit(runs, settings).Constants);
    }

    [Fact]
    public void Fit_FewOrEqualRuns_AreRefusedOrWarnedOf()
    {
        TrainedRun[] runs = Planted(8, 0);
        Assert.Throws<InputException>(() => ScalingFit.Fit(runs[..5], Quick));
        Assert.Throws<InputException>(() => ScalingFit.Fit(runs, Quick with { DropHighest = 3 }));
        Assert.Contains("differ", Assert.Throws<InputException>(() => ScalingFit.Fit([.. runs.Select(run => run with { Tokens = 1e9 })], Quick)).Message);
        Assert.Contains("few", string.Join('\n', ScalingFit.Fit(runs, Quick).Warnings));
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSameLaw()
    {
        string path = Path.GetTempFileName();
        try
        {
            ScalingFitResult fit = ScalingFit.Fit(Planted(40, 0.01), Quick);
            DataPipeline.Runs.ManifestJson.Write(path, ScalingFitFile.Of(fit));
            ScalingRule rule = ScalingRule.Named(path);
            Assert.Equal(fit.Law, rule.Law);
            Assert.Equal(fit.Range, rule.Range);
            Assert.Equal(Path.GetFileNameWithoutExtension(path), rule.Name);
            File.WriteAllText(path, "{}");
            Assert.Throws<ConfigurationException>(() => ScalingRule.Named(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TrainedRun[] Runs(double[] parameters, double[] tokens, double[] losses) =>
        [.. parameters.Select((n, i) => new TrainedRun(n, tokens[i], losses[i]))];

    /// <summary>Runs of sizes and tokens spread over three decades, whose losses follow the refit with noise (the difference of two uniform numbers).</summary>
    private static TrainedRun[] Planted(int count, double noise)
    {
        var seed = new Seed(11);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            Seed run = seed.For((ulong)i);
            double parameters = 1e7 * Math.Pow(10, 3 * run.Fraction(0)), tokens = 2e8 * Math.Pow(10, 3 * run.Fraction(1));
            return new TrainedRun(parameters, tokens, ChinchillaLaw.Refit.Loss(parameters, tokens) * Math.Exp(noise * 2.45 * (run.Fraction(2) - run.Fraction(3))));
        })];
    }
}
