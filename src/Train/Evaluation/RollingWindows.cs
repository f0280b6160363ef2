namespace DataPipeline.Train;

/// <summary>A long text cut so that each token is predicted once: the first window predicts all it can, later ones read tokens again before those they predict.</summary>
public static class RollingWindows
{
    /// <summary>What a pass reads and what of it is scored: the last <c>Predicted.Length</c> positions.</summary>
    public readonly record struct Window(int[] Input, int[] Predicted);

    /// <summary>The windows of a text.</summary>
    /// <param name="tokens">Its ids.</param>
    /// <param name="prefix">The token before the first.</param>
    /// <param name="longest">Most tokens of a pass.</param>
    /// <param name="context">Least tokens known before a predicted one in later windows: 1 is cheapest, `longest` predicts one token a pass.</param>
    public static IEnumerable<Window> Of(int[] tokens, int prefix, int longest, int context = 1)
    {
        if (context < 1 || context > longest) throw new ArgumentOutOfRangeException(nameof(context), context, $"must lie between 1 and {longest}");
        int done = Math.Min(tokens.Length, longest);
        if (done == 0) yield break;
        yield return new Window([prefix, .. tokens[..(done - 1)]], tokens[..done]);
        while (done < tokens.Length)
        {
            int predicted = Math.Min(tokens.Length - done, longest - context + 1), end = done + predicted;
            yield return new Window(tokens[(end - 1 - longest)..(end - 1)], tokens[done..end]);
            done = end;
        }
    }
}
