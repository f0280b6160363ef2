using DataPipeline.Core;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.Optimization;

namespace DataPipeline.Tokens.Scaling;

/// <summary>A finished training run.</summary>
/// <param name="Parameters">Parameters of the model.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Loss">Its final loss in nats a token.</param>
public sealed record TrainedRun(double Parameters, double Tokens, double Loss);

/// <summary>Fits <see cref="ChinchillaLaw"/> to runs: approach 3 of Hoffmann et al. 2022, as Besiroglu et al. 2024 repeated it.</summary>
/// <remarks>
/// The Huber loss of log L, summed, over log-sum-exp(a - alpha log N, b - beta log D, e), so that A, B and E are above zero; BFGS from the best points of a grid. Logarithms are
/// centred: a and alpha, b and beta are nearly one direction else. The sum, not the mean, is minimised: the mean is so small that a tolerance on it ends the search early, which Besiroglu
/// et al. name as what put the published constants off. Bootstrap, not the Hessian: with a delta of 0.001 few residuals lie where the Huber loss is curved, and its Hessian says little.
/// </remarks>
public sealed class ScalingFit
{
    private readonly double[] _logN, _logD, _logL;
    private readonly double _meanN, _meanD, _delta;

    private ScalingFit(IReadOnlyList<TrainedRun> runs, double delta)
    {
        _delta = delta;
        _meanN = runs.Average(run => Math.Log(run.Parameters));
        _meanD = runs.Average(run => Math.Log(run.Tokens));
        _logN = [.. runs.Select(run => Math.Log(run.Parameters) - _meanN)];
        _logD = [.. runs.Select(run => Math.Log(run.Tokens) - _meanD)];
        _logL = [.. runs.Select(run => Math.Log(run.Loss))];
    }

    /// <summary>Fits runs.</summary>
    /// <param name="runs">The runs; more than the five constants.</param>
    /// <param name="settings">How it is fitted.</param>
    /// <exception cref="InputException">There are too few runs, or all have one size or one number of tokens.</exception>
    public static ScalingFitResult Fit(IReadOnlyList<TrainedRun> runs, ScalingFitSettings settings)
    {
        TrainedRun[] used = [.. runs.Index().OrderByDescending(run => run.Item.Loss).Skip(settings.DropHighest).OrderBy(run => run.Index).Select(run => run.Item)];
        if (used.Length < 6)
            throw new InputException($"{used.Length} runs are too few for five constants: at least 6, better 30 or more of several sizes and numbers of tokens");
        if (used.Select(run => run.Parameters).Distinct().Count() < 2 || used.Select(run => run.Tokens).Distinct().Count() < 2)
            throw new InputException("the runs must differ in parameters and in tokens: one of the two never changes, so its exponent cannot be told");

        var fit = new ScalingFit(used, settings.Delta);
        double[] weights = [.. Enumerable.Repeat(1.0, used.Length)];
        double[][] grid = [.. fit.Grid().OrderBy(start => fit.Objective(start, weights, null)).Take(settings.Starts)];
        (double[] best, double objective) = grid.Select(start => fit.Minimise(start, weights)).MinBy(found => found.Objective);
        ChinchillaLaw law = fit.LawOf(best);
        ChinchillaLaw[] resampled = [.. Enumerable.Range(0, settings.Resamples).Select(i => fit.LawOf(fit.Minimise(best, fit.Resample(settings.Seed.For((ulong)i))).Constants))];
        return new ScalingFitResult(law, objective, resampled, used, runs.Count - used.Length);
    }

    /// <summary>The objective and its gradient by (log A, log B, log E, alpha, beta), for comparing with finite differences.</summary>
    internal static (double Objective, double[] Gradient) Evaluate(IReadOnlyList<TrainedRun> runs, double delta, double[] constants)
    {
        var fit = new ScalingFit(runs, delta);
        double[] gradient = new double[5], weights = [.. Enumerable.Repeat(1.0, runs.Count)];
        double objective = fit.Objective([constants[0] - constants[3] * fit._meanN, constants[1] - constants[4] * fit._meanD, .. constants[2..]], weights, gradient);
        gradient[3] -= gradient[0] * fit._meanN;
        gradient[4] -= gradient[1] * fit._meanD;
        return (objective, gradient);
    }

