using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Looks for the best mixture by a model: draws from Dirichlet distributions around a prior and takes the mean of the best, as RegMix does.</summary>
/// <remarks>The mean of many good mixtures is steadier than the best one, which is the luckiest error of the model.</remarks>
public static class MixtureSearch
{
    /// <summary>Bounds of the factor on the prior: below 1 mixtures lean to single sources, above they stay near the prior.</summary>
    public const double LeastStrength = 0.1, MostStrength = 5;

    /// <summary>The best mixture.</summary>
    /// <param name="model">Predicts losses.</param>
    /// <param name="prior">Share of each source around which is looked; the shares of tokens, or the mean of the runs.</param>
    /// <param name="samples">Mixtures to draw.</param>
    /// <param name="best">How many of the best are averaged.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static MixtureFound Best(MixtureModel model, IReadOnlyList<double> prior, int samples, int best, Seed seed)
    {
        double total = prior.Sum();
        var kept = new PriorityQueue<double[], double>();
        double[] weights = new double[prior.Count];
        for (int i = 0; i < samples; i++)
        {
            Draw(prior, total, seed.For((ulong)i), weights);
            double loss = model.Predict(weights);
            if (kept.Count < best)
                kept.Enqueue([.. weights], -loss);
            else if (kept.TryPeek(out _, out double worst) && -loss > worst)
                kept.EnqueueDequeue([.. weights], -loss);
        }
        double[] mean = new double[prior.Count];
        int count = kept.Count;
        while (kept.TryDequeue(out double[]? one, out _))
        {
            for (int source = 0; source < mean.Length; source++)
                mean[source] += one[source] / count;
        }
        return new MixtureFound(mean, model.Predict(mean), model.Predict([.. prior.Select(share => share / total)]));
    }

    /// <summary>Shares from Dirichlet(strength · prior), the strength log-uniform. In logarithms: gamma variates of small shapes are often smaller than a double.</summary>
    internal static void Draw(IReadOnlyList<double> prior, double total, Seed seed, double[] weights)
    {
        double strength = LeastStrength * Math.Pow(MostStrength / LeastStrength, seed.Fraction(0)), most = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = prior[i] > 0 ? LogGamma(strength * prior[i] / total, seed.For((ulong)i)) : double.NegativeInfinity;
            most = Math.Max(most, weights[i]);
        }
        for (int i = 0; i < weights.Length; i++)
            sum += weights[i] = Math.Exp(weights[i] - most);
        for (int i = 0; i < weights.Length; i++)
            weights[i] /= sum;
    }

    /// <summary>Logarithm of a gamma variate (Marsaglia and Tsang 2000): shape + 1 by rejection, then a power of a uniform variate takes it to the shape.</summary>
    internal static double LogGamma(double shape, Seed seed)
    {
        double d = shape + 1 - 1 / 3.0, c = 1 / Math.Sqrt(9 * d), power = Math.Log(1 - seed.Fraction(0)) / shape;
        for (ulong draw = 1; ; draw += 3)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - seed.Fraction(draw))) * Math.Cos(2 * Math.PI * seed.Fraction(draw + 1));
            double root = 1 + c * normal;
            if (root <= 0)
                continue;
            double cube = root * root * root;
            if (Math.Log(1 - seed.Fraction(draw + 2)) < 0.5 * normal * normal + d * (1 - cube + Math.Log(cube)))
                return Math.Log(d * cube) + power;
        }
    }
}

/// <summary>A mixture that a search found.</summary>
/// <param name="Weights">Share of each source.</param>
/// <param name="Loss">Loss that the model predicts.</param>
/// <param name="PriorLoss">Loss that it predicts for the prior.</param>
public sealed record MixtureFound(IReadOnlyList<double> Weights, double Loss, double PriorLoss);
