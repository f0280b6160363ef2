using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Gaussian process regression (Rasmussen and Williams 2006): a smooth surface through the runs, which trees approximate by steps.</summary>
/// <remarks>
/// Between roots of shares, where a step from 0.01 to 0.04 is as long as one from 0.25 to 0.36: the first percents of a source change a loss most. Length and noise are
/// those of the greatest marginal likelihood on a grid, so nothing has to be set.
/// </remarks>
internal sealed class GaussianProcess : MixtureModel
{
    private static readonly double[] _lengths = [0.25, 0.5, 1, 2, 4, 8];
    // Variance of the noise of a run, in that of the surface.
    private static readonly double[] _noises = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

    private readonly double[][] _roots;
    private readonly double[] _coefficients;
    private readonly double _mean, _length;

    private GaussianProcess(double[][] roots, double[] coefficients, double mean, double length) =>
        (_roots, _coefficients, _mean, _length) = (roots, coefficients, mean, length);

    public override double Predict(ReadOnlySpan<double> weights)
    {
        double[] root = Roots(weights);
        double sum = _mean;
        for (int run = 0; run < _roots.Length; run++)
            sum += _coefficients[run] * Kernel(SquaredDistance(root, _roots[run]), _length);
        return sum;
    }

    public static GaussianProcess Fit(MixtureRuns runs)
    {
        double[][] roots = [.. runs.Weights.Select(weights => Roots(weights))];
        double mean = runs.Losses.Average();
        Vector<double> losses = DenseVector.OfEnumerable(runs.Losses.Select(loss => loss - mean));
        Matrix<double> distances = DenseMatrix.Create(roots.Length, roots.Length, (row, column) => SquaredDistance(roots[row], roots[column]));
        (double Likelihood, double Length, Vector<double> Coefficients) best = (double.NegativeInfinity, _lengths[0], DenseVector.Create(roots.Length, 0));
        foreach (double length in _lengths)
        {
            Matrix<double> kernel = distances.Map(distance => Kernel(distance, length));
            foreach (double noise in _noises)
            {
                Cholesky<double> factor = (kernel + DenseMatrix.CreateDiagonal(roots.Length, roots.Length, noise)).Cholesky();
                Vector<double> coefficients = factor.Solve(losses);
                // The variance of the surface that makes the losses likeliest is in closed form.
                double likelihood = -0.5 * (roots.Length * Math.Log(losses * coefficients / roots.Length) + factor.DeterminantLn);
                if (likelihood > best.Likelihood)
                    best = (likelihood, length, coefficients);
            }
        }
        return new GaussianProcess(roots, [.. best.Coefficients], mean, best.Length);
    }

    private static double[] Roots(ReadOnlySpan<double> weights)
    {
        double[] roots = new double[weights.Length];
        for (int i = 0; i < roots.Length; i++)
            roots[i] = Math.Sqrt(weights[i]);
        return roots;
    }

    private static double SquaredDistance(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    private static double Kernel(double squaredDistance, double length) => Math.Exp(-squaredDistance / (2 * length * length));
}
