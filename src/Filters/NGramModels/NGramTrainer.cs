using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Estimates an n-gram model by interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998; as Heafield et al. 2013 put it), without pruning.</summary>
/// <remarks>All n-grams are held in memory, about 40 bytes for each. An n-gram keeps the number of the one without its first word, so that interpolation goes
/// through each order once. Where too few counts are there to estimate discounts (a tiny text), they are 0.5, 1 and 1.5.</remarks>
public sealed class NGramTrainer
{
    private readonly int _order;
    private readonly List<string> _words = [NGramModel.Unknown, NGramModel.Start, NGramModel.End];
    private readonly Dictionary<string, int> _ids;
    private readonly NGramTable[] _tables;

    // By order from 1: counts adjusted as Kneser and Ney do, and the n-gram without its first word.
    private readonly List<long>[] _counts;
    private readonly List<int>[] _suffixes;

    /// <summary>Starts with no text.</summary>
    /// <param name="order">Words of the longest n-grams, 2 to <see cref="NGramModel.MaxOrder"/> less 1; CCNet has 5.</param>
    public NGramTrainer(int order)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, NGramModel.MaxOrder - 1);
        _order = order;
        _ids = _words.Select((word, id) => (word, id)).ToDictionary(pair => pair.word, pair => pair.id, StringComparer.Ordinal);
        _tables = [.. Enumerable.Range(2, order - 1).Select(_ => new NGramTable())];
        _counts = [.. Enumerable.Range(1, order).Select(_ => new List<long>())];
        _suffixes = [.. Enumerable.Range(1, order).Select(_ => new List<int>())];
        _counts[0].AddRange([0, 0, 0]);
    }

    /// <summary>Counts the n-grams of a line, its start and its end.</summary>
    /// <param name="words">Words of the line; <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c> and <c>&lt;unk&gt;</c> are left out.</param>
    public void AddLine(IEnumerable<string> words)
    {
        Span<int> before = stackalloc int[_order + 1], now = stackalloc int[_order + 1];
        before.Fill(-1);
        before[1] = 1;
        int position = 0;
        foreach (string word in words.Where(word => word is not (NGramModel.Start or NGramModel.End or NGramModel.Unknown)).Append(NGramModel.End))
        {
            position++;
            ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, word, out bool known);
            if (!known)
            {
                id = _words.Count;
                _words.Add(word);
                _counts[0].Add(0);
            }
            now.Fill(-1);
            now[1] = id;
            for (int n = 2; n <= Math.Min(_order, position + 1); n++)
            {
                now[n] = _tables[n - 2].FindOrAdd(before[n - 1], id, out bool isNew);
                if (isNew)
                {
                    _counts[n - 1].Add(0);
                    _suffixes[n - 1].Add(now[n - 1]);
                    // One more word has been seen before the shorter n-gram.
                    CollectionsMarshal.AsSpan(_counts[n - 2])[now[n - 1]]++;
                }
                // What begins a line has nothing before it, and the longest n-grams are not adjusted: these count as often as they come.
                if (n == _order || n == position + 1)
                    CollectionsMarshal.AsSpan(_counts[n - 1])[now[n]]++;
            }
            now.CopyTo(before);
        }
    }

    /// <summary>Estimates the model from what was counted.</summary>
    /// <exception cref="InputException">Nothing was counted.</exception>
    public NGramModel Build()
    {
        if (_counts[1].Count == 0)
            throw new InputException("a language model needs text: there is no line");
        var scores = new double[_order][];
        var backoffs = new double[_order][];
        double[] shorter = [];
        for (int n = 1; n <= _order; n++)
        {
            List<long> counts = _counts[n - 1];
            double[] discounts = Discounts(counts);
            int contexts = n == 1 ? 1 : _counts[n - 2].Count;
            var totals = new double[contexts];
            var left = new double[contexts];
            for (int i = 0; i < counts.Count; i++)
            {
                int context = ContextOf(n, i);
                totals[context] += counts[i];
                left[context] += discounts[Math.Min(counts[i], 3)];
            }
            var now = new double[counts.Count];
            for (int i = 0; i < now.Length; i++)
            {
                int context = ContextOf(n, i);
                // Of one word: what discounts left is shared by all words but the start of a line, which never follows.
                double lower = n > 1 ? shorter[_suffixes[n - 1][i]] : i == 1 ? 0 : 1.0 / (counts.Count - 1);
                now[i] = (counts[i] - discounts[Math.Min(counts[i], 3)] + left[context] * lower) / totals[context];
            }
            scores[n - 1] = now;
            if (n > 1)
                backoffs[n - 2] = [.. totals.Select((total, context) => total == 0 ? 1 : left[context] / total)];
            shorter = now;
        }
        backoffs[_order - 1] = [];
        // The start of a line is no word to be foretold; -99 is what ARPA files have in its place.
        scores[0][1] = 1e-99;
        return new NGramModel(_words, _tables, [.. scores.Select(Logarithms)], [.. backoffs.Select(Logarithms)]);
    }

    private int ContextOf(int n, int number) => n == 1 ? 0 : _tables[n - 2].ContextOf(number);

    private static float[] Logarithms(double[] values) => [.. values.Select(value => (float)Math.Log10(value))];

    /// <summary>What is taken from counts of 1, of 2, and of 3 and more.</summary>
    private static double[] Discounts(List<long> counts)
    {
        var of = new double[5];
        foreach (long count in counts)
        {
            if (count is >= 1 and <= 4)
                of[count]++;
        }
        double y = of[1] / (of[1] + 2 * of[2]);
        double[] discounts = [0, .. Enumerable.Range(1, 3).Select(k => k - (k + 1) * y * of[k + 1] / of[k])];
        return discounts.All(double.IsFinite) && discounts.Select((discount, k) => discount >= 0 && discount <= k).All(isRight => isRight) ? discounts : [0, 0.5, 1, 1.5];
    }
}
