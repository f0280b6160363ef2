namespace DataPipeline.Tokens.Scaling;

/// <summary>A model size and the tokens it is trained on.</summary>
/// <param name="Parameters">Parameters of the model.</param>
/// <param name="Tokens">Tokens trained on, repeats counted.</param>
public sealed record ScalingPoint(double Parameters, double Tokens)
{
    /// <summary>Training FLOPs as the scaling laws count them: 6 for each parameter and token.</summary>
    public double Flops => 6 * Parameters * Tokens;

    /// <summary>Tokens for each parameter.</summary>
    public double TokensPerParameter => Tokens / Parameters;
}

/// <summary>How a rule shares out compute C = 6 N D: the best size is a power of it, N = coefficient · C^exponent, and the tokens are what is left.</summary>
/// <param name="Coefficient">Parameters for one FLOP.</param>
/// <param name="Exponent">Between 0 and 1.</param>
public sealed record Frontier(double Coefficient, double Exponent)
{
    /// <summary>A fixed number of tokens for each parameter.</summary>
    public static Frontier TokensPerParameter(double ratio) => new(1 / Math.Sqrt(6 * ratio), 0.5);

    /// <summary>The best point for a compute budget.</summary>
    public ScalingPoint ForFlops(double flops)
    {
        double parameters = Coefficient * Math.Pow(flops, Exponent);
        return new ScalingPoint(parameters, flops / (6 * parameters));
    }

    /// <summary>The point at which a model of this size is the best use of its compute.</summary>
    public ScalingPoint ForParameters(double parameters)
    {
        double flops = Math.Pow(parameters / Coefficient, 1 / Exponent);
        return new ScalingPoint(parameters, flops / (6 * parameters));
    }

    /// <summary>The point at which so many tokens are the best use of the compute.</summary>
    public ScalingPoint ForTokens(double tokens)
    {
        double flops = Math.Pow(6 * Coefficient * tokens, 1 / (1 - Exponent));
        return new ScalingPoint(flops / (6 * tokens), tokens);
    }
}
