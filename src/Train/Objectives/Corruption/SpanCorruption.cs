using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Span corruption (Raffel 2020): runs of noise are replaced by sentinels in the input, and the target says what stood there. Counts are rounded in 32 bits, half to even, as T5's are.</summary>
public static class SpanCorruption
{
    /// <summary>Tokens of noise and their runs. Runs never outnumber the tokens of either kind.</summary>
    public static (int Noise, int Spans) Counts(int length, double density = 0.15, double meanSpan = 3)
    {
        int noise = Math.Clamp((int)MathF.Round(length * (float)density, MidpointRounding.ToEven), 1, length - 1);
        int spans = Math.Max(1, (int)MathF.Round(noise / (float)meanSpan, MidpointRounding.ToEven));
        return (noise, Math.Min(spans, Math.Min(noise, length - noise)));
    }

    /// <summary>The longest text whose input (kept tokens, a sentinel for each run, the end) and target fit in so many tokens, and the length of its target.</summary>
    public static (int Tokens, int Targets) Longest(int inputs, double density = 0.15, double meanSpan = 3)
    {
        int tokens = Math.Max(2, inputs);
        while (tokens > 2 && !Fits(tokens)) tokens--;
        while (Fits(tokens + 1)) tokens++;
        return (tokens, Lengths(tokens, density, meanSpan).Targets);

        bool Fits(int length) => Lengths(length, density, meanSpan) is var (read, wanted) && Math.Max(read, wanted) <= inputs;
    }

    /// <summary>True where a text is noise: kept and noise in turn, kept first, each way of cutting either into its runs as likely.</summary>
    public static bool[] Mask(int length, double density, double meanSpan, Seed seed)
    {
        (int noise, int spans) = Counts(length, density, meanSpan);
        int[] kept = Parts(length - noise, spans, seed.For("kept")), noisy = Parts(noise, spans, seed.For("noise"));
        return [.. Enumerable.Range(0, spans).SelectMany(i => Enumerable.Repeat(false, kept[i]).Concat(Enumerable.Repeat(true, noisy[i])))];
    }

    /// <summary>A number as a sum of so many numbers above zero, each such sum as likely.</summary>
    public static int[] Parts(int items, int parts, Seed seed)
    {
        int[] cuts = [0, .. TokenMasking.Choose([.. Enumerable.Range(1, items - 1)], parts - 1, seed), items];
        return [.. cuts.Zip(cuts.Skip(1), (from, to) => to - from)];
    }

    /// <summary>Input and target: each run of noise is a sentinel in the input, each run of kept tokens one in the target; both end with the end token.</summary>
    /// <param name="tokens">Ids of the text.</param>
    /// <param name="noise">True where it is noise.</param>
    /// <param name="lastSentinel">Id of the first sentinel; the next ones count down (32099 in T5).</param>
    /// <param name="end">The end token (1 in T5).</param>
    public static (int[] Inputs, int[] Targets) Apply(IReadOnlyList<int> tokens, IReadOnlyList<bool> noise, int lastSentinel, int end) =>
        (Side(tokens, noise, lastSentinel, end, hidden: true), Side(tokens, noise, lastSentinel, end, hidden: false));

    private static int[] Side(IReadOnlyList<int> tokens, IReadOnlyList<bool> noise, int sentinel, int end, bool hidden)
    {
        List<int> side = [];
        for (int i = 0; i < tokens.Count; i++)
        {
            if (noise[i] != hidden) side.Add(tokens[i]);
            else if (i == 0 || noise[i - 1] != hidden) side.Add(sentinel--);
        }
        return [.. side, end];
    }

    // As T5's helper counts: where the spans are longer than the noise it has no run, though a text then has one.
    private static (int Inputs, int Targets) Lengths(int tokens, double density, double meanSpan)
    {
        int noise = (int)Math.Round(tokens * density, MidpointRounding.ToEven), spans = (int)Math.Round(noise / meanSpan, MidpointRounding.ToEven);
        return (tokens - noise + spans + 1, noise + spans + 1);
    }
}
