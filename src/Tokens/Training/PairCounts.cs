using System.Numerics;
using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Training;

/// <summary>How often each pair of symbols occurs: an open-addressing table that grows.</summary>
internal sealed class PairCounts
{
    private const ulong Empty = ulong.MaxValue;

    private Slot[] _slots = [];
    private int _shift;
    private int _count;

    private struct Slot
    {
        public ulong Key;
        public long Count;
    }

    public PairCounts() => Allocate(1 << 16);

    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>The count of a pair, to read or to change; valid until the next call.</summary>
    public ref long this[ulong key]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Slot[] slots = _slots;
            int mask = slots.Length - 1;
            for (int at = (int)((key * 0x9E3779B97F4A7C15) >> _shift); ; at = (at + 1) & mask)
            {
                ref Slot slot = ref slots[at];
                if (slot.Key == key)
                    return ref slot.Count;
                if (slot.Key == Empty)
                    return ref Insert(key);
            }
        }
    }

    private ref long Insert(ulong key)
    {
        if (++_count * 2 > _slots.Length)
        {
            Slot[] old = _slots;
            Allocate(old.Length * 2);
            foreach (Slot slot in old)
            {
                if (slot.Key != Empty)
                    _slots[Free(slot.Key)] = slot;
            }
        }
        ref Slot free = ref _slots[Free(key)];
        free.Key = key;
        return ref free.Count;
    }

    private int Free(ulong key)
    {
        int mask = _slots.Length - 1, at = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (_slots[at].Key != Empty)
            at = (at + 1) & mask;
        return at;
    }

    private void Allocate(int size)
    {
        _slots = new Slot[size];
        Array.Fill(_slots, new Slot { Key = Empty });
        _shift = 64 - BitOperations.Log2((uint)size);
    }
}
