using System.Numerics;
using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>Tells whether two tokens are the encoding of their bytes: no merge crosses the border between them.</summary>
/// <remarks>The merges of both are undone from the latest back, and each pair that comes to lie at the border is looked up. Of all pairs that have the bytes of one token a text can
/// only ever bring one together, the last merge of its tree, so the table has an entry a token: a filter of 16 bits each, which stays in the nearer cache, answers nearly all
/// questions. Whether the two bytes at the border merge first of all, the most frequent reason of refusal, is told without a walk.</remarks>
internal sealed unsafe class BorderTable
{
    private const ulong Empty = ulong.MaxValue;

    private struct Slot
    {
        public ulong Key;
        public int Rank;
    }

    private readonly int[] _byteRanks = GC.AllocateUninitializedArray<int>(1 << 16, pinned: true);
    private readonly ulong[] _filter;
    private readonly Slot[] _slots;
    private readonly int* _byteRank;
    private readonly ulong* _word;
    private readonly MergeTree* _tree;
    private readonly int _filterShift;
    private readonly int _slotShift;

    /// <param name="trees">The trees of all tokens, pinned.</param>
    /// <param name="merges">Left token, right token and rank of the merges that a text can bring about; more do no harm.</param>
    /// <param name="byteIds">The token of each byte.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public BorderTable(MergeTree[] trees, ReadOnlySpan<(int Left, int Right, int Rank)> merges, int[] byteIds)
    {
        int log = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Length)));
        _filter = GC.AllocateArray<ulong>(1 << (log - 2), pinned: true);
        _slots = new Slot[2 << log];
        Array.Fill(_slots, new Slot { Key = Empty });
        _filterShift = 64 - (log - 2);
        _slotShift = 64 - (log + 1);
        _word = (ulong*)Unsafe.AsPointer(ref _filter[0]);
        _byteRank = (int*)Unsafe.AsPointer(ref _byteRanks[0]);
        _tree = (MergeTree*)Unsafe.AsPointer(ref trees[0]);
        foreach ((int left, int right, int rank) in merges)
        {
            ulong key = Key(left, right), hash = Hash(key);
            _filter[hash >> _filterShift] |= Bits(hash);
            int i = (int)(hash >> _slotShift);
            while (_slots[i].Key != Empty)
                i = (i + 1) & (_slots.Length - 1);
            _slots[i] = new Slot { Key = key, Rank = rank };
        }
        for (int two = 0; two < 1 << 16; two++)
            _byteRanks[two] = RankOf(byteIds[(byte)two], byteIds[two >> 8]);
    }

    /// <summary>True when <paramref name="first"/>, which ends before <paramref name="border"/>, and <paramref name="second"/>, which begins there, stay apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Fit(int first, int second, byte* border)
    {
        int rank = _byteRank[*(ushort*)(border - 1)];
        return (rank >= _tree[first].LastJoined || rank > _tree[second].FirstJoined) && Walk(first, second);
    }

    private bool Walk(int first, int second)
    {
        MergeTree* left = _tree + first, right = _tree + second;
        int limit = int.MaxValue;
        // Two bytes have been asked about already.
        while ((left->Birth & right->Birth) >= 0)
        {
            if (RankOf(first, second) < limit)
                return false;
            if (left->Birth > right->Birth)
            {
                // Merges of equal rank go from left to right, so a pair right of this one comes after it.
                limit = left->Birth;
                first = left->Right;
                left = _tree + first;
            }
            else
            {
                limit = right->Birth + 1;
                second = right->Left;
                right = _tree + second;
            }
        }
        return true;
    }

    /// <summary>The rank of a merge; <see cref="int.MaxValue"/> where the two do not merge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int RankOf(int left, int right)
    {
        ulong key = Key(left, right), hash = Hash(key), bits = Bits(hash);
        return (_word[hash >> _filterShift] & bits) == bits ? Find(key, (int)(hash >> _slotShift)) : int.MaxValue;
    }

    private int Find(ulong key, int slot)
    {
        for (; _slots[slot].Key != key; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (_slots[slot].Key == Empty)
                return int.MaxValue;
        }
        return _slots[slot].Rank;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ulong key)
    {
        ulong mixed = key * 0x9E3779B97F4A7C15UL;
        return mixed ^ (mixed >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(ulong hash) => (1UL << (int)(hash & 63)) | (1UL << (int)((hash >> 6) & 63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
