namespace DataPipeline.Train;

/// <summary>From logits to the next token. A draw is a place in [0, 1) of the cumulated distribution in the order of ids, so that a seed names it.</summary>
internal static class TokenSampler
{
    /// <summary>Probabilities of all tokens under the options; those left out have 0.</summary>
    /// <param name="logits">Logits of every token; they are changed.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="seen">Tokens already in the text, for the penalty.</param>
    internal static double[] Probabilities(Span<double> logits, SamplingOptions options, ReadOnlySpan<int> seen)
    {
        if (options.repetitionPenalty != 1) Penalize(logits, options.repetitionPenalty, seen);
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        var weights = new double[logits.Length];
        if (options.temperature == 0)
        {
            weights[best] = 1;
            return weights;
        }
        double least = options.topK > 0 && options.topK < logits.Length ? Least(logits, options.topK) : double.NegativeInfinity, sum = 0;
        for (int i = 0; i < weights.Length; i++)
            if (logits[i] >= least) sum += weights[i] = Math.Exp((logits[i] - logits[best]) / options.temperature);
        if (options.topP < 1) sum = Nucleus(weights, options.topP * sum);
        if (options.minP > 0)
        {
            sum = 0;
            // The likeliest has the weight 1.
            for (int i = 0; i < weights.Length; i++) sum += weights[i] = weights[i] < options.minP ? 0 : weights[i];
        }
        for (int i = 0; i < weights.Length; i++) weights[i] /= sum;
        return weights;
    }

    /// <summary>The first token whose cumulated probability passes the place.</summary>
    internal static int Draw(ReadOnlySpan<double> probabilities, double place)
    {
        double passed = 0;
        int last = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] == 0) continue;
            passed += probabilities[i];
            last = i;
            if (passed > place) return i;
        }
        return last;
    }

    private static void Penalize(Span<double> logits, double penalty, ReadOnlySpan<int> seen)
    {
        var done = new HashSet<int>();
        foreach (int id in seen)
            if (done.Add(id)) logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
    }

    // The k-th largest: a heap of k, for sorting a vocabulary costs more than a small model's pass.
    private static double Least(ReadOnlySpan<double> logits, int k)
    {
        var heap = new PriorityQueue<double, double>(k + 1);
        foreach (double logit in logits)
        {
            if (heap.Count < k) heap.Enqueue(logit, logit);
            else if (logit > heap.Peek()) heap.EnqueueDequeue(logit, logit);
        }
        return heap.Peek();
    }

    // Keeps tokens, likeliest first and equals by id, while the mass before them is below the limit; gives what is kept.
    private static double Nucleus(double[] weights, double limit)
    {
        int[] ids = [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0)];
        double[] keys = [.. ids.Select(i => -weights[i])];
        Array.Sort(keys, ids);
        // Array.Sort is not stable: equal weights are put back into the order of ids.
        for (int from = 0; from < keys.Length;)
        {
            int to = from + 1;
            while (to < keys.Length && keys[to] == keys[from]) to++;
            if (to - from > 1) Array.Sort(ids, from, to - from);
            from = to;
        }
        double passed = 0, kept = 0;
        foreach (int id in ids)
        {
            if (passed >= limit)
            {
                weights[id] = 0;
                continue;
            }
            kept = passed += weights[id];
        }
        return kept;
    }
}
