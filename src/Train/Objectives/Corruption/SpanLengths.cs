namespace DataPipeline.Train;

/// <summary>How long the spans are that are masked together.</summary>
/// <param name="Shortest">Words of the shortest span.</param>
/// <param name="Probabilities">Probability of each length from the shortest on.</param>
public sealed record SpanLengths(int Shortest, IReadOnlyList<double> Probabilities)
{
    /// <summary>Words of a span in the mean.</summary>
    public double Mean => Probabilities.Select((probability, i) => probability * (Shortest + i)).Sum();

    /// <summary>ALBERT (Lan 2020): a length of n words with a probability in proportion to 1/n.</summary>
    public static SpanLengths Ngram(int longest = 3) => Normalized(1, Enumerable.Range(1, longest).Select(n => 1.0 / n));

    /// <summary>SpanBERT (Joshi 2020): geometric, cut at a longest span.</summary>
    public static SpanLengths Geometric(double stop = 0.2, int longest = 10) => Normalized(1, Enumerable.Range(0, longest).Select(n => stop * Math.Pow(1 - stop, n)));

    /// <summary>BART (Lewis 2020): Poisson; a span of no words puts a mask in. Lengths from 40 on have no probability that a double could hold beside the others for a mean of 3.</summary>
    public static SpanLengths Poisson(double mean = 3, int longest = 40)
    {
        double[] probabilities = new double[longest + 1];
        probabilities[0] = Math.Exp(-mean);
        for (int n = 1; n <= longest; n++) probabilities[n] = probabilities[n - 1] * mean / n;
        return new(0, probabilities);
    }

    /// <summary>The length at a chance from [0, 1).</summary>
    public int At(double chance)
    {
        int i = 0;
        for (double below = Probabilities[0]; chance >= below && i + 1 < Probabilities.Count; below += Probabilities[i]) i++;
        return Shortest + i;
    }

    private static SpanLengths Normalized(int shortest, IEnumerable<double> weights)
    {
        double[] all = [.. weights];
        double total = all.Sum();
        return new(shortest, [.. all.Select(weight => weight / total)]);
    }
}
