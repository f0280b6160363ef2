namespace DataPipeline.Train;

/// <summary>A text as a prefix that is read both ways and a rest that is predicted (prefix language modelling, Raffel 2020).</summary>
/// <param name="tokens">Ids of the text.</param>
/// <param name="split">Tokens of the prefix, 1 to all but one.</param>
public sealed class PrefixSplit(IReadOnlyList<int> tokens, int split)
{
    /// <summary>The prefix.</summary>
    public int[] Inputs => [.. tokens.Take(split)];

    /// <summary>The rest.</summary>
    public int[] Targets => [.. tokens.Skip(split)];

    /// <summary>Whether a decoder's token sees another: those before it, and within the prefix all.</summary>
    public bool Sees(int token, int other) => other <= token || (token < split && other < split);

    /// <summary>Whether a decoder predicts the next token here: from the last token of the prefix on, where there is a next one.</summary>
    public bool Predicts(int token) => token >= split - 1 && token + 1 < tokens.Count;
}