    /// <summary>The grid of Hoffmann et al.: 4,500 points.</summary>
    private IEnumerable<double[]> Grid() =>
        from alpha in (double[])[0, 0.5, 1, 1.5, 2]
        from beta in (double[])[0, 0.5, 1, 1.5, 2]
        from e in (double[])[-1, -0.5, 0, 0.5, 1]
        from a in (double[])[0, 5, 10, 15, 20, 25]
        from b in (double[])[0, 5, 10, 15, 20, 25]
        select (double[])[a - alpha * _meanN, b - beta * _meanD, e, alpha, beta];

    private (double[] Constants, double Objective) Minimise(double[] start, double[] weights)
    {
        IObjectiveFunction function = ObjectiveFunction.Gradient(point =>
        {
            double[] gradient = new double[5];
            return (Objective(point.AsArray(), weights, gradient), (Vector<double>)DenseVector.OfArray(gradient));
        });
        try
        {
            MinimizationResult found = new BfgsMinimizer(gradientTolerance: 1e-9, parameterTolerance: 1e-12, functionProgressTolerance: 1e-13, maximumIterations: 2000)
                .FindMinimum(function, DenseVector.OfArray((double[])start.Clone()));
            return (found.MinimizingPoint.ToArray(), found.FunctionInfoAtMinimum.Value);
        }
        catch (Exception error) when (error is OptimizationException or MathNet.Numerics.NumericalBreakdownException)
        {
            // A start on a plateau has no line to search; it is worth what it is.
            return (start, Objective(start, weights, null));
        }
    }

    /// <summary>Sum of the Huber losses of log L; its gradient by the centred constants is added to <paramref name="gradient"/>.</summary>
    private double Objective(double[] constants, double[] weights, double[]? gradient)
    {
        double sum = 0;
        for (int i = 0; i < _logL.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            double u = constants[0] - constants[3] * _logN[i], v = constants[1] - constants[4] * _logD[i], w = constants[2];
            double most = Math.Max(u, Math.Max(v, w));
            double expU = Math.Exp(u - most), expV = Math.Exp(v - most), expW = Math.Exp(w - most), total = expU + expV + expW;
            double residual = most + Math.Log(total) - _logL[i], size = Math.Abs(residual);
            sum += weights[i] * (size <= _delta ? 0.5 * residual * residual : _delta * (size - 0.5 * _delta));
            if (gradient is null)
                continue;
            double slope = weights[i] * Math.Clamp(residual, -_delta, _delta) / total;
            gradient[0] += slope * expU;
            gradient[1] += slope * expV;
            gradient[2] += slope * expW;
            gradient[3] -= slope * expU * _logN[i];
            gradient[4] -= slope * expV * _logD[i];
        }
        return sum;
    }

    /// <summary>How often each run is drawn when as many are drawn with replacement.</summary>
    private double[] Resample(Seed seed)
    {
        double[] weights = new double[_logL.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[seed.Below((ulong)weights.Length, (ulong)i)]++;
        return weights;
    }

    private ChinchillaLaw LawOf(double[] constants) =>
        new(Math.Exp(constants[2]), Math.Exp(constants[0] + constants[3] * _meanN), Math.Exp(constants[1] + constants[4] * _meanD), constants[3], constants[4]);
}

/// <summary>How a law is fitted.</summary>
/// <param name="Delta">Where the Huber loss of log L turns from a square to a line.</param>
/// <param name="DropHighest">Runs of the highest losses that are left out.</param>
/// <param name="Starts">Points of the grid to start from, the best first.</param>
/// <param name="Resamples">Resamples of the bootstrap.</param>
/// <param name="Seed">Seed of the bootstrap.</param>
public sealed record ScalingFitSettings(double Delta = 1e-3, int DropHighest = 0, int Starts = 100, int Resamples = 200, Seed Seed = default);
