using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Tokens.Mix;

/// <summary>Tokens to train on by the size of the model.</summary>
/// <param name="parameters">Parameters of the model.</param>
/// <param name="tokensPerParameter">Tokens for each of them; 20 is where compute is spent best (Hoffmann et al. 2022, arXiv 2203.15556).</param>
public sealed class MixBudget([Range(1.0, 1e15)] double parameters, [Range(0.001, 1e6)] double tokensPerParameter = 20)
{
    /// <summary>Tokens to train on.</summary>
    public long Tokens => (long)Math.Round(parameters * tokensPerParameter);
}
