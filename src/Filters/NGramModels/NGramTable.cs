using System.Numerics;

namespace DataPipeline.Filters;

/// <summary>The n-grams of one order: each is a context, the number of an n-gram one word shorter, and a word. Numbered in the order of their coming.</summary>
internal sealed class NGramTable
{
    private ulong[] _keys = new ulong[256];
    private int[] _slots = NewSlots(1024);

    public int Count { get; private set; }

    public int ContextOf(int number) => (int)(_keys[number] >> 32);

    public int WordOf(int number) => (int)(uint)_keys[number];

    /// <summary>The number of an n-gram, -1 if it is not there.</summary>
    public int Find(int context, int word) => _slots[SlotOf(Key(context, word))];

    /// <summary>The number of an n-gram, which is added if it is new.</summary>
    public int FindOrAdd(int context, int word, out bool isNew)
    {
        ulong key = Key(context, word);
        int slot = SlotOf(key);
        isNew = _slots[slot] < 0;
        if (!isNew)
            return _slots[slot];
        if (Count == _keys.Length)
            Array.Resize(ref _keys, Count * 2);
        _keys[Count] = key;
        _slots[slot] = Count++;
        if (Count * 2L > _slots.Length)
            Grow();
        return Count - 1;
    }

    private static ulong Key(int context, int word) => (ulong)(uint)context << 32 | (uint)word;

    private int SlotOf(ulong key)
    {
        int mask = _slots.Length - 1, slot = (int)(Core.Seed.Mix(key) >> 32) & mask;
        while (_slots[slot] >= 0 && _keys[_slots[slot]] != key)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        _slots = NewSlots((int)BitOperations.RoundUpToPowerOf2((uint)_slots.Length + 1));
        for (int i = 0; i < Count; i++)
            _slots[SlotOf(_keys[i])] = i;
    }

    private static int[] NewSlots(int size)
    {
        var slots = new int[size];
        slots.AsSpan().Fill(-1);
        return slots;
    }
}
