using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Filters;

/// <summary>An open-addressing table from what a text repeats to where it stood first, kept by each thread, so that no document allocates.</summary>
/// <remarks>A hash finds the place, the caller's comparison decides: two different things with one hash stay two. Nothing is cleared between documents:
/// an entry counts only if it has the stamp of the present use.</remarks>
internal sealed class RepeatTable
{
    // A book of millions of words gets a table of its own: a thread would keep the memory for ever.
    private const int LargestShared = 1 << 18;

    [ThreadStatic]
    private static RepeatTable? _shared;

    private Entry[] _entries = [];
    private int _shift;
    private uint _stamp;

    /// <summary>This thread's table, empty, with room for so many keys; valid until the next call.</summary>
    public static RepeatTable Rent(int capacity)
    {
        RepeatTable table = capacity > LargestShared ? new RepeatTable() : _shared ??= new RepeatTable();
        table.Reset(capacity);
        return table;
    }

    /// <summary>Counts one more of what stands at a position; gives the position where it stood first, and how often it was there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Count<TSame>(ulong hash, int position, TSame same, out int count) where TSame : ISame, allows ref struct
    {
        Entry[] entries = _entries;
        int mask = (int)(uint.MaxValue >> (_shift - 32));
        for (int slot = (int)((hash * 0x9E3779B97F4A7C15) >> _shift); ; slot = (slot + 1) & mask)
        {
            ref Entry entry = ref entries[slot];
            if (entry.Stamp != _stamp)
            {
                entry = new Entry { Hash = (uint)hash, First = position, Stamp = _stamp, Count = 1 };
                count = 1;
                return position;
            }
            if (entry.Hash == (uint)hash && same.Same(entry.First, position))
            {
                count = ++entry.Count;
                return entry.First;
            }
        }
    }

    private void Reset(int capacity)
    {
        int bits = BitOperations.Log2((uint)Math.Max(capacity + capacity / 2, 8)) + 1;
        _shift = 64 - bits;
        if (_entries.Length < 1 << bits)
            (_entries, _stamp) = (new Entry[1 << bits], 0);
        if (++_stamp == 0)
        {
            Array.Clear(_entries);
            _stamp = 1;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public uint Hash, Stamp;
        public int First, Count;
    }
}

/// <summary>Compares what stands at two positions.</summary>
internal interface ISame
{
    bool Same(int first, int second);
}

/// <summary>Pieces of a text are the same when their characters are.</summary>
internal readonly ref struct SamePieces(string text, ReadOnlySpan<Core.Slice> pieces) : ISame
{
    private readonly ReadOnlySpan<Core.Slice> _pieces = pieces;

    public bool Same(int first, int second) =>
        text.AsSpan(_pieces[first].Start, _pieces[first].Length).SequenceEqual(text.AsSpan(_pieces[second].Start, _pieces[second].Length));
}
