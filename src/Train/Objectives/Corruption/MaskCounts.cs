namespace DataPipeline.Train;

/// <summary>How many tokens of a text are masked.</summary>
public static class MaskCounts
{
    /// <summary>BERT (Devlin 2019): a share of the tokens, rounded half to even, at least 1 and at most <paramref name="most"/>.</summary>
    /// <param name="tokens">Tokens with [CLS] and [SEP].</param>
    /// <param name="most">Most predictions of a text: 20 at 128 tokens, 76 at 512.</param>
    /// <param name="share">Share that is masked.</param>
    public static int Bert(int tokens, int most, double share = 0.15) => Math.Min(most, Math.Max(1, (int)Math.Round(tokens * share, MidpointRounding.ToEven)));

    /// <summary>fairseq's RoBERTa (Liu 2019): the share exactly in the mean.</summary>
    /// <param name="tokens">Tokens that may be masked.</param>
    /// <param name="chance">A draw from [0, 1).</param>
    /// <param name="share">Share that is masked.</param>
    public static int Roberta(int tokens, double chance, double share = 0.15) => (int)Math.Floor(tokens * share + chance);

    /// <summary>ELECTRA's most predictions of a text (Clark 2020); the count is that of BERT.</summary>
    public static int ElectraMost(int tokens, double share = 0.15) => (int)((share + 0.005) * tokens);
}
