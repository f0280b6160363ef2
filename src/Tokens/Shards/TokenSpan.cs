namespace DataPipeline.Tokens.Shards;

/// <summary>A stretch of a document's tokens.</summary>
/// <param name="Begin">Its first token, from 0.</param>
/// <param name="Length">Tokens in it, at least 1.</param>
public readonly record struct TokenSpan(int Begin, int Length)
{
    /// <summary>The token behind it.</summary>
    public int End => Begin + Length;

    /// <summary>What of some stretches lies in a part of the document, counted from the beginning of the part.</summary>
    public static TokenSpan[] Within(IReadOnlyList<TokenSpan> spans, int from, int length)
    {
        List<TokenSpan> inside = [];
        foreach (TokenSpan span in spans)
        {
            int begin = Math.Max(span.Begin, from), end = Math.Min(span.End, from + length);
            if (begin < end)
                inside.Add(new TokenSpan(begin - from, end - begin));
        }
        return [.. inside];
    }
}
