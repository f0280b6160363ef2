using System.Numerics;

namespace DataPipeline.Filters;

/// <summary>Numbers 64-bit keys from 0 in the order they are first added. Open addressing, at most half full: 24 bytes a key at the most.</summary>
internal sealed class GramTable
{
    private readonly ulong[] _keys;
    private readonly int[] _numbers;
    private readonly int _shift;

    public GramTable(int most)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(most, 8) * 2);
        (_keys, _numbers, _shift) = (new ulong[size], new int[size], 64 - BitOperations.Log2((uint)size));
        _numbers.AsSpan().Fill(-1);
    }

    public int Count { get; private set; }

    /// <summary>The key's number, new or old.</summary>
    public int Add(ulong key)
    {
        int at = Slot(key);
        if (_numbers[at] < 0)
            (_keys[at], _numbers[at]) = (key, Count++);
        return _numbers[at];
    }

    /// <summary>The key's number, -1 if it has none.</summary>
    public int Find(ulong key) => _numbers[Slot(key)];

    private int Slot(ulong key)
    {
        int at = (int)(key >> _shift);
        while (_numbers[at] >= 0 && _keys[at] != key)
            at = (at + 1) & (_keys.Length - 1);
        return at;
    }
}
