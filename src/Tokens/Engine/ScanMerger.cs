using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>The definition of byte-pair encoding: merge the leftmost pair of least rank until none is left. Quadratic, so for short pieces only.</summary>
internal static class ScanMerger
{
    /// <summary>Merges in place and returns how many ids are left.</summary>
    [SkipLocalsInit]
    public static int Merge(PairTable pairs, Span<int> ids)
    {
        int count = ids.Length;
        Span<int> ranks = count <= 64 ? stackalloc int[64] : new int[count];
        Span<int> merged = count <= 64 ? stackalloc int[64] : new int[count];
        for (int i = 0; i + 1 < count; i++)
            pairs.TryGet(ids[i], ids[i + 1], out ranks[i], out merged[i]);
        while (count > 1)
        {
            int best = 0, least = ranks[0];
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < least)
                {
                    least = ranks[i];
                    best = i;
                }
            }
            if (least == int.MaxValue)
                break;
            ids[best] = merged[best];
            count--;
            for (int i = best + 1; i < count; i++)
            {
                ids[i] = ids[i + 1];
                ranks[i] = ranks[i + 1];
                merged[i] = merged[i + 1];
            }
            if (best > 0)
                pairs.TryGet(ids[best - 1], ids[best], out ranks[best - 1], out merged[best - 1]);
            if (best + 1 < count)
                pairs.TryGet(ids[best], ids[best + 1], out ranks[best], out merged[best]);
        }
        return count;
    }
}

/// <summary>Merging of bytes without a <see cref="BacktrackTable"/>, to build one and for the few tokens that have no tree in it.</summary>
internal static class SlowMerge
{
    private const int ScanAtMost = 64;

    /// <summary>Appends the ids of a piece of at least one byte.</summary>
    public static void Encode(PairTable pairs, int[] byteIds, ReadOnlySpan<byte> piece, IdBuffer output)
    {
        if (piece.Length > ScanAtMost)
        {
            HeapMerger.Encode(pairs, byteIds, piece, output);
            return;
        }
        Span<int> ids = output.Reserve(piece.Length).AsSpan(output.Count, piece.Length);
        for (int i = 0; i < piece.Length; i++)
            ids[i] = byteIds[piece[i]];
        output.Count += ScanMerger.Merge(pairs, ids);
    }
}

/// <summary>The same merges through a priority queue, in n log n.</summary>
internal static class HeapMerger
{
    /// <summary>Appends the ids of a piece.</summary>
    public static void Encode(PairTable pairs, int[] byteIds, ReadOnlySpan<byte> piece, IdBuffer output)
    {
        int n = piece.Length;
        int[] ids = new int[n], next = new int[n], previous = new int[n];
        PriorityQueue<(int At, int Left, int Right, int Merged), long> queue = new(n);
        for (int i = 0; i < n; i++)
        {
            ids[i] = byteIds[piece[i]];
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < n; i++)
            Offer(i);
        while (queue.TryDequeue(out (int At, int Left, int Right, int Merged) top, out _))
        {
            int after = next[top.At];
            // An entry is stale when either side has merged meanwhile; a dead place holds -1.
            if (ids[top.At] != top.Left || after >= n || ids[after] != top.Right)
                continue;
            ids[top.At] = top.Merged;
            ids[after] = -1;
            next[top.At] = next[after];
            if (next[after] < n)
                previous[next[after]] = top.At;
            if (previous[top.At] >= 0)
                Offer(previous[top.At]);
            Offer(top.At);
        }
        for (int i = 0; i < n; i = next[i])
            output.Add(ids[i]);

        void Offer(int at)
        {
            if (next[at] < n && pairs.TryGet(ids[at], ids[next[at]], out int rank, out int merged))
                queue.Enqueue((at, ids[at], ids[next[at]], merged), ((long)rank << 32) | (uint)at);
        }
    }
}
