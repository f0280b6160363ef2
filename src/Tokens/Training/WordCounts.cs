using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Training;

/// <summary>How often each piece of text occurs, by open addressing. One thread at a time.</summary>
/// <remarks>A word of up to 16 bytes, as nearly all are, lies in its slot together with its count, so that counting it touches one line of the cache. A longer one has a hash
/// there and its bytes in a pool.</remarks>
internal sealed unsafe class WordCounts
{
    /// <summary>Bytes that must be readable behind the start of a word for <see cref="AddPadded"/>.</summary>
    public const int Padding = 16;

    private Slot[] _slots = new Slot[1 << 12];
    private byte[] _pool = [];
    private int _used;

    // First and Second hold the bytes of a short word, which is why they stand first.
    [StructLayout(LayoutKind.Sequential)]
    private struct Slot
    {
        public ulong First, Second;
        public long Count;
        public int Length;
        public int Start;
    }

    /// <summary>How many different words there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all words longer than 16 bytes.</summary>
    public int PoolBytes => _used;

    /// <summary>Places to ask <see cref="TryGet"/> for; some are empty.</summary>
    public int Places => _slots.Length;

    /// <summary>The word in a place; false for an empty one. The bytes are valid until the next word is added.</summary>
    public bool TryGet(int place, out ReadOnlySpan<byte> word, out long count)
    {
        ref Slot slot = ref _slots[place];
        count = slot.Count;
        word = slot.Length <= Padding
            ? MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<ulong, byte>(ref slot.First), slot.Length)
            : _pool.AsSpan(slot.Start, slot.Length);
        return slot.Length > 0;
    }

    /// <summary>Counts a word; an empty one is none.</summary>
    public void Add(ReadOnlySpan<byte> word, long count = 1)
    {
        if (word.Length > Padding)
        {
            AddLong(word, count);
            return;
        }
        byte* padded = stackalloc byte[Padding];
        Vector128<byte>.Zero.Store(padded);
        word.CopyTo(new Span<byte>(padded, word.Length));
        AddShort(*(ulong*)padded, *(ulong*)(padded + 8), word.Length, count);
    }

    /// <summary>Counts a word once; <see cref="Padding"/> bytes from its start on must be readable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddPadded(byte* word, int length)
    {
        if (length > Padding)
        {
            AddLong(new ReadOnlySpan<byte>(word, length), 1);
            return;
        }
        ulong first = *(ulong*)word, second = *(ulong*)(word + 8);
        if (length <= 8)
        {
            first &= ulong.MaxValue >> (64 - 8 * length);
            second = 0;
        }
        else
        {
            second &= ulong.MaxValue >> (128 - 8 * length);
        }
        AddShort(first, second, length, 1);
    }

    /// <summary>Adds all of <paramref name="other"/>.</summary>
    public void Add(WordCounts other)
    {
        for (int place = 0; place < other.Places; place++)
        {
            ref Slot slot = ref other._slots[place];
            if (slot.Length > Padding)
                AddLong(other._pool.AsSpan(slot.Start, slot.Length), slot.Count);
            else
                AddShort(slot.First, slot.Second, slot.Length, slot.Count);
        }
    }

    /// <summary>The same without words that occur <paramref name="limit"/> times or less.</summary>
    public WordCounts Above(long limit)
    {
        WordCounts kept = new();
        for (int place = 0; place < Places; place++)
        {
            if (TryGet(place, out ReadOnlySpan<byte> word, out long count) && count > limit)
                kept.Add(word, count);
        }
        return kept;
    }

    /// <summary>Forgets all words, keeps the memory.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = _used = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddShort(ulong first, ulong second, int length, long count)
    {
        if (length == 0)
            return;
        Slot[] slots = _slots;
        int mask = slots.Length - 1;
        for (int at = (int)Mix(first, second, length) & mask; ; at = (at + 1) & mask)
        {
            ref Slot slot = ref slots[at];
            if (slot.First == first && slot.Second == second && slot.Length == length)
            {
                slot.Count += count;
                return;
            }
            if (slot.Length == 0)
            {
                slot = new Slot { First = first, Second = second, Count = count, Length = length };
                Grow();
                return;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddLong(ReadOnlySpan<byte> word, long count)
    {
        ulong hash = Hash.Of(word), start = MemoryMarshal.Read<ulong>(word);
        int mask = _slots.Length - 1;
        for (int at = (int)Mix(hash, start, word.Length) & mask; ; at = (at + 1) & mask)
        {
            ref Slot slot = ref _slots[at];
            if (slot.First == hash && slot.Length == word.Length && _pool.AsSpan(slot.Start, slot.Length).SequenceEqual(word))
            {
                slot.Count += count;
                return;
            }
            if (slot.Length == 0)
            {
                if (_pool.Length - _used < word.Length)
                    Array.Resize(ref _pool, (int)Math.Min(Array.MaxLength, Math.Max(1 << 16, (_pool.Length + (long)word.Length) * 2)));
                word.CopyTo(_pool.AsSpan(_used));
                slot = new Slot { First = hash, Second = start, Count = count, Length = word.Length, Start = _used };
                _used += word.Length;
                Grow();
                return;
            }
        }
    }

    /// <summary>Counts a new word and keeps a quarter of the slots free.</summary>
    private void Grow()
    {
        if (++Count <= _slots.Length / 4 * 3)
            return;
        Slot[] old = _slots;
        _slots = new Slot[old.Length * 2];
        int mask = _slots.Length - 1;
        foreach (Slot slot in old)
        {
            if (slot.Length == 0)
                continue;
            int at = (int)Mix(slot.First, slot.Second, slot.Length) & mask;
            while (_slots[at].Length != 0)
                at = (at + 1) & mask;
            _slots[at] = slot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong first, ulong second, int length)
    {
        ulong high = Math.BigMul(first ^ 0x9E3779B97F4A7C15, BitOperations.RotateLeft(second, 32) ^ 0xC2B2AE3D27D4EB4F ^ (ulong)length, out ulong low);
        return high ^ low;
    }
}
