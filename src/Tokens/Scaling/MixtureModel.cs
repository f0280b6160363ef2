using DataPipeline.Core;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.Statistics;

namespace DataPipeline.Tokens.Scaling;

/// <summary>How the loss is told from a mixture.</summary>
public enum MixtureModelKind
{
    /// <summary>Least squares with an intercept.</summary>
    Linear,
    /// <summary>The same for the logarithm of the loss.</summary>
    LogLinear,
    /// <summary>Gradient-boosted regression trees, as RegMix chose.</summary>
    Boosted,
    /// <summary>Gaussian process regression over the roots of shares.</summary>
    GaussianProcess,
    /// <summary>The mean of boosted trees and a Gaussian process: the best across folds on RegMix's public runs.</summary>
    Ensemble,
}

/// <summary>Predicts the loss of a mixture from runs (RegMix: Liu et al. 2024, arXiv 2407.01492).</summary>
public abstract class MixtureModel
{
    /// <summary>The loss of a mixture.</summary>
    public abstract double Predict(ReadOnlySpan<double> weights);

    /// <summary>Learns from runs.</summary>
    public static MixtureModel Fit(MixtureModelKind kind, MixtureRuns runs) => kind switch
    {
        MixtureModelKind.Boosted => BoostedTrees.Fit(runs.Weights, runs.Losses, new Seed(0)),
        MixtureModelKind.GaussianProcess => GaussianProcess.Fit(runs),
        MixtureModelKind.Ensemble => EnsembleModel.Fit(runs),
        _ => LinearMixtureModel.Fit(runs, isLog: kind == MixtureModelKind.LogLinear),
    };

    /// <summary>Rank correlation (Spearman, ties share their mean rank) of predicted and measured losses.</summary>
    public double RankCorrelation(MixtureRuns runs) => Correlation.Spearman(runs.Weights.Select(weights => Predict(weights)), runs.Losses);

    /// <summary>The same on runs that the model has not seen: each fifth is predicted from the other four.</summary>
    public static double CrossValidated(MixtureModelKind kind, MixtureRuns runs)
    {
        const int Folds = 5;
        double[] predicted = new double[runs.Losses.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            MixtureModel model = Fit(kind, runs.Where(row => row % Folds != fold));
            for (int row = fold; row < predicted.Length; row += Folds)
                predicted[row] = model.Predict(runs.Weights[row]);
        }
        return Correlation.Spearman(predicted, runs.Losses);
    }
}

/// <summary>Least squares. Shares add up to one, so the columns are nearly dependent; a ridge of 1e-9 of their variance keeps the solution one.</summary>
internal sealed class LinearMixtureModel : MixtureModel
{
    private const double Ridge = 1e-9;
    private readonly double[] _coefficients;
    private readonly double _intercept;
    private readonly bool _isLog;

    private LinearMixtureModel(double[] coefficients, double intercept, bool isLog)
    {
        _coefficients = coefficients;
        _intercept = intercept;
        _isLog = isLog;
    }

    public override double Predict(ReadOnlySpan<double> weights)
    {
        double sum = _intercept;
        for (int i = 0; i < weights.Length; i++)
            sum += _coefficients[i] * weights[i];
        return _isLog ? Math.Exp(sum) : sum;
    }

    public static LinearMixtureModel Fit(MixtureRuns runs, bool isLog)
    {
        Matrix<double> x = DenseMatrix.OfRowArrays(runs.Weights);
        Vector<double> y = DenseVector.OfEnumerable(runs.Losses.Select(loss => isLog ? Math.Log(loss) : loss));
        Vector<double> means = x.ColumnSums() / x.RowCount;
        double mean = y.Average();
        Matrix<double> centred = x - DenseMatrix.Create(x.RowCount, x.ColumnCount, (_, column) => means[column]);
        Matrix<double> normal = centred.TransposeThisAndMultiply(centred);
        normal += DenseMatrix.CreateIdentity(x.ColumnCount) * (Ridge * Math.Max(normal.Trace() / x.ColumnCount, 1e-12));
        Vector<double> coefficients = normal.Cholesky().Solve(centred.TransposeThisAndMultiply(y - mean));
        return new LinearMixtureModel([.. coefficients], mean - coefficients * means, isLog);
    }
}
