using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tokens.Scaling;

/// <summary>A way to choose size and tokens for a budget, and the loss it predicts.</summary>
/// <param name="Name">What <c>--rule</c> calls it.</param>
/// <param name="Frontier">How it shares out compute.</param>
/// <param name="Law">Its loss, or null where the loss is Kaplan's.</param>
/// <param name="Range">The runs behind it, or null where they are not known here.</param>
public sealed record ScalingRule(string Name, Frontier Frontier, ChinchillaLaw? Law, FitRange? Range)
{
    /// <summary>Besiroglu et al. 2024, the default. The range is that of its 245 runs.</summary>
    public static readonly ScalingRule ChinchillaRefit =
        new("chinchilla-refit", ChinchillaLaw.Refit.Frontier, ChinchillaLaw.Refit, new FitRange(57.3e6, 16.2e9, 245e6, 318e9));

    /// <summary>Hoffmann et al. 2022 as printed.</summary>
    public static readonly ScalingRule Chinchilla = new("chinchilla", ChinchillaLaw.Published.Frontier, ChinchillaLaw.Published, ChinchillaRefit.Range);

    /// <summary>20 tokens a parameter; the loss is that of the refit.</summary>
    public static readonly ScalingRule TwentyToOne = new("20-to-1", Frontier.TokensPerParameter(20), ChinchillaLaw.Refit, ChinchillaRefit.Range);

    /// <summary>Kaplan et al. 2020, whose models were far larger for their tokens; its loss is on another scale than Chinchilla's.</summary>
    public static readonly ScalingRule Kaplan = new("kaplan", KaplanLaw.Frontier, null, new FitRange(768, 1.5e9, 22e6, 23e9));

    /// <summary>All of them, the default first.</summary>
    public static readonly IReadOnlyList<ScalingRule> All = [ChinchillaRefit, Chinchilla, TwentyToOne, Kaplan];

    /// <summary>Loss in nats a token.</summary>
    public double Loss(double parameters, double tokens) => Law?.Loss(parameters, tokens) ?? KaplanLaw.Loss(parameters, tokens);

    /// <summary>A rule by its name, or the law that <c>plan fit --output</c> wrote.</summary>
    /// <exception cref="ConfigurationException">There is neither.</exception>
    public static ScalingRule Named(string name)
    {
        if (All.FirstOrDefault(rule => rule.Name == name) is { } known)
            return known;
        if (File.Exists(name))
            return ScalingFitFile.Read(name);
        string[] names = [.. All.Select(rule => rule.Name)];
        throw new ConfigurationException($"--rule {name}: neither a rule nor a file{Mistakes.Suggest(name, names)}");
    }
}

/// <summary>What the runs behind a law span.</summary>
public sealed record FitRange(double MinParameters, double MaxParameters, double MinTokens, double MaxTokens)
{
    /// <summary>How far a value may lie outside before a prediction is called a guess.</summary>
    public const double Tolerance = 10;

    /// <summary>A line for each direction in which a point lies more than <see cref="Tolerance"/> times outside.</summary>
    public IEnumerable<string> Warnings(string rule, ScalingPoint point) =>
    [
        .. Outside(rule, "parameters", point.Parameters, MinParameters, MaxParameters),
        .. Outside(rule, "tokens", point.Tokens, MinTokens, MaxTokens),
    ];

    private static IEnumerable<string> Outside(string rule, string what, double value, double least, double most)
    {
        double factor = value > most ? value / most : least / value;
        if (factor > Tolerance)
            yield return $"{rule}: {Quantity.Format(value)} {what} are {Quantity.Format(factor)} times {(value > most ? "more than the largest" : "fewer than the smallest")} of its runs ({Quantity.Format(least)} to {Quantity.Format(most)}): the loss is a guess";
    }
}
