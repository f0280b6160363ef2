using System.Numerics;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Training;

/// <summary>How often each piece of text occurs: byte strings in one pool, found by open addressing. One thread at a time.</summary>
internal sealed class WordCounts
{
    private byte[] _pool = new byte[1 << 16];
    private int[] _start = new int[1 << 12];
    private int[] _length = new int[1 << 12];
    private long[] _count = new long[1 << 12];
    private ulong[] _hash = new ulong[1 << 12];
    private int[] _slots;
    private int _used;

    public WordCounts() => Array.Fill(_slots = new int[1 << 13], -1);

    /// <summary>How many different words there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all words.</summary>
    public int ByteCount => _used;

    public ReadOnlySpan<byte> Word(int index) => _pool.AsSpan(_start[index], _length[index]);

    public long CountOf(int index) => _count[index];

    public void Add(ReadOnlySpan<byte> word, long count = 1) => Add(word, Hash.Of(word), count);

    /// <summary>Adds all of <paramref name="other"/>.</summary>
    public void Add(WordCounts other)
    {
        for (int i = 0; i < other.Count; i++)
            Add(other.Word(i), other._hash[i], other._count[i]);
    }

    /// <summary>The same without words that occur <paramref name="limit"/> times or less.</summary>
    public WordCounts Above(long limit)
    {
        WordCounts kept = new();
        for (int i = 0; i < Count; i++)
        {
            if (_count[i] > limit)
                kept.Add(Word(i), _hash[i], _count[i]);
        }
        return kept;
    }

    public void Clear()
    {
        Array.Fill(_slots, -1);
        Count = _used = 0;
    }

    private void Add(ReadOnlySpan<byte> word, ulong hash, long count)
    {
        int mask = _slots.Length - 1, at = (int)hash & mask;
        for (; _slots[at] >= 0; at = (at + 1) & mask)
        {
            int found = _slots[at];
            if (_hash[found] == hash && Word(found).SequenceEqual(word))
            {
                _count[found] += count;
                return;
            }
        }
        if (Count == _start.Length)
            Grow();
        while (_used + word.Length > _pool.Length)
            Array.Resize(ref _pool, (int)Math.Min(Array.MaxLength, _pool.Length * 2L));
        word.CopyTo(_pool.AsSpan(_used));
        (_start[Count], _length[Count], _count[Count], _hash[Count]) = (_used, word.Length, count, hash);
        _used += word.Length;
        Place(Count++);
    }

    private void Grow()
    {
        int size = _start.Length * 2;
        Array.Resize(ref _start, size);
        Array.Resize(ref _length, size);
        Array.Resize(ref _count, size);
        Array.Resize(ref _hash, size);
        Array.Fill(_slots = new int[BitOperations.RoundUpToPowerOf2((uint)size * 2)], -1);
        for (int i = 0; i < Count; i++)
            Place(i);
    }

    private void Place(int index)
    {
        int mask = _slots.Length - 1, at = (int)_hash[index] & mask;
        while (_slots[at] >= 0)
            at = (at + 1) & mask;
        _slots[at] = index;
    }
}
