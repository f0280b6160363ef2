using System.Text;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Training;

/// <summary>Cuts texts into pieces by a split pattern and counts them on all cores.</summary>
/// <remarks>Texts are taken in batches of a fixed number of characters, counted apart and added up in order, so that pruning, which looks at what was counted so far,
/// never depends on threads.</remarks>
internal sealed class WordCounter(SplitPatternKind pattern, bool nfc, int maxWords, int threads)
{
    private const int BatchChars = 1 << 21;
    private const int BatchesInFlight = 8;

    /// <summary>A piece is cut there, since the cost of training on a word grows with its length; no piece of natural text is near it.</summary>
    private const int MaxWordBytes = 1 << 14;

    private const int MaxPoolBytes = 1 << 30;

    private readonly WordCounts[] _batchCounts = [.. Enumerable.Range(0, BatchesInFlight).Select(_ => new WordCounts())];

    /// <summary>Counts of all pieces; beyond <c>maxWords</c> different ones, or a gigabyte of them, the rarest so far are forgotten.</summary>
    public WordCounts Count(IEnumerable<string> texts, CancellationToken cancel)
    {
        WordCounts total = new();
        List<List<string>> group = [];
        long chars = 0;
        foreach (string text in texts)
        {
            if (group.Count == 0 || chars + text.Length > BatchChars)
            {
                if (group.Count == BatchesInFlight)
                {
                    total = AddGroup(total, group, cancel);
                    group.Clear();
                }
                group.Add([]);
                chars = 0;
            }
            group[^1].Add(text);
            chars += text.Length;
        }
        return AddGroup(total, group, cancel);
    }

    private WordCounts AddGroup(WordCounts total, List<List<string>> group, CancellationToken cancel)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        Parallel.For(0, group.Count, options, batch =>
        {
            _batchCounts[batch].Clear();
            CountBatch(group[batch], _batchCounts[batch]);
        });
        for (int batch = 0; batch < group.Count; batch++)
            total.Add(_batchCounts[batch]);
        for (long limit = 1; total.Count > maxWords || total.ByteCount > MaxPoolBytes; limit *= 2)
            total = total.Above(limit);
        return total;
    }

    private void CountBatch(List<string> texts, WordCounts counts)
    {
        byte[] buffer = [];
        foreach (string text in texts)
        {
            int most = Encoding.UTF8.GetMaxByteCount(text.Length);
            if (buffer.Length < most)
                buffer = new byte[most];
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer));
            if (nfc)
                bytes = Normalization.Nfc(bytes);
            switch (pattern)
            {
                case SplitPatternKind.Gpt2:
                    Split<Gpt2Scanner>(bytes, counts);
                    break;
                case SplitPatternKind.Cl100k:
                    Split<Cl100kScanner>(bytes, counts);
                    break;
                case SplitPatternKind.O200k:
                    Split<O200kScanner>(bytes, counts);
                    break;
                case SplitPatternKind.Qwen:
                    Split<QwenScanner>(bytes, counts);
                    break;
                default:
                    Split<WholeScanner>(bytes, counts);
                    break;
            }
        }
    }

    private static unsafe void Split<TScanner>(ReadOnlySpan<byte> text, WordCounts counts) where TScanner : struct, IScanner
    {
        fixed (byte* start = text)
        {
            byte* end = start + text.Length;
            for (byte* p = start; p < end;)
            {
                byte* next = TScanner.Next(p, end);
                for (; next - p > MaxWordBytes; p += MaxWordBytes)
                    counts.Add(new ReadOnlySpan<byte>(p, MaxWordBytes));
                counts.Add(new ReadOnlySpan<byte>(p, (int)(next - p)));
                p = next;
            }
        }
    }
}
