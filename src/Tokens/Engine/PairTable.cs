using System.Numerics;
using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>Open-addressing map from two numbers to two numbers: token pairs to (merge rank, merged token), trie edges to (node, token).</summary>
internal sealed class PairTable
{
    private const ulong Empty = ulong.MaxValue;

    private struct Slot
    {
        public ulong Key;
        public int Rank;
        public int Merged;
    }

    // Four bits for each slot, by the same hash: most questions are about pairs that are not there, and this answers nine in ten of them from the nearer cache.
    private ulong[] _filter = [];
    private Slot[] _slots;
    private int _mask;
    private int _shift;

    public PairTable(int expected)
    {
        _slots = [];
        Allocate(Math.Max(16, (int)BitOperations.RoundUpToPowerOf2((uint)expected * 2)));
    }

    public int Count { get; private set; }

    /// <summary>True when <paramref name="left"/> and <paramref name="right"/> are in the table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int left, int right, out int rank, out int merged)
    {
        ulong key = Key(left, right);
        ulong hash = key * 0x9E3779B97F4A7C15UL;
        ulong bit = hash >> (_shift - 2);
        if ((_filter[bit >> 6] >> (int)(bit & 63) & 1) == 0)
        {
            rank = int.MaxValue;
            merged = -1;
            return false;
        }
        Slot[] slots = _slots;
        for (int i = (int)(hash >> _shift); ; i = (i + 1) & _mask)
        {
            ref Slot slot = ref slots[i];
            if (slot.Key == key)
            {
                rank = slot.Rank;
                merged = slot.Merged;
                return true;
            }
            if (slot.Key == Empty)
            {
                rank = int.MaxValue;
                merged = -1;
                return false;
            }
        }
    }

    /// <summary>Adds or replaces an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(int left, int right, int rank, int merged)
    {
        if ((Count + 1) * 2 > _slots.Length)
        {
            Slot[] old = _slots;
            Allocate(old.Length * 2);
            foreach (Slot slot in old)
            {
                if (slot.Key != Empty)
                {
                    _slots[Find(slot.Key)] = slot;
                    Mark(slot.Key);
                }
            }
        }
        ref Slot free = ref _slots[Find(Key(left, right))];
        if (free.Key == Empty)
            Count++;
        free = new Slot { Key = Key(left, right), Rank = rank, Merged = merged };
        Mark(free.Key);
    }

    /// <summary>All entries from the least rank to the greatest; those of one rank in the order of left and right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (int Left, int Right, int Rank, int Merged)[] ByRank()
    {
        var entries = new (int Left, int Right, int Rank, int Merged)[Count];
        ulong[] keys = new ulong[Count];
        int count = 0;
        foreach (Slot slot in _slots)
        {
            if (slot.Key == Empty)
                continue;
            keys[count] = ((ulong)(uint)slot.Rank << 32) | (slot.Key >> 32);
            entries[count++] = ((int)(slot.Key >> 32), (int)slot.Key, slot.Rank, slot.Merged);
        }
        Array.Sort(keys, entries);
        return entries;
    }

    private void Mark(ulong key)
    {
        ulong bit = (key * 0x9E3779B97F4A7C15UL) >> (_shift - 2);
        _filter[bit >> 6] |= 1UL << (int)(bit & 63);
    }

    private void Allocate(int size)
    {
        _slots = new Slot[size];
        Array.Fill(_slots, new Slot { Key = Empty });
        _filter = new ulong[Math.Max(1, size / 16)];
        _mask = size - 1;
        _shift = 64 - BitOperations.Log2((uint)size);
    }

    private int Find(ulong key)
    {
        int i = (int)((key * 0x9E3779B97F4A7C15UL) >> _shift);
        while (_slots[i].Key != key && _slots[i].Key != Empty)
            i = (i + 1) & _mask;
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
