using System.Buffers.Binary;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Train.Steps;

/// <summary>Training batches out of a mix: batch n holds samples n*rows to (n+1)*rows - 1, so its position is one number.</summary>
internal sealed class LoaderBatches(Loader loader, int rows, int endOfDocument) : BatchSource
{
    private readonly SortedDictionary<string, long> _drawn = new(StringComparer.Ordinal);
    private long _sample;

    public override TokenBatch Next()
    {
        int columns = loader.SequenceLength + 1;
        var tokens = new int[rows * columns];
        var sources = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            sources[row] = loader.Read(_sample++, tokens.AsSpan(row * columns, columns));
            string source = loader.Plan.Shares[sources[row]].Source;
            _drawn[source] = _drawn.GetValueOrDefault(source) + loader.SequenceLength;
        }
        return new TokenBatch(tokens, rows, sources, DocumentNumbers(tokens, endOfDocument));
    }

    /// <summary>Tokens to be predicted by source in the batches given since the last call: what a step consumed.</summary>
    public IReadOnlyDictionary<string, long> TakeDrawn()
    {
        SortedDictionary<string, long> drawn = new(_drawn, StringComparer.Ordinal);
        _drawn.Clear();
        return drawn;
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
        _sample = BinaryPrimitives.ReadInt64LittleEndian(position);
    }

    /// <summary>Which document of its row each token is from: an end-of-document token is the last of its own.</summary>
    public static int[] DocumentNumbers(ReadOnlySpan<int> tokens, int endOfDocument)
    {
        var numbers = new int[tokens.Length];
        int number = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            numbers[i] = number;
            if (tokens[i] == endOfDocument)
                number++;
        }
        return numbers;
    }
}

/// <summary>Validation batches: the first windows of each source's held-out tokens.</summary>
internal static class ValidationBatches
{
    public static IEnumerable<TokenBatch> Of(Artifact mix, IReadOnlyList<string> sources, int sequenceLength, int rows, int mostSamples, int endOfDocument)
    {
        var windows = new List<(int Source, int[] Tokens)>();
        for (int source = 0; source < sources.Count; source++)
        {
            using TokenStore store = MixArtifact.OpenValidation(mix, sources[source]);
            long count = Math.Min(mostSamples, store.WindowCount(sequenceLength));
            for (long window = 0; window < count; window++)
            {
                var tokens = new int[sequenceLength + 1];
                store.ReadWindow(window, tokens);
                windows.Add((source, tokens));
            }
            if (count == 0 && store.TokenCount >= 2)
                windows.Add((source, Padded(store, sequenceLength)));
        }
        foreach ((int Source, int[] Tokens)[] batch in windows.Chunk(rows))
        {
            int[] tokens = [.. batch.SelectMany(window => window.Tokens)];
            yield return new TokenBatch(tokens, batch.Length, [.. batch.Select(window => window.Source)], LoaderBatches.DocumentNumbers(tokens, endOfDocument));
        }
    }

    /// <summary>A source that holds out less than one window is validated on what there is; the rest of the row is padding.</summary>
    private static int[] Padded(TokenStore store, int sequenceLength)
    {
        var tokens = new int[sequenceLength + 1];
        Array.Fill(tokens, -1);
        store.CopyTo(0, tokens.AsSpan(0, (int)store.TokenCount));
        return tokens;
    }
}
