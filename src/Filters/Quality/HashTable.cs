using System.Runtime.CompilerServices;

namespace DataPipeline.Filters;

/// <summary>An open-addressing set of hashes with counts, kept by each thread and emptied for each use, so that no document allocates.</summary>
internal sealed class HashTable
{
    // A book of millions of words gets a table of its own: a thread would keep the memory for ever.
    private const int LargestShared = 1 << 18;

    [ThreadStatic]
    private static HashTable? _shared;

    private ulong[] _keys = new ulong[1024];
    private int[] _counts = new int[1024], _first = new int[1024];
    private int _shift;

    /// <summary>This thread's table, empty, with room for so many keys; valid until the next call.</summary>
    public static HashTable Rent(int capacity)
    {
        HashTable table = capacity > LargestShared ? new HashTable() : _shared ??= new HashTable();
        table.Clear(capacity);
        return table;
    }

    /// <summary>True when the hash was not there yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(ulong hash)
    {
        ref ulong key = ref _keys[Find(hash, out ulong stored)];
        bool isNew = key == 0;
        key = stored;
        return isNew;
    }

    /// <summary>Counts one more of a hash; gives its slot, the count and the position that was given first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Count(ulong hash, int position, out int count, out int first)
    {
        int slot = Find(hash, out ulong stored);
        if (_keys[slot] == 0)
        {
            _keys[slot] = stored;
            _first[slot] = first = position;
            _counts[slot] = count = 1;
            return slot;
        }
        first = _first[slot];
        count = ++_counts[slot];
        return slot;
    }

    /// <summary>The count at a slot.</summary>
    public int CountAt(int slot) => _counts[slot];

    // Zero marks a free slot, so a hash of zero is stored as one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ulong hash, out ulong stored)
    {
        stored = hash == 0 ? 1 : hash;
        ulong[] keys = _keys;
        int mask = (int)(uint.MaxValue >> (_shift - 32)), slot = (int)((stored * 0x9E3779B97F4A7C15) >> _shift);
        while (keys[slot] != stored && keys[slot] != 0)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Clear(int capacity)
    {
        int bits = 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(capacity, 8)) + 1;
        _shift = 64 - bits;
        if (_keys.Length < 1 << bits)
        {
            _keys = new ulong[1 << bits];
            _counts = new int[1 << bits];
            _first = new int[1 << bits];
        }
        else
        {
            _keys.AsSpan(0, 1 << bits).Clear();
        }
    }
}
