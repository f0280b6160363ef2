namespace DataPipeline.Tokens.Scaling;

/// <summary>The laws of Kaplan et al. 2020 (arXiv 2001.08361). Parameters exclude embeddings; loss is in nats a token of their corpus and tokenizer.</summary>
public static class KaplanLaw
{
    /// <summary>FLOPs of a petaflop/s-day, the paper's unit of compute.</summary>
    public const double PetaflopDay = 1e15 * 86400;

    /// <summary>The best size grows as the 0.73th power of compute: N = 1.3e9 (C / PF-day)^0.73.</summary>
    public static readonly Frontier Frontier = new(1.3e9 * Math.Pow(PetaflopDay, -0.73), 0.73);

    /// <summary>Loss of a model that is not short of data: (8.8e13 / N)^0.076.</summary>
    public static double LossOfParameters(double parameters) => Math.Pow(8.8e13 / parameters, 0.076);

    /// <summary>Loss of a large model trained on few tokens until it overfits: (5.4e13 / D)^0.095.</summary>
    public static double LossOfTokens(double tokens) => Math.Pow(5.4e13 / tokens, 0.095);

    /// <summary>Loss when both are short: [(6.4e13 / N)^(0.076/0.103) + 1.8e13 / D]^0.103.</summary>
    public static double Loss(double parameters, double tokens) => Math.Pow(Math.Pow(6.4e13 / parameters, 0.076 / 0.103) + 1.8e13 / tokens, 0.103);
}
