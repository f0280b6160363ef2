using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Half boosted trees, drawn several times, and half a Gaussian process: steps and slopes err in different places, so their mean errs less than either.</summary>
internal sealed class EnsembleModel(IReadOnlyList<BoostedTrees> trees, GaussianProcess process) : MixtureModel
{
    private const int Draws = 5;

    public override double Predict(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        foreach (BoostedTrees drawn in trees)
            sum += drawn.Predict(weights);
        return (sum / trees.Count + process.Predict(weights)) / 2;
    }

    public static EnsembleModel Fit(MixtureRuns runs) => new(
        [.. Enumerable.Range(0, Draws).Select(draw => BoostedTrees.Fit(runs.Weights, runs.Losses, new Seed((ulong)draw)))], GaussianProcess.Fit(runs));
}
