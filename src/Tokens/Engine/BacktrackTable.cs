using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>Byte-pair encoding of a piece of any length in linear time.</summary>
/// <remarks>A sequence of tokens is the encoding of its bytes exactly when each two neighbours are: undo their merges from the latest back, and no pair across
/// the border may rank before the merge undone. So take the longest token at a place; if it does not fit its left neighbour try its longest prefix that is
/// a token; if none fits, the place is dead and the left neighbour gets shorter. The tokens before a place are always the encoding of the bytes before it, so a place dies
/// once and for all, and the whole is linear. Memory is a bit a byte; a heap of pairs, the usual way, takes thirty bytes a byte. Where a token is made of tokens that are
/// born later (merge lists put together by hand), undoing in order is not defined, and such a token and its neighbour are merged byte by byte instead.</remarks>
internal sealed unsafe class BacktrackTable
{
    private readonly TokenBytes _tokens;
    private readonly PairTable _pairs;
    private readonly int[] _byteIds;
    private readonly HashSet<int> _outOfOrder;
    private readonly MergeTree[] _trees;
    private readonly MergeTree* _tree;
    private readonly BorderTable _borders;
    private readonly TokenTrie _trie;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="pairs">Pairs that merge: rank and result.</param>
    /// <param name="byteIds">The token of each byte.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public BacktrackTable(TokenBytes tokens, PairTable pairs, int[] byteIds)
    {
        _tokens = tokens;
        _pairs = pairs;
        _byteIds = byteIds;
        _trees = MergeTree.Grow(tokens, pairs, byteIds, out int[] ids, out _outOfOrder);
        _tree = (MergeTree*)Unsafe.AsPointer(ref _trees[0]);
        _trie = new TokenTrie(tokens, ids, byteIds);
        Splits = new SafeSplits(tokens, ids);
        foreach (int id in byteIds)
        {
            _trees[id].Length = 1;
            _trees[id].Prefix = -1;
        }
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> bytes = tokens[id];
            _trees[id].Length = bytes.Length;
            fixed (byte* start = bytes)
                _trees[id].Prefix = _trie.Longest(start, start + bytes.Length - 1);
        }
        // Where tokens are out of order, pairs that make them can come together too.
        _borders = new BorderTable(_trees, _outOfOrder.Count > 0
            ? Array.ConvertAll(pairs.ByRank(), pair => (pair.Left, pair.Right, pair.Rank))
            : Array.ConvertAll(ids, id => (_trees[id].Left, _trees[id].Right, _trees[id].Birth)), byteIds);
        ReachesAll = true;
        for (int id = 0; id < tokens.Limit; id++)
        {
            // Added tokens are in the list of tokens too, but are not found by their bytes.
            if (_trees[id].Length != 0 || tokens[id].Length < 2 || tokens.Find(tokens[id]) != id)
                continue;
            ReachesAll = false;
            LongestUnreached = Math.Max(LongestUnreached, tokens[id].Length);
        }
    }

    /// <summary>Where pieces may be cut.</summary>
    public SafeSplits Splits { get; }

    /// <summary>True when each token of the vocabulary is what its own bytes merge to.</summary>
    public bool ReachesAll { get; }

    /// <summary>Bytes of the longest token that its own bytes do not merge to.</summary>
    public int LongestUnreached { get; }

    /// <summary>Appends the ids of a piece of at least one byte.</summary>
    public void Encode(byte* piece, int length, IdBuffer output, EncoderScratch scratch)
    {
        ulong few = ulong.MaxValue;
        if (length < 64)
        {
            Encode(piece, length, output, &few, scratch);
            return;
        }
        Span<ulong> alive = scratch.Alive(length + 1);
        fixed (ulong* many = alive)
            Encode(piece, length, output, many, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Encode(byte* piece, int length, IdBuffer output, ulong* alive, EncoderScratch scratch)
    {
        byte* stop = piece + length;
        int first = output.Count, at = 0, token = _trie.Longest(piece, stop);
        int[] ids = output.Reserve(1);
        int count = first;
        long steps = 1;
        while (true)
        {
            int end = at + _tree[token].Length;
            if ((alive[end >> 6] & (1UL << (end & 63))) != 0 && (count == first || Fit(ids[count - 1], token, piece + at)))
            {
                if (count == ids.Length)
                {
                    output.Count = count;
                    ids = output.Reserve(1);
                }
                ids[count++] = token;
                at = end;
                if (at == length)
                    break;
                token = _trie.Longest(piece + at, stop);
            }
            else if (_tree[token].Prefix >= 0)
            {
                token = _tree[token].Prefix;
            }
            else
            {
                alive[at >> 6] &= ~(1UL << (at & 63));
                token = ids[--count];
                at -= _tree[token].Length;
            }
            steps++;
        }
        output.Count = count;
        scratch.Steps += steps;
    }

    /// <summary>True when the two tokens are the encoding of their bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Fit(int first, int second, byte* border) => _outOfOrder.Count > 0 && (_outOfOrder.Contains(first) || _outOfOrder.Contains(second))
        ? StayApart(first, second) : _borders.Fit(first, second, border);

    private bool StayApart(int first, int second)
    {
        byte[] bytes = [.. _tokens[first], .. _tokens[second]];
        IdBuffer ids = new(bytes.Length);
        SlowMerge.Encode(_pairs, _byteIds, bytes, ids);
        return ids.Count == 2 && ids.Ids[0] == first;
    }
}
