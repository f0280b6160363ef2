using System.Buffers.Binary;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Train.Steps;

/// <summary>Training batches out of a mix: batch n holds samples n*rows to (n+1)*rows - 1, so its position is one number.</summary>
/// <remarks>A few batches are filled ahead on another thread, in order, while the trainer computes.</remarks>
/// <param name="loader">The mix.</param>
/// <param name="rows">Samples of a batch.</param>
/// <param name="pinned">Whether batches lie in memory from which a card copies by itself.</param>
/// <param name="documentsOf">Leads from samples, given by the first and their number, to the ids of each one's documents; null names samples only.</param>
/// <param name="step">The step that made the mix.</param>
internal sealed class LoaderBatches(Loader loader, int rows, bool pinned = false, Func<long, long, Func<long, IReadOnlyList<string>>>? documentsOf = null, string step = "mix") : BatchSource, IDisposable
{
    private const int MostNamed = 20;
    private readonly SortedDictionary<string, long> _drawn = new(StringComparer.Ordinal);
    private readonly Lock _filling = new();
    // Both under _filling: batches nobody has taken, and which row of batches is wanted: one that is being filled when another begins must not join it.
    private readonly Queue<LoadedBatch> _ahead = new();
    private int _generation;
    private IEnumerator<LoadedBatch?>? _batches;
    private long _sample, _padding;

    public override Batch Next()
    {
        if (_batches is null)
        {
            int generation = _generation;
            _batches = Flow.Ordered(Starts(_sample), sample => Fill(sample, generation), threads: 1, batch: 1).GetEnumerator();
        }
        if (!_batches.MoveNext())
            throw new InvalidOperationException($"the mix ends at sample {loader.SampleCount}, before a batch of {rows} from {_sample} on");
        LoadedBatch batch;
        lock (_filling)
            batch = _ahead.Dequeue();
        for (int row = 0; row < rows; row++)
        {
            string source = loader.Plan.Shares[batch.Sources[row]].Source;
            _drawn[source] = _drawn.GetValueOrDefault(source) + batch.RowTargets[row];
        }
        _padding += batch.Padding;
        _sample += rows;
        return batch;
    }

    /// <summary>Tokens to be predicted by source, and padding beside them, in the batches given since the last call: what a step consumed.</summary>
    public (IReadOnlyDictionary<string, long> Tokens, long Padding) TakeDrawn()
    {
        (SortedDictionary<string, long> Tokens, long Padding) drawn = (new(_drawn, StringComparer.Ordinal), _padding);
        _drawn.Clear();
        _padding = 0;
        return drawn;
    }

    public override string Origin(int batches)
    {
        long count = (long)batches * rows, first = _sample - count;
        string where = $"samples {first} to {_sample - 1} of the mix (`datapipeline samples --mix {step} --context {loader.SequenceLength} --start {first} --count {count}` and the run's packing print them)";
        if (documentsOf is null)
            return where;
        Func<long, IReadOnlyList<string>> names = documentsOf(first, count);
        string[] documents = [.. Enumerable.Range(0, (int)count).SelectMany(i => names(first + i)).Distinct()];
        string more = documents.Length > MostNamed ? $" and {documents.Length - MostNamed} more" : "";
        return $"{where}, made of the documents {string.Join(", ", documents.Take(MostNamed))}{more}";
    }

    public override byte[] SavePosition()
    {
        byte[] position = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(position, _sample);
        // The plan stands beside the place: the same number in another plan would be other text.
        return [.. position, .. System.Text.Encoding.ASCII.GetBytes(loader.PlanHash)];
    }

    public override void RestorePosition(byte[] position)
    {
        if (position.Length < 8 || System.Text.Encoding.ASCII.GetString(position.AsSpan(8)) != loader.PlanHash)
            throw new InputException("the checkpoint belongs to another mix; delete the step's folder to train anew");
        Dispose();
        _sample = BinaryPrimitives.ReadInt64LittleEndian(position);
    }

    /// <summary>Ends the filling and frees what nobody took; afterwards nothing reads the loader until the next batch is asked for.</summary>
    public void Dispose()
    {
        lock (_filling)
        {
            _generation++;
            while (_ahead.TryDequeue(out LoadedBatch? batch))
                batch.Dispose();
        }
        _batches?.Dispose();
        _batches = null;
    }

    private IEnumerable<long> Starts(long sample)
    {
        for (; sample + rows <= loader.SampleCount; sample += rows)
            yield return sample;
    }

    private LoadedBatch? Fill(long sample, int generation)
    {
        lock (_filling)
        {
            if (generation != _generation)
                return null;
            var batch = LoadedBatch.Read(loader, sample, rows, pinned);
            _ahead.Enqueue(batch);
            return batch;
        }
    }

    /// <summary>Which document of its row each token is from: an end-of-document token is, as an input, the first of the next.</summary>
    public static int[] DocumentNumbers(ReadOnlySpan<int> tokens, int endOfDocument)
    {
        var numbers = new int[tokens.Length];
        int number = 0;
        for (int i = 0; i < tokens.Length; i++)
            numbers[i] = tokens[i] == endOfDocument ? ++number : number;
        return numbers;
    }
}

/// <summary>Validation batches: the first windows of each source's held-out tokens; with an end-of-document token attention stays inside documents.</summary>
internal static class ValidationBatches
{
    public static IEnumerable<TokenBatch> Of(Artifact mix, IReadOnlyList<string> sources, int sequenceLength, int rows, int mostSamples, int? endOfDocument)
    {
        var windows = new List<(int Source, int[] Tokens, bool[] Learned)>();
        using TokenStoreFile validation = MixArtifact.OpenValidation(mix);
        for (int source = 0; source < sources.Count; source++)
        {
            TokenStore store = validation.Stores[source];
            long count = Math.Min(mostSamples, store.WindowCount(sequenceLength));
            for (long window = 0; window < count; window++)
            {
                var tokens = new int[sequenceLength + 1];
                store.ReadWindow(window, tokens);
                windows.Add((source, tokens, Learned(store, window * sequenceLength, tokens.Length)));
            }
            if (count == 0 && store.TokenCount >= 2)
                windows.Add((source, Padded(store, sequenceLength), Learned(store, 0, sequenceLength + 1)));
        }
        // The first of a window's tokens is an input only.
        foreach ((int Source, int[] Tokens, bool[] Learned)[] batch in windows.Where(window => window.Learned.AsSpan(1).Contains(true)).Chunk(rows))
        {
            int[] tokens = [.. batch.SelectMany(window => window.Tokens)];
            yield return new TokenBatch(tokens, batch.Length, [.. batch.Select(window => window.Source)],
                endOfDocument is { } end ? LoaderBatches.DocumentNumbers(tokens, end) : null) { Learned = [.. batch.SelectMany(window => window.Learned)] };
        }
    }

    private static bool[] Learned(TokenStore store, long from, int length) =>
        [.. Enumerable.Range(0, length).Select(i => from + i < store.TokenCount && store.IsLearned(from + i))];

    /// <summary>A source that holds out less than one window is validated on what there is; the rest of the row is padding.</summary>
    private static int[] Padded(TokenStore store, int sequenceLength)
    {
        var tokens = new int[sequenceLength + 1];
        Array.Fill(tokens, -1);
        store.CopyTo(0, tokens.AsSpan(0, (int)store.TokenCount));
        return tokens;
    }
}
