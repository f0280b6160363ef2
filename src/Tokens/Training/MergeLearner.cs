using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Training;

/// <summary>Learns merges from word counts: again and again the pair of neighbours that occurs most (Sennrich et al. 2016, arXiv 1508.07909).</summary>
/// <remarks>Counts are kept up to date by looking only at the words that hold the merged pair; a heap with entries that may be out of date gives the most frequent pair.
/// Merges come in the order of Hugging Face's trainer, whose habits this follows: a pair's count is not lowered by its own merge, and a token that two
/// pairs spell is one token with two merges.</remarks>
internal sealed class MergeLearner
{
    private readonly List<byte[]> _tokens;
    private readonly TokenBytes _known;
    private readonly bool _largestBytesFirst;
    private readonly PairTable _pairs = new(1 << 16);
    private readonly List<long> _counts = [];
    private readonly List<List<int>?> _updated = [];
    private readonly List<(int Left, int Right)> _pairOf = [];
    private readonly List<int> _touched = [];
    private readonly PriorityQueue<Entry, Entry> _queue;
    private readonly int[] _symbols;
    private readonly int[] _start;
    private readonly int[] _length;
    private readonly long[] _wordCounts;

    /// <summary>A pair, its count when queued, and the words to merge it in.</summary>
    private sealed record Entry(long Count, int Pair, List<int> Words);

    /// <param name="words">Words and how often each occurs.</param>
    /// <param name="tokens">The vocabulary so far: special tokens, then the bytes; new tokens are appended.</param>
    /// <param name="firstByteToken">Where the bytes begin in <paramref name="tokens"/>; what is before takes no part.</param>
    /// <param name="largestBytesFirst">Among pairs of equal count, the largest by bytes instead of the least by ids.</param>
    public MergeLearner(WordCounts words, List<byte[]> tokens, int firstByteToken, bool largestBytesFirst)
    {
        _tokens = tokens;
        _largestBytesFirst = largestBytesFirst;
        _queue = new PriorityQueue<Entry, Entry>(Comparer<Entry>.Create(Order));
        _known = new TokenBytes(tokens.Count * 2);
        int[] byteIds = new int[256];
        for (int id = firstByteToken; id < tokens.Count; id++)
        {
            _known.Add(id, tokens[id]);
            byteIds[tokens[id][0]] = id;
        }
        long total = 0;
        for (int i = 0; i < words.Count; i++)
            total += words.Word(i).Length;
        _symbols = new int[total];
        _start = new int[words.Count];
        _length = new int[words.Count];
        _wordCounts = new long[words.Count];
        int used = 0;
        for (int i = 0; i < words.Count; i++)
        {
            _start[i] = used;
            _length[i] = words.Word(i).Length;
            _wordCounts[i] = words.CountOf(i);
            foreach (byte value in words.Word(i))
                _symbols[used++] = byteIds[value];
        }
    }

    /// <summary>The merges, until the vocabulary is full or no pair occurs <paramref name="minFrequency"/> times.</summary>
    public List<(int Left, int Right)> Learn(int vocabularySize, long minFrequency, CancellationToken cancel)
    {
        List<(int, int)> merges = [];
        for (int word = 0; word < _start.Length; word++)
        {
            Span<int> symbols = _symbols.AsSpan(_start[word], _length[word]);
            for (int i = 0; i + 1 < symbols.Length; i++)
                Change(symbols[i], symbols[i + 1], _wordCounts[word], word);
        }
        QueueTouched();
        while (_tokens.Count < vocabularySize && _queue.TryDequeue(out Entry? top, out _))
        {
            long count = _counts[top.Pair];
            if (count != top.Count)
            {
                Entry renewed = top with { Count = count };
                _queue.Enqueue(renewed, renewed);
                continue;
            }
            if (count < 1 || count < minFrequency)
                break;
            (int left, int right) = _pairOf[top.Pair];
            byte[] bytes = [.. _tokens[left], .. _tokens[right]];
            int id = _known.Find(bytes);
            if (id < 0)
            {
                id = _tokens.Count;
                _tokens.Add(bytes);
                _known.Add(id, bytes);
            }
            merges.Add((left, right));
            foreach (int word in top.Words)
                Merge(word, left, right, id);
            QueueTouched();
            if ((merges.Count & 255) == 0)
                cancel.ThrowIfCancellationRequested();
        }
        return merges;
    }

    private void Merge(int word, int left, int right, int merged)
    {
        Span<int> symbols = _symbols.AsSpan(_start[word], _length[word]);
        long count = _wordCounts[word];
        int to = 0;
        for (int from = 0; from < symbols.Length; from++)
        {
            if (symbols[from] != left || from + 1 >= symbols.Length || symbols[from + 1] != right)
            {
                symbols[to++] = symbols[from];
                continue;
            }
            if (to > 0)
            {
                Change(symbols[to - 1], left, -count, word);
                Change(symbols[to - 1], merged, count, word);
            }
            if (from + 2 < symbols.Length)
            {
                Change(right, symbols[from + 2], -count, word);
                Change(merged, symbols[from + 2], count, word);
            }
            symbols[to++] = merged;
            from++;
        }
        _length[word] = to;
    }

    private void Change(int left, int right, long count, int word)
    {
        if (!_pairs.TryGet(left, right, out int pair, out _))
        {
            pair = _counts.Count;
            _pairs.Set(left, right, pair, 0);
            _counts.Add(0);
            _updated.Add(null);
            _pairOf.Add((left, right));
        }
        _counts[pair] += count;
        if (count < 0)
            return;
        List<int>? words = _updated[pair];
        if (words is null)
        {
            _updated[pair] = words = [];
            _touched.Add(pair);
        }
        if (words.Count == 0 || words[^1] != word)
            words.Add(word);
    }

    private void QueueTouched()
    {
        foreach (int pair in _touched)
        {
            if (_counts[pair] > 0)
            {
                Entry entry = new(_counts[pair], pair, _updated[pair]!);
                _queue.Enqueue(entry, entry);
            }
            _updated[pair] = null;
        }
        _touched.Clear();
    }

    private int Order(Entry a, Entry b)
    {
        if (a.Count != b.Count)
            return b.Count.CompareTo(a.Count);
        (int Left, int Right) first = _pairOf[a.Pair], second = _pairOf[b.Pair];
        if (!_largestBytesFirst)
            return first.CompareTo(second);
        int byLeft = _tokens[second.Left].AsSpan().SequenceCompareTo(_tokens[first.Left]);
        return byLeft != 0 ? byLeft : _tokens[second.Right].AsSpan().SequenceCompareTo(_tokens[first.Right]);
    }
}
