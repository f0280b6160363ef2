using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Models;

/// <summary>Byte-pair merges over any symbols: the least rank first, of equal ranks the leftmost.</summary>
/// <remarks>Symbols are first cut where no merge can cross: pairs of symbols that stand together in no token. What is left is short in nearly all texts and merged by
/// scanning; long stretches go through a heap of pairs, so that no text costs more than n log n.</remarks>
internal sealed class SymbolMerger
{
    private const int Short = 24;

    private readonly PairTable _pairs;
    private readonly HashSet<ulong>? _joinable;

    /// <param name="pairs">Pairs of symbols: rank and result.</param>
    /// <param name="first">The first symbol of each symbol's text, by id; null where cutting is not possible.</param>
    /// <param name="last">The last one.</param>
    public SymbolMerger(PairTable pairs, int[]? first, int[]? last)
    {
        _pairs = pairs;
        if (first is null || last is null)
            return;
        _joinable = [];
        foreach ((int left, int right, _, _) in pairs.ByRank())
            _joinable.Add(Key(last[left], first[right]));
    }

    /// <summary>Merges symbols in place; with each symbol goes the length of its text. Returns how many are left.</summary>
    public int Merge(Span<int> symbols, Span<int> lengths, int count)
    {
        int written = 0;
        for (int from = 0; from < count;)
        {
            int to = from + 1;
            while (to < count && (_joinable is null || _joinable.Contains(Key(symbols[to - 1], symbols[to]))))
                to++;
            int left = to - from == 1 ? 1 : to - from <= Short ? Scan(symbols[from..to], lengths[from..to])
                : Heap(symbols[from..to], lengths[from..to]);
            symbols.Slice(from, left).CopyTo(symbols[written..]);
            lengths.Slice(from, left).CopyTo(lengths[written..]);
            written += left;
            from = to;
        }
        return written;
    }

    private int Scan(Span<int> symbols, Span<int> lengths)
    {
        int count = symbols.Length;
        Span<int> ranks = stackalloc int[Short], merged = stackalloc int[Short];
        for (int i = 0; i + 1 < count; i++)
            _pairs.TryGet(symbols[i], symbols[i + 1], out ranks[i], out merged[i]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < ranks[best])
                    best = i;
            }
            if (ranks[best] == int.MaxValue)
                break;
            symbols[best] = merged[best];
            lengths[best] += lengths[best + 1];
            count--;
            for (int i = best + 1; i < count; i++)
            {
                (symbols[i], lengths[i]) = (symbols[i + 1], lengths[i + 1]);
                (ranks[i], merged[i]) = (ranks[i + 1], merged[i + 1]);
            }
            if (best > 0)
                _pairs.TryGet(symbols[best - 1], symbols[best], out ranks[best - 1], out merged[best - 1]);
            if (best + 1 < count)
                _pairs.TryGet(symbols[best], symbols[best + 1], out ranks[best], out merged[best]);
        }
        return count;
    }

    private int Heap(Span<int> symbols, Span<int> lengths)
    {
        int n = symbols.Length;
        int[] next = new int[n], previous = new int[n];
        PriorityQueue<(int At, int Left, int Right, int Merged), long> queue = new(n);
        for (int i = 0; i < n; i++)
            (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i + 1 < n; i++)
            Offer(symbols, i);
        while (queue.TryDequeue(out (int At, int Left, int Right, int Merged) top, out _))
        {
            int after = next[top.At];
            // Stale when either side has merged meanwhile; a dead place has length -1.
            if (lengths[top.At] < 0 || symbols[top.At] != top.Left || after >= n || symbols[after] != top.Right)
                continue;
            symbols[top.At] = top.Merged;
            lengths[top.At] += lengths[after];
            lengths[after] = -1;
            next[top.At] = next[after];
            if (next[after] < n)
                previous[next[after]] = top.At;
            if (previous[top.At] >= 0)
                Offer(symbols, previous[top.At]);
            Offer(symbols, top.At);
        }
        int written = 0;
        for (int i = 0; i < n; i = next[i])
            (symbols[written], lengths[written++]) = (symbols[i], lengths[i]);
        return written;

        void Offer(Span<int> all, int at)
        {
            if (next[at] < n && _pairs.TryGet(all[at], all[next[at]], out int rank, out int merged))
                queue.Enqueue((at, all[at], all[next[at]], merged), ((long)rank << 32) | (uint)at);
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
