using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Continues prompts. Keys and values are cached, so that a token costs one position; prompts of several lengths go together, padded on the left with
/// tokens that nothing looks at. Draws come from seeds of their own, so that sampling during training leaves torch's random state alone, and
/// a prompt draws the same whatever stands beside it.
/// </summary>
public static class TextSampler
{
    /// <summary>New tokens after one prompt; ends early after an id of `stops`.</summary>
    public static int[] Sample(LanguageModel model, ReadOnlySpan<int> prompt, SamplingOptions options, ReadOnlySpan<int> stops = default) =>
        Sample(model, [prompt.ToArray()], options, stops.ToArray(), [options.seed])[0];

    /// <summary>New tokens after each prompt; a row ends early after an id of `stops`.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Ids, one at least in each.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="stops">Ids that end a row; they are its last token.</param>
    /// <param name="seeds">A seed for each prompt; those that <paramref name="options"/> give to their numbers if not given.</param>
    /// <param name="emitted">Told the row and the id of each new token.</param>
    /// <param name="isCached">False computes every position again for each token: the slow twin that a test compares.</param>
    public static int[][] Sample(
        LanguageModel model, IReadOnlyList<int[]> prompts, SamplingOptions options, IReadOnlyCollection<int> stops, IReadOnlyList<ulong>? seeds = null,
        Action<int, int>? emitted = null, bool isCached = true)
    {
        foreach (int[] prompt in prompts)
        {
            if (prompt.Length == 0) throw new ArgumentException("a prompt needs one token at least: give the end-of-text token", nameof(prompts));
            TokenIds.Check(prompt, model.Vocabulary);
        }
        List<int>[] rows = [.. prompts.Select(prompt => new List<int>(prompt))];
        Seed[] drawn = [.. prompts.Select((_, row) => seeds is null ? new Seed(options.seed).For((ulong)row) : new Seed(seeds[row]))];
        var done = new bool[rows.Length];
        using var off = no_grad();
        using var window = new Window(model, rows, rows.Max(row => row.Count) + (long)options.tokens, isCached);
        for (int i = 0; i < options.tokens && done.Contains(false); i++)
        {
            using var scope = NewDisposeScope();
            double[] logits = window.Next().to(float64).ToArray<double>();
            for (int row = 0; row < rows.Length; row++)
            {
                if (done[row]) continue;
                double[] probabilities = TokenSampler.Probabilities(logits.AsSpan(row * model.Vocabulary, model.Vocabulary), options, CollectionsMarshal.AsSpan(rows[row]));
                int next = TokenSampler.Draw(probabilities, drawn[row].Fraction((ulong)i));
                rows[row].Add(next);
                done[row] = stops.Contains(next);
                emitted?.Invoke(row, next);
            }
            // Rows that are over go on with anything, so that all keep one length in the cache.
            for (int row = 0; row < rows.Length; row++) window.Add(row, done[row] ? 0 : rows[row][^1]);
        }
        return [.. rows.Select((row, i) => row.Skip(prompts[i].Length).ToArray())];
    }

    /// <summary>The tokens that the model sees: all until they fill its context, then half of it anew, so that a long text costs two positions a token.</summary>
    private sealed class Window : IDisposable
    {
        private readonly LanguageModel model;
        private readonly List<int>[] seen;
        private readonly long capacity;
        private readonly bool isCached;
        private KeyValueCache? cache;

        internal Window(LanguageModel model, List<int>[] rows, long capacity, bool isCached)
        {
            (this.model, this.capacity, this.isCached) = (model, capacity, isCached);
            seen = [.. rows.Select(row => row.TakeLast(model.Context).ToList())];
        }

        internal void Add(int row, int id) => seen[row].Add(id);

        /// <summary>Logits [B, V] behind the last token of each row.</summary>
        internal Tensor Next()
        {
            int longest = seen.Max(row => row.Count);
            if (longest > model.Context)
            {
                foreach (List<int> row in seen) row.RemoveRange(0, Math.Max(0, row.Count - Math.Max(1, model.Context / 2)));
                longest = seen.Max(row => row.Count);
                cache?.Dispose();
                cache = null;
            }
            int taken = cache is null ? longest : 1;
            if (cache is null && isCached) cache = model.NewCache(seen.Length, capacity);
            var ids = new long[seen.Length * taken];
            var places = new long[ids.Length];
            var documents = new int[ids.Length];
            for (int row = 0; row < seen.Length; row++)
                for (int t = 0; t < taken; t++)
                {
                    int from = seen[row].Count - taken + t, to = row * taken + t;
                    (ids[to], places[to], documents[to]) = from < 0 ? (0, 0, -1) : (seen[row][from], from, 0);
                }
            bool isPadded = seen.Any(row => row.Count != longest);
            long[] shape = [seen.Length, taken];
            var context = new ForwardContext(isPadded ? tensor<int>(documents, shape, model.Device) : null, isPadded ? tensor<long>(places, shape, model.Device) : null)
            {
                Cache = cache,
                LastOnly = true,
            };
            return model.Forward(tensor<long>(ids, shape, model.Device), context).view(seen.Length, model.Vocabulary);
        }

        public void Dispose() => cache?.Dispose();
    }
}
