using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>The bytes of every token in one array, and the way back from bytes to token by an open-addressing table.</summary>
internal sealed class TokenBytes
{
    private byte[] _pool;
    private int[] _start;
    private int[] _length;
    private int[] _slots;
    private int _used;
    private int _indexed;

    /// <param name="idLimit">One more than the highest id expected; grows when needed.</param>
    public TokenBytes(int idLimit)
    {
        _pool = new byte[Math.Max(256, idLimit * 8)];
        _start = new int[idLimit];
        _length = new int[idLimit];
        Array.Fill(_length, -1);
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, idLimit * 2))];
        Array.Fill(_slots, -1);
    }

    /// <summary>One more than the highest id that may be asked for.</summary>
    public int Limit => _length.Length;

    /// <summary>True when the id names a token.</summary>
    public bool Contains(int id) => (uint)id < (uint)_length.Length && _length[id] >= 0;

    /// <summary>The token's bytes; empty for an id without token.</summary>
    public ReadOnlySpan<byte> this[int id] => Contains(id) ? _pool.AsSpan(_start[id], _length[id]) : default;

    /// <summary>Adds a token; false when the id is taken. An <paramref name="indexed"/> token is found by <see cref="Find"/>.</summary>
    public bool Add(int id, ReadOnlySpan<byte> bytes, bool indexed = true)
    {
        if (id >= _length.Length)
        {
            int old = _length.Length, size = Math.Max(id + 1, old * 2);
            Array.Resize(ref _start, size);
            Array.Resize(ref _length, size);
            Array.Fill(_length, -1, old, size - old);
        }
        if (_length[id] >= 0)
            return false;
        if (_used + bytes.Length > _pool.Length)
            Array.Resize(ref _pool, Math.Max(_pool.Length * 2, _used + bytes.Length));
        bytes.CopyTo(_pool.AsSpan(_used));
        _start[id] = _used;
        _length[id] = bytes.Length;
        _used += bytes.Length;
        if (indexed)
            Index(id);
        return true;
    }

    /// <summary>The token of these bytes, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> bytes)
    {
        int mask = _slots.Length - 1;
        for (int i = HashOf(bytes) & mask; ; i = (i + 1) & mask)
        {
            int id = _slots[i];
            if (id < 0 || (_length[id] == bytes.Length && _pool.AsSpan(_start[id], bytes.Length).SequenceEqual(bytes)))
                return id;
        }
    }

    // Tokens are short, and loading asks for each of their ends and beginnings: two steps for eight bytes, where XXH64 takes a dozen before the first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HashOf(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(bytes));
        ulong last = 0;
        foreach (byte value in bytes)
            last = (last << 8) | value;
        return (int)(Mix(hash ^ last) >> 32);

        static ulong Mix(ulong value) => BitOperations.RotateLeft(value * 0x9E3779B97F4A7C15UL, 29) * 0xBF58476D1CE4E5B9UL;
    }

    private void Index(int id)
    {
        if (++_indexed * 2 > _slots.Length)
        {
            int[] old = _slots;
            _slots = new int[old.Length * 2];
            Array.Fill(_slots, -1);
            foreach (int entry in old)
            {
                if (entry >= 0)
                    Place(entry);
            }
        }
        Place(id);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Place(int id)
    {
        int mask = _slots.Length - 1, i = HashOf(this[id]) & mask;
        while (_slots[i] >= 0)
            i = (i + 1) & mask;
        _slots[i] = id;
    }
}
