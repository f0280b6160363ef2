namespace DataPipeline.Tokens.Scaling;

/// <summary>What repeated tokens are worth (Muennighoff et al. 2023, arXiv 2305.16264): each further epoch is worth a fixed share less than the one before.</summary>
public static class RepeatedTokens
{
    /// <summary>Repeats after which a token is worth 1/e of a new one: R_D* of the paper, which prints 15.39 and computes with this.</summary>
    public const double DecayRepeats = 15.387756;

    /// <summary>Epochs up to which repeating costs hardly anything; beyond it plans warn.</summary>
    public const double GoodEpochs = 4;

    /// <summary>New tokens that would be worth as much: U + U R (1 - exp(-r / R)) with r repeats behind the first epoch.</summary>
    /// <param name="unique">Tokens at hand.</param>
    /// <param name="tokens">Tokens trained on.</param>
    public static double Worth(double unique, double tokens)
    {
        if (tokens <= unique)
            return tokens;
        double repeats = tokens / unique - 1;
        return unique * (1 + DecayRepeats * (1 - Math.Exp(-repeats / DecayRepeats)));
    }
}
