namespace DataPipeline.Tokens.Mix;

/// <summary>Weights that hold from a number of trained tokens on.</summary>
/// <param name="at">Tokens trained on when they are reached.</param>
/// <param name="weights">Share of trained tokens by source, as in <c>weights</c>.</param>
/// <param name="anneal">True to move there linearly from the phase before, false to change at once.</param>
public sealed class MixPhase(
    [System.ComponentModel.DataAnnotations.Range(1L, long.MaxValue)] long at, IReadOnlyDictionary<string, double> weights, bool anneal = false)
{
    /// <summary>Tokens trained on when the weights are reached.</summary>
    public long At => at;

    /// <summary>Share of trained tokens by source.</summary>
    public IReadOnlyDictionary<string, double> Weights => weights;

    /// <summary>True to move there linearly.</summary>
    public bool Anneal => anneal;
}

/// <summary>Shares of the sources at a number of trained tokens.</summary>
/// <param name="At">Trained tokens.</param>
/// <param name="Shares">Share of each source, adding up to 1.</param>
/// <param name="Anneal">True if they are reached linearly from the knot before.</param>
public sealed record MixKnot(long At, IReadOnlyList<double> Shares, bool Anneal);

/// <summary>How much each source gives to any prefix of the training when the ratios change on the way.</summary>
/// <remarks>What a source gives is the area below its share, so the order of samples follows a change without looking at what came before.</remarks>
public sealed class MixSchedule
{
    private readonly double[][] _before;

    /// <summary>A schedule.</summary>
    /// <param name="knots">Shares in ascending order of tokens, the first at 0; the last hold to the end.</param>
    public MixSchedule(IReadOnlyList<MixKnot> knots)
    {
        Knots = knots;
        _before = new double[knots.Count][];
        _before[0] = new double[knots[0].Shares.Count];
        for (int knot = 1; knot < knots.Count; knot++)
            _before[knot] = [.. Enumerable.Range(0, knots[0].Shares.Count).Select(source => Tokens(knot - 1, source, knots[knot].At))];
    }

    /// <summary>The shares where they change.</summary>
    public IReadOnlyList<MixKnot> Knots { get; }

    /// <summary>Tokens of a source among the first <paramref name="tokens"/>.</summary>
    public double Tokens(int source, double tokens)
    {
        int knot = Knots.Count - 1;
        while (Knots[knot].At > tokens)
            knot--;
        return Tokens(knot, source, tokens);
    }

    /// <summary>Trained tokens at which a source has given so many of them; infinity if it never does.</summary>
    public double Reach(int source, double tokens)
    {
        int knot = Knots.Count - 1;
        while (knot > 0 && _before[knot][source] >= tokens)
            knot--;
        double rest = tokens - _before[knot][source], share = Knots[knot].Shares[source], slope = 0;
        if (rest <= 0)
            return Knots[knot].At;
        if (knot + 1 < Knots.Count && Knots[knot + 1].Anneal)
            slope = (Knots[knot + 1].Shares[source] - share) / (Knots[knot + 1].At - Knots[knot].At);
        // The root of share * x + slope / 2 * x^2 = rest in the form that loses no digits where the slope is small.
        return Knots[knot].At + 2 * rest / (share + Math.Sqrt(Math.Max(0, share * share + 2 * slope * rest)));
    }

    private double Tokens(int knot, int source, double until)
    {
        double length = until - Knots[knot].At, share = Knots[knot].Shares[source];
        if (knot + 1 < Knots.Count && Knots[knot + 1].Anneal)
            share += (Knots[knot + 1].Shares[source] - share) * length / (2.0 * (Knots[knot + 1].At - Knots[knot].At));
        return _before[knot][source] + share * length;
    }
}
