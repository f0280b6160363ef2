using System.Text.Json.Serialization;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Loss in nats a token as a function of size and tokens: L = E + A / N^alpha + B / D^beta (Hoffmann et al. 2022, arXiv 2203.15556, approach 3).</summary>
/// <param name="E">Loss of a perfect model with endless data.</param>
/// <param name="A">Weight of the size.</param>
/// <param name="B">Weight of the tokens.</param>
/// <param name="Alpha">Exponent of the size.</param>
/// <param name="Beta">Exponent of the tokens.</param>
public sealed record ChinchillaLaw(
    [property: JsonPropertyName("E")] double E, [property: JsonPropertyName("A")] double A, [property: JsonPropertyName("B")] double B, double Alpha, double Beta)
{
    /// <summary>The constants printed by Hoffmann et al. 2022.</summary>
    public static readonly ChinchillaLaw Published = new(1.69, 406.4, 410.7, 0.34, 0.28);

    /// <summary>The refit of Besiroglu et al. 2024 (arXiv 2404.10102) to 240 runs read off a figure of that paper; what it prints follows 20 tokens a parameter, as Chinchilla itself does.</summary>
    public static readonly ChinchillaLaw Refit = new(1.8172, 482.01, 2085.43, 0.3478, 0.3658);

    /// <summary>Loss in nats a token.</summary>
    public double Loss(double parameters, double tokens) => E + A / Math.Pow(parameters, Alpha) + B / Math.Pow(tokens, Beta);

    /// <summary>Where the loss is lowest for C = 6 N D: N = G (C/6)^(beta/(alpha+beta)) with G = (alpha A / (beta B))^(1/(alpha+beta)).</summary>
    [JsonIgnore]
    public Frontier Frontier
    {
        get
        {
            double exponent = Beta / (Alpha + Beta);
            return new Frontier(Math.Pow(Alpha * A / (Beta * B), 1 / (Alpha + Beta)) * Math.Pow(6, -exponent), exponent);
        }
    }
}
