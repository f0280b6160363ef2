using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>What happens to a source that would be repeated more often than the cap allows.</summary>
public enum AtCap
{
    /// <summary>It gives what the cap allows; the others share the rest in their ratios.</summary>
    Renormalise,
    /// <summary>The run stops before training.</summary>
    Error,
    /// <summary>It is repeated as often as needed.</summary>
    Repeat,
}

/// <summary>Tokens at hand for training from a source, ends of documents counted.</summary>
/// <param name="Name">Name.</param>
/// <param name="Tokens">Tokens.</param>
/// <param name="Documents">Documents; only a mix in this unit asks.</param>
public sealed record SourceTokens(string Name, long Tokens, long Documents = 0);

/// <summary>What a source gives to a mix.</summary>
/// <param name="Source">Name.</param>
/// <param name="Asked">Share of trained tokens that was asked for, 0 to 1; a group's share is split by size.</param>
/// <param name="Share">Share planned after caps, 0 to 1.</param>
/// <param name="Available">Tokens at hand.</param>
/// <param name="Tokens">Tokens planned.</param>
/// <param name="Capped">True when the epoch cap lowered it.</param>
public sealed record MixShare(string Source, double Asked, double Share, long Available, double Tokens, bool Capped)
{
    /// <summary>How often the source is gone through.</summary>
    public double Epochs => Available == 0 ? 0 : Tokens / Available;
}

/// <summary>How many tokens of each source are trained on.</summary>
public sealed class MixPlan
{
    private MixPlan(IReadOnlyList<MixShare> shares, MixSchedule? schedule, BlendOrder order)
    {
        Shares = shares;
        Schedule = schedule;
        Order = order;
    }

    /// <summary>In which order the samples come.</summary>
    public BlendOrder Order { get; }

    /// <summary>The shares over the training, or null where they stay the same.</summary>
    public MixSchedule? Schedule { get; }

    /// <summary>A line for each source.</summary>
    public IReadOnlyList<MixShare> Shares { get; }

    /// <summary>Tokens planned in all; less than the budget where every source is at its cap.</summary>
    public long Tokens => (long)Math.Floor(Shares.Sum(share => share.Tokens) + 1e-6);

    /// <summary>A plan made before.</summary>
    public static MixPlan Of(IReadOnlyList<MixShare> shares, MixSchedule? schedule = null, BlendOrder order = BlendOrder.Tijdeman) => new(shares, schedule, order);

    /// <summary>False for a source that is never drawn from.</summary>
    internal bool IsAsked(int source) => Shares[source].Share > 0 || (Schedule?.Knots.Any(knot => knot.Shares[source] > 0) ?? false);

    /// <summary>Plans a mix.</summary>
    /// <param name="sources">Sources at hand, in their order.</param>
    /// <param name="options">Ratios, budget and caps.</param>
    /// <exception cref="ConfigurationException">A source has no weight, nothing is left to train on, or a cap is exceeded where that is an error.</exception>
    public static MixPlan Create(IReadOnlyList<SourceTokens> sources, MixOptions options)
    {
        if (options.ScheduleOf(sources) is { } schedule)
            return CreatePhased(sources, options, schedule);
        double[] asked = options.SharesOf(sources);
        double[] limits = [.. sources.Select(source => source.Tokens * options.MaxEpochs)];
        if (!sources.Where((source, i) => source.Tokens > 0 && asked[i] > 0).Any())
            throw new ConfigurationException("mix: no source with a weight has any tokens to train on: look at what the filters dropped");
        if (options.AtCap == AtCap.Error && Enumerable.Range(0, asked.Length).FirstOrDefault(i => asked[i] > 0 && sources[i].Tokens == 0, -1) is >= 0 and int empty)
            throw new ConfigurationException($"mix: source '{sources[empty].Name}' has a weight but no tokens: leave it out, or set at_cap: renormalise");

        // What has nothing to give leaves its share to the others.
        double present = Enumerable.Range(0, asked.Length).Where(i => sources[i].Tokens > 0).Sum(i => asked[i]);
        double[] shares = [.. asked.Select((share, i) => sources[i].Tokens > 0 ? share / present : 0)];
        double budget = options.Tokens ?? Enumerable.Range(0, shares.Length).Where(i => shares[i] > 0).Min(i => limits[i] / shares[i]);
        double[] tokens = [.. shares.Select(share => share * budget)];
        bool[] capped = new bool[tokens.Length];
        if (options.AtCap != AtCap.Repeat)
            Cap(sources, options, shares, limits, budget, tokens, capped);
        double total = tokens.Sum();
        return new MixPlan([.. sources.Select((source, i) => new MixShare(source.Name, asked[i], tokens[i] / total, source.Tokens, tokens[i], capped[i]))], null, options.Order);
    }

    /// <summary>Over phases there is no one ratio to share out what a cap takes away, so a cap is an error unless repeating is allowed.</summary>
    private static MixPlan CreatePhased(IReadOnlyList<SourceTokens> sources, MixOptions options, MixSchedule schedule)
    {
        double budget = options.Tokens!.Value;
        double[] tokens = [.. sources.Select((_, i) => schedule.Tokens(i, budget))];
        for (int i = 0; i < tokens.Length; i++)
        {
            if (options.AtCap != AtCap.Repeat && tokens[i] > sources[i].Tokens * options.MaxEpochs * (1 + 1e-12))
            {
                throw new ConfigurationException($"mix: over all phases source '{sources[i].Name}' would be repeated {tokens[i] / sources[i].Tokens:F2} times,"
                    + $" more than max_epochs {options.MaxEpochs:G}: lower tokens or its weights, or set at_cap: repeat");
            }
        }
        return new MixPlan([.. sources.Select((source, i) => new MixShare(source.Name, tokens[i] / budget, tokens[i] / budget, source.Tokens, tokens[i], false))], schedule, options.Order);
    }

    /// <summary>Lowers what is above its limit and raises the rest in their ratios, until nothing is above or all is.</summary>
    private static void Cap(IReadOnlyList<SourceTokens> sources, MixOptions options, double[] shares, double[] limits, double budget, double[] tokens, bool[] capped)
    {
        while (true)
        {
            bool changed = false;
            for (int i = 0; i < tokens.Length; i++)
            {
                // Rounding may put a derived budget a hair above the limit that it was derived from.
                if (capped[i] || tokens[i] <= limits[i] * (1 + 1e-12))
                    continue;
                if (options.AtCap == AtCap.Error)
                {
                    throw new ConfigurationException($"mix: source '{sources[i].Name}' would be repeated {tokens[i] / sources[i].Tokens:F2} times,"
                        + $" more than max_epochs {options.MaxEpochs:G}: lower tokens or its weight, or set at_cap: renormalise");
                }
                tokens[i] = limits[i];
                capped[i] = changed = true;
            }
            if (!changed)
                return;
            double rest = budget - Enumerable.Range(0, tokens.Length).Where(i => capped[i]).Sum(i => tokens[i]);
            double free = Enumerable.Range(0, tokens.Length).Where(i => !capped[i]).Sum(i => shares[i]);
            for (int i = 0; i < tokens.Length; i++)
            {
                if (!capped[i] && free > 0)
                    tokens[i] = shares[i] / free * rest;
            }
        }
    }
}
