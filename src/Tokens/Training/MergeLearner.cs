using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Training;

/// <summary>Learns merges from words: again and again the pair of neighbours that occurs most (Sennrich et al. 2016, arXiv 1508.07909).</summary>
/// <remarks>Counts are kept up to date by looking only at the words that hold the merged pair. What changes beside a merged pair is added up by neighbour first, in arrays that
/// stay in the cache, so that the table of all pairs is asked once for a neighbour and not once for a place. A queue whose entries may be out of date gives the most frequent
/// pair. Merges come in the order of Hugging Face's trainer, whose habits this follows: a pair's count is not lowered by its own merge, a token that two pairs
/// spell is one token with two merges, and a pair that such a token brings back is queued again beside its first entry. Time is about that of visiting each merged place
/// once; memory is four bytes for each symbol of a different word, twice, and 48 bytes for each different pair.</remarks>
internal sealed class MergeLearner
{
    private readonly WordSymbols _words;
    private readonly List<byte[]> _tokens;
    private readonly byte[] _continuingPrefix;
    private readonly TokenBytes _known;
    private readonly HashSet<string> _special;
    private readonly PairCounts _counts = new();
    private readonly WordLists _lists = new();
    private readonly MergeQueue _queue;
    private NeighbourChanges _left = new(0, isBefore: true), _right = new(0, isBefore: false);

    /// <param name="words">Words as symbols, which are ids of <paramref name="tokens"/>; merged in place.</param>
    /// <param name="tokens">The vocabulary so far: special tokens, then the alphabet; new tokens are appended.</param>
    /// <param name="specialTokens">How many of them are special: no pair that spells one of these is merged, so that no text can.</param>
    /// <param name="continuingPrefix">What tokens that continue a word begin with, such as <c>##</c>; left out where two tokens join.</param>
    /// <param name="tie">Which of two pairs that occur equally often merges first.</param>
    public MergeLearner(WordSymbols words, List<byte[]> tokens, int specialTokens, byte[] continuingPrefix, MergeTie tie)
    {
        _words = words;
        _tokens = tokens;
        _continuingPrefix = continuingPrefix;
        _queue = new MergeQueue(tie == MergeTie.LargestBytes ? HasLargerBytes : null);
        _known = new TokenBytes(tokens.Count * 2 + 1);
        _special = [.. tokens.Take(specialTokens).Select(Convert.ToHexString)];
        for (int id = specialTokens; id < tokens.Count; id++)
            _known.Add(id, tokens[id]);
    }

    /// <summary>The merges, until the vocabulary is full or no pair occurs <paramref name="minFrequency"/> times.</summary>
    /// <param name="vocabularySize">Tokens in all.</param>
    /// <param name="minFrequency">A pair that occurs less often is not merged.</param>
    /// <param name="progress">Told now and then how many tokens there are.</param>
    /// <param name="cancel">Ends the learning.</param>
    public List<(int Left, int Right)> Learn(int vocabularySize, long minFrequency, Action<int>? progress, CancellationToken cancel)
    {
        List<(int, int)> merges = [];
        int limit = Math.Max(vocabularySize, _tokens.Count) + 1;
        (_left, _right) = (new NeighbourChanges(limit, isBefore: true), new NeighbourChanges(limit, isBefore: false));
        QueueFirstPairs();
        while (_tokens.Count < vocabularySize && _queue.Count > 0)
        {
            MergeCandidate top = _queue.Top;
            long count = _counts[top.Pair];
            if (count != top.Count)
            {
                _queue.ChangeTop(count);
                continue;
            }
            if (count < 1 || count < minFrequency)
                break;
            _queue.RemoveTop();
            int left = (int)(top.Pair >> 32), right = (int)top.Pair;
            int merged = TokenOf(left, right);
            if (merged >= 0)
            {
                merges.Add((left, right));
                Merge(top.Words, left, right, merged);
            }
            _lists.Free(top.Words);
            if ((merges.Count & 255) == 0)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Invoke(_tokens.Count);
            }
        }
        return merges;
    }

    /// <summary>The token that two make, new if none spells it yet; -1 if a special token is spelled so.</summary>
    private int TokenOf(int left, int right)
    {
        ReadOnlySpan<byte> second = _tokens[right];
        if (_continuingPrefix.Length > 0 && second.StartsWith(_continuingPrefix))
            second = second[_continuingPrefix.Length..];
        byte[] bytes = [.. _tokens[left], .. second];
        int id = _known.Find(bytes);
        if (id >= 0)
            return id;
        if (_special.Count > 0 && _special.Contains(Convert.ToHexString(bytes)))
            return -1;
        id = _tokens.Count;
        _tokens.Add(bytes);
        _known.Add(id, bytes);
        return id;
    }

    private void QueueFirstPairs()
    {
        FirstPairs pairs = new(_tokens.Count, _words.Symbols);
        for (int word = 0; word < _words.Words; word++)
            pairs.Add(_words[word], word, _words.CountOf(word));
        pairs.Queue(_words, _counts, _lists, _queue);
    }

    private void Merge(WordList list, int left, int right, int merged)
    {
        if (list.IsAlone)
        {
            Merge(list.Start, left, right, merged);
        }
        else
        {
            foreach (int word in _lists[list])
                Merge(word, left, right, merged);
        }
        // All counts fall before any pair is queued: a pair can be on both sides.
        _left.LowerCounts(left, _counts);
        _right.LowerCounts(right, _counts);
        _left.RaiseCounts(merged, _counts, _lists, _queue);
        _right.RaiseCounts(merged, _counts, _lists, _queue);
    }

    private void Merge(int word, int left, int right, int merged)
    {
        Span<int> symbols = _words[word];
        int from = First(symbols, left, right);
        if (from < 0)
            return;
        long count = _words.CountOf(word);
        int to = from;
        bool followsMerge = false;
        while (from < symbols.Length)
        {
            if (symbols[from] != left || from + 1 >= symbols.Length || symbols[from + 1] != right)
            {
                symbols[to++] = symbols[from++];
                followsMerge = false;
                continue;
            }
            if (to > 0 && !followsMerge)
            {
                int before = symbols[to - 1];
                _left.Lower(before, count);
                // A pair of two merged tokens is kept on one side, so that it is queued once.
                (before == merged ? _right : _left).Raise(before, count, word);
            }
            from += 2;
            followsMerge = from + 1 < symbols.Length && symbols[from] == left && symbols[from + 1] == right;
            if (followsMerge)
            {
                // The merged token and the next left one are neighbours for a moment only, but their pair counts as one that came up.
                _right.Lower(left, count);
                _right.Raise(left, 0, word);
                _right.Raise(merged, count, word);
            }
            else if (from < symbols.Length)
            {
                int after = symbols[from];
                _right.Lower(after, count);
                _right.Raise(after, count, word);
            }
            symbols[to++] = merged;
        }
        _words.Shorten(word, to);
    }

    private static int First(ReadOnlySpan<int> symbols, int left, int right)
    {
        for (int from = 0; ; from++)
        {
            int at = symbols[from..].IndexOf(left);
            from += at;
            if (at < 0 || from + 1 >= symbols.Length)
                return -1;
            if (symbols[from + 1] == right)
                return from;
        }
    }

    private bool HasLargerBytes(ulong a, ulong b)
    {
        int byLeft = _tokens[(int)(a >> 32)].AsSpan().SequenceCompareTo(_tokens[(int)(b >> 32)]);
        return (byLeft != 0 ? byLeft : _tokens[(int)a].AsSpan().SequenceCompareTo(_tokens[(int)b])) > 0;
    }
}
