using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>Where the ratios of a mix come from.</summary>
public enum MixStrategy
{
    /// <summary>From weights.</summary>
    Explicit,

    /// <summary>From sizes: share ~ min(size, size_limit)^(1/temperature).</summary>
    Proportional,

    /// <summary>As even as the epoch cap allows: UniMax (Chung et al. 2023, arXiv 2304.09151).</summary>
    Unimax,
}

/// <summary>What the weights of a mix are shares of.</summary>
public enum MixUnit
{
    /// <summary>Trained tokens, ends of documents counted.</summary>
    Tokens,

    /// <summary>Documents.</summary>
    Documents,
}

/// <summary>Ratios that follow from the sizes of sources.</summary>
public static class SizeShares
{
    /// <summary>Temperature sampling (Conneau et al. 2019, arXiv 1911.02116) of sizes cut at a limit (Raffel et al. 2019, arXiv 1910.10683).</summary>
    /// <param name="sizes">Tokens of each source.</param>
    /// <param name="temperature">1 keeps the sizes' ratios; infinity makes all equal.</param>
    /// <param name="sizeLimit">Tokens a source counts as at most.</param>
    /// <returns>Shares that add up to 1.</returns>
    public static double[] Proportional(IReadOnlyList<long> sizes, double temperature, double sizeLimit = double.PositiveInfinity)
    {
        double[] weights = [.. sizes.Select(size => size == 0 ? 0 : Math.Pow(Math.Min(size, sizeLimit), 1 / temperature))];
        double total = weights.Sum();
        return [.. weights.Select(weight => total > 0 ? weight / total : 0)];
    }

    /// <summary>The smallest source first takes an equal share of what is left of the budget, but no more than its epochs give.</summary>
    /// <param name="sizes">Tokens of each source.</param>
    /// <param name="budget">Tokens to train on.</param>
    /// <param name="maxEpochs">How often a source is repeated at most.</param>
    /// <returns>Shares that add up to 1.</returns>
    public static double[] Unimax(IReadOnlyList<long> sizes, double budget, double maxEpochs)
    {
        double[] tokens = new double[sizes.Count];
        double left = budget;
        int remaining = sizes.Count(size => size > 0);
        foreach (int source in Enumerable.Range(0, sizes.Count).Where(i => sizes[i] > 0).OrderBy(i => sizes[i]))
        {
            tokens[source] = Math.Min(left / remaining--, sizes[source] * maxEpochs);
            left -= tokens[source];
        }
        double total = tokens.Sum();
        return [.. tokens.Select(share => total > 0 ? share / total : 0)];
    }
}
