using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Tokens.Scaling;

/// <summary>A constant of a fitted law.</summary>
/// <param name="Name">E, A, B, alpha, beta, or a, the exponent of the best size in compute.</param>
/// <param name="Value">As fitted.</param>
/// <param name="StandardError">Standard deviation over the bootstrap; 0 without one.</param>
/// <param name="Low">2.5th percentile over the bootstrap.</param>
/// <param name="High">97.5th percentile.</param>
public sealed record FittedConstant(string Name, double Value, double StandardError, double Low, double High);

/// <summary>A run and what the law says of it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Predicted">Loss that the law predicts.</param>
public sealed record Residual(TrainedRun Run, double Predicted)
{
    /// <summary>Difference of the logarithms: 0.01 is a loss 1 % above the prediction.</summary>
    public double Log => Math.Log(Run.Loss / Predicted);
}

/// <summary>A fitted law with how far it can be trusted.</summary>
public sealed class ScalingFitResult
{
    internal ScalingFitResult(ChinchillaLaw law, double objective, IReadOnlyList<ChinchillaLaw> resampled, IReadOnlyList<TrainedRun> runs, int dropped)
    {
        Law = law;
        Objective = objective;
        Dropped = dropped;
        Residuals = [.. runs.Select(run => new Residual(run, law.Loss(run.Parameters, run.Tokens)))];
        Range = new FitRange(runs.Min(run => run.Parameters), runs.Max(run => run.Parameters), runs.Min(run => run.Tokens), runs.Max(run => run.Tokens));
        Constants = [Constant("E", law => law.E), Constant("A", law => law.A), Constant("B", law => law.B), Constant("alpha", law => law.Alpha), Constant("beta", law => law.Beta),
            Constant("a", law => law.Frontier.Exponent)];

        FittedConstant Constant(string name, Func<ChinchillaLaw, double> value)
        {
            double[] values = [.. resampled.Select(value).Order()];
            if (values.Length < 2)
                return new FittedConstant(name, value(law), 0, value(law), value(law));
            double mean = values.Average();
            return new FittedConstant(name, value(law), Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)), Quantile(0.025), Quantile(0.975));

            double Quantile(double q)
            {
                double at = q * (values.Length - 1);
                int below = (int)at;
                return values[below] + (at - below) * (values[Math.Min(below + 1, values.Length - 1)] - values[below]);
            }
        }
    }

    /// <summary>The law.</summary>
    public ChinchillaLaw Law { get; }

    /// <summary>Sum of the Huber losses at the law.</summary>
    public double Objective { get; }

    /// <summary>Runs of the highest losses that were left out.</summary>
    public int Dropped { get; }

    /// <summary>The constants with their uncertainty, and the exponent a of the best size.</summary>
    public IReadOnlyList<FittedConstant> Constants { get; }

    /// <summary>A line for each run that was used, in their order.</summary>
    public IReadOnlyList<Residual> Residuals { get; }

    /// <summary>What the runs span.</summary>
    public FitRange Range { get; }

    /// <summary>Root of the mean squared residual of log L.</summary>
    public double RootMeanSquare => Math.Sqrt(Residuals.Average(residual => residual.Log * residual.Log));

    /// <summary>What makes the law less than it seems.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            if (Residuals.Count < 30)
                yield return $"{Residuals.Count} runs are few for five constants: the intervals are wide, and may be too narrow still";
            if (Range.MaxParameters / Range.MinParameters < 10 || Range.MaxTokens / Range.MinTokens < 10)
                yield return "the runs span less than a factor of 10 in parameters or tokens: exponents from so short a range carry little";
            if (Law.Alpha <= 0 || Law.Beta <= 0)
                yield return "an exponent is not above zero: the loss does not fall with size or tokens in these runs";
            foreach (FittedConstant constant in Constants.Where(constant => constant.StandardError > 0.5 * Math.Abs(constant.Value) && constant.Name is not ("A" or "B")))
                yield return $"{constant.Name} is hardly determined by these runs";
        }
    }
}

/// <summary>The file that <c>plan fit --output</c> writes and <c>plan --rule</c> reads.</summary>
/// <param name="Law">The constants.</param>
/// <param name="Range">What the runs span.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="RootMeanSquare">Of the residuals of log L.</param>
/// <param name="Constants">The constants with their uncertainty.</param>
public sealed record ScalingFitFile(ChinchillaLaw Law, FitRange Range, int Runs, double RootMeanSquare, IReadOnlyList<FittedConstant> Constants)
{
    /// <summary>What is written of a fit.</summary>
    public static ScalingFitFile Of(ScalingFitResult fit) => new(fit.Law, fit.Range, fit.Residuals.Count, fit.RootMeanSquare, fit.Constants);

    /// <summary>Reads a law as a rule named as the file.</summary>
    /// <exception cref="ConfigurationException">The file is none of <c>plan fit</c>.</exception>
    public static ScalingRule Read(string path) => ManifestJson.Read<ScalingFitFile>(path) is { Law: { A: > 0, B: > 0, E: > 0, Alpha: > 0, Beta: > 0 } law, Range: { } range }
        ? new ScalingRule(Path.GetFileNameWithoutExtension(path), law.Frontier, law, range)
        : throw new ConfigurationException($"--rule {path}: no law that datapipeline plan fit wrote with --output, or one with a constant that is not above zero");
}
