using DataPipeline.Core;

namespace DataPipeline.Tokens;

/// <summary>Many texts at once.</summary>
public abstract partial class Tokenizer
{
    /// <summary>The ids of many texts, on several threads; the result is the same on any number of them.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="threads">Threads to use; default, 0: one for each processor.</param>
    /// <param name="addSpecialTokens">Puts the tokens around each text that the file's post-processor asks for.</param>
    /// <param name="special">How names of special tokens inside the texts are read.</param>
    /// <returns>The ids of each text, in the order of the texts.</returns>
    /// <exception cref="InputException">A text names a special token and <paramref name="special"/> refuses that; the message gives the number of the first such text.</exception>
    public int[][] EncodeBatch(IReadOnlyList<string> texts, int threads = 0, bool addSpecialTokens = false,
        SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeBatch(texts.Count, threads, addSpecialTokens, (text, ids) => Encode(texts[text], ids, special));

    /// <inheritdoc cref="EncodeBatch(IReadOnlyList{string}, int, bool, SpecialTokenHandling)"/>
    public int[][] EncodeBatch(IReadOnlyList<ReadOnlyMemory<byte>> texts, int threads = 0, bool addSpecialTokens = false,
        SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeBatch(texts.Count, threads, addSpecialTokens, (text, ids) => Encode(texts[text].Span, ids, special));

    // Threads take texts in runs, so that one long text holds up one thread only; a run is short beside the batch and long beside taking it.
    private int[][] EncodeBatch(int count, int threads, bool addSpecialTokens, Action<int, IdBuffer> encode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        threads = Math.Min(threads == 0 ? Environment.ProcessorCount : threads, Math.Max(1, count));
        int run = Math.Clamp(count / (threads * 16), 1, 64), next = 0, firstWrong = int.MaxValue;
        InputException? error = null;
        Lock errors = new();
        int[][] results = new int[count][];
        if (threads == 1)
            Work(0);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, Work);
        return error is null ? results : throw new InputException($"text {firstWrong} of the batch: {error.Message}");

        void Work(int worker)
        {
            IdBuffer ids = new(1 << 12);
            // Earlier runs are always finished, so that the error told is the first of all.
            for (int from; (from = Interlocked.Add(ref next, run) - run) < count && from < Volatile.Read(ref firstWrong);)
            {
                for (int text = from; text < Math.Min(count, from + run); text++)
                {
                    try
                    {
                        results[text] = EncodeOne(text, ids);
                    }
                    catch (InputException wrong)
                    {
                        lock (errors)
                        {
                            if (text < firstWrong)
                                (firstWrong, error) = (text, wrong);
                        }
                        break;
                    }
                }
            }
        }

        int[] EncodeOne(int text, IdBuffer ids)
        {
            ids.Clear();
            foreach (int id in addSpecialTokens ? Prefix : [])
                ids.Add(id);
            encode(text, ids);
            foreach (int id in addSpecialTokens ? Suffix : [])
                ids.Add(id);
            return ids.Ids.ToArray();
        }
    }
}
