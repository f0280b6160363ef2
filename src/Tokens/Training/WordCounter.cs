using System.Collections.Concurrent;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Training;

/// <summary>A text to train on: characters, or UTF-8.</summary>
internal readonly record struct TrainingText(string? Chars, ReadOnlyMemory<byte> Utf8)
{
    public static TrainingText Of(string text) => new(text, default);

    public static TrainingText Of(ReadOnlyMemory<byte> utf8) => new(null, utf8);

    public int Length => Chars?.Length ?? Utf8.Length;
}

/// <summary>Cuts texts into pieces by a split pattern and counts them on all cores.</summary>
/// <remarks>Texts are taken in batches that end at a fixed length, counted apart and added up in order. So pruning, which looks at what was counted so far, never depends on
/// threads; without pruning, sums depend on no order at all.</remarks>
internal abstract class WordCounter(int maxWords, int threads)
{
    private const int BatchLength = 1 << 21;

    /// <summary>A piece is cut there, since the cost of training on a word grows with its length; no piece of natural text is near it.</summary>
    protected const int MaxWordBytes = 1 << 14;

    private const int MaxPoolBytes = 1 << 30;

    private readonly ConcurrentBag<WordCounts> _spare = [];

    /// <summary>Counts of all pieces; beyond <c>maxWords</c> different ones, or a gigabyte of long ones, the rarest so far are forgotten.</summary>
    public WordCounts Count(IEnumerable<TrainingText> texts, CancellationToken cancel)
    {
        WordCounts total = new();
        foreach (WordCounts counts in Flow.Ordered(Batches(texts), CountBatch, threads, batch: 1, cancel: cancel))
        {
            total.Add(counts);
            counts.Clear();
            _spare.Add(counts);
            for (long limit = 1; total.Count > maxWords || total.PoolBytes > MaxPoolBytes; limit *= 2)
            {
                total = total.Above(limit);
                Forgotten = Math.Max(Forgotten, limit);
            }
        }
        return total;
    }

    /// <summary>Words that occurred this often or less when memory ran short were forgotten; 0 if all counts are exact.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Cuts one text. Up to <see cref="WordCounts.Padding"/> bytes behind <paramref name="end"/> may be read.</summary>
    protected abstract unsafe void Split(byte* start, byte* end, WordCounts counts);

    private static IEnumerable<List<TrainingText>> Batches(IEnumerable<TrainingText> texts)
    {
        List<TrainingText> batch = [];
        long length = 0;
        foreach (TrainingText text in texts)
        {
            batch.Add(text);
            length += text.Length;
            if (length < BatchLength)
                continue;
            yield return batch;
            batch = [];
            length = 0;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private unsafe WordCounts CountBatch(List<TrainingText> texts)
    {
        if (!_spare.TryTake(out WordCounts? counts))
            counts = new WordCounts();
        byte[] buffer = [];
        foreach (TrainingText text in texts)
        {
            int most = WordCounts.Padding + (text.Chars is null ? text.Utf8.Length : Encoding.UTF8.GetMaxByteCount(text.Length));
            if (buffer.Length < most)
                buffer = new byte[most];
            int length = text.Chars is null ? text.Utf8.Length : Encoding.UTF8.GetBytes(text.Chars, buffer);
            if (text.Chars is null)
                text.Utf8.Span.CopyTo(buffer);
            fixed (byte* start = buffer)
                Split(start, start + length, counts);
        }
        return counts;
    }
}

/// <summary>Cuts by a split pattern, as byte-level tokenizers do.</summary>
internal sealed class PatternWordCounter(SplitPatternKind pattern, bool nfc, int maxWords, int threads) : WordCounter(maxWords, threads)
{
    protected override unsafe void Split(byte* start, byte* end, WordCounts counts)
    {
        if (!nfc)
        {
            Cut(start, end, counts);
            return;
        }
        ReadOnlySpan<byte> text = Normalization.Nfc(new ReadOnlySpan<byte>(start, (int)(end - start)));
        byte[] padded = new byte[text.Length + WordCounts.Padding];
        text.CopyTo(padded);
        fixed (byte* normal = padded)
            Cut(normal, normal + text.Length, counts);
    }

    private unsafe void Cut(byte* start, byte* end, WordCounts counts)
    {
        switch (pattern)
        {
            case SplitPatternKind.Gpt2:
                Cut<Gpt2Scanner>(start, end, counts);
                break;
            case SplitPatternKind.Cl100k:
                Cut<Cl100kScanner>(start, end, counts);
                break;
            case SplitPatternKind.O200k:
                Cut<O200kScanner>(start, end, counts);
                break;
            case SplitPatternKind.Qwen:
                Cut<QwenScanner>(start, end, counts);
                break;
            default:
                Cut<WholeScanner>(start, end, counts);
                break;
        }
    }

    private static unsafe void Cut<TScanner>(byte* p, byte* end, WordCounts counts) where TScanner : struct, IScanner
    {
        while (p < end)
        {
            byte* next = TScanner.Next(p, end);
            for (; next - p > MaxWordBytes; p += MaxWordBytes)
                counts.AddPadded(p, MaxWordBytes);
            counts.AddPadded(p, (int)(next - p));
            p = next;
        }
    }
}
