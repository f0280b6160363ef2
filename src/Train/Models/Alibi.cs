namespace DataPipeline.Train;

/// <summary>Attention with linear biases (Press 2021): a key d tokens back loses d * slope of its score, with a slope of its own for each head.</summary>
internal static class Alibi
{
    /// <summary>2^(-8k/n) for k = 1..n; for n that is no power of two those of the power below, then every second one of the power above.</summary>
    internal static double[] Slopes(int heads)
    {
        int power = 1;
        while (power * 2 <= heads) power *= 2;
        return [.. Of(power), .. Of(2 * power).Where((_, i) => i % 2 == 0).Take(heads - power)];

        static IEnumerable<double> Of(int n) => Enumerable.Range(1, n).Select(k => Math.Pow(2, -8.0 * k / n));
    }
}
