using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Parquet;

/// <summary>
/// Numbers the distinct numbers of a column by falling frequency, so that most indices are small and their high bytes are alike: a token id then costs
/// a compressor less than the id itself (docs/decisions.md has the figures). Numbers are compared by their bits: NaN and both zeros stay what they are.
/// Narrow ranges, as token ids have, are counted in a table; others in a hash table that gives up early where values hardly repeat.
/// </summary>
internal static class NumberDictionary
{
    private const int Trial = 1 << 14;
    private const int LargestRange = 1 << 20;

    /// <summary>Builds a dictionary, or returns null where it would take more than <paramref name="maxBytes"/> or, unless <paramref name="isForced"/>, plainly not pay.</summary>
    /// <typeparam name="T">The column's type.</typeparam>
    /// <typeparam name="TKey">The unsigned integer of the same size.</typeparam>
    public static ColumnDictionary? TryBuild<T, TKey>(ColumnBuffer<T> column, int maxBytes, bool isForced) where T : unmanaged where TKey : unmanaged, IBinaryInteger<TKey>, IMinMaxValue<TKey>
    {
        int count = column.ValueCount;
        int maxEntries = maxBytes / NumberFormat.Size(column.Field.PhysicalType);
        if (maxEntries == 0 || count < (isForced ? 1 : 64))
            return null;
        if (!isForced)
            maxEntries = Math.Min(maxEntries, count / 2);

        // All values of 16 bits have a place in a table; wider ones do where they lie close together.
        ReadOnlySpan<TKey> keys = MemoryMarshal.Cast<T, TKey>(column.Values);
        bool isNarrow = Unsafe.SizeOf<T>() <= 2 && count >= 1 << 14;
        (TKey min, TKey max) = isNarrow ? (TKey.MinValue, TKey.MaxValue) : Bounds(keys);
        ulong range = ulong.CreateTruncating(max - min);
        return isNarrow || range < (ulong)Math.Min(LargestRange, Math.Max(256, count * 2L))
            ? Count<T, TKey>(column, keys, min, (int)range + 1, maxEntries)
            : Hash<T, TKey>(column, keys, maxEntries, isForced);
    }

    private static (TKey Min, TKey Max) Bounds<TKey>(ReadOnlySpan<TKey> keys) where TKey : unmanaged, IBinaryInteger<TKey>, IMinMaxValue<TKey>
    {
        TKey min = TKey.MaxValue, max = TKey.MinValue;
        foreach (TKey key in keys)
        {
            min = TKey.Min(min, key);
            max = TKey.Max(max, key);
        }

        return (min, max);
    }

    private static TableDictionary<T, TKey>? Count<T, TKey>(ColumnBuffer<T> column, ReadOnlySpan<TKey> keys, TKey min, int range, int maxEntries) where T : unmanaged where TKey : unmanaged, IBinaryInteger<TKey>
    {
        int[] counts = new int[range];
        foreach (TKey key in keys)
            counts[int.CreateTruncating(key - min)]++;

        int distinct = range - counts.AsSpan().Count(0);
        if (distinct > maxEntries)
            return null;

        var ranking = new Ranking(distinct);
        for (int i = 0; i < range; i++)
        {
            if (counts[i] > 0)
                ranking.Add(counts[i], i);
        }

        // The counts make room for the indices.
        int[] indices = counts;
        ReadOnlySpan<int> order = ranking.Sort();
        for (int index = 0; index < order.Length; index++)
            indices[order[index]] = index;

        var entries = new TKey[distinct];
        for (int index = 0; index < order.Length; index++)
            entries[index] = min + TKey.CreateTruncating(order[index]);
        return new TableDictionary<T, TKey>(column, entries, min, indices);
    }

    private static HashDictionary<T, TKey>? Hash<T, TKey>(ColumnBuffer<T> column, ReadOnlySpan<TKey> keys, int maxEntries, bool isForced) where T : unmanaged where TKey : unmanaged, IBinaryInteger<TKey>
    {
        int[] numbers = new int[keys.Length];
        var firsts = new List<int>();
        var counts = new List<int>();
        int[] slots = new int[1024];
        for (int i = 0; i < keys.Length; i++)
        {
            int slot = Find(slots, firsts, keys, keys[i]);
            if (slots[slot] == 0)
            {
                if (firsts.Count == maxEntries || (!isForced && i >= Trial && firsts.Count > i / 2))
                    return null;
                firsts.Add(i);
                counts.Add(0);
                slots[slot] = firsts.Count;
                if (firsts.Count * 2 > slots.Length)
                {
                    slots = new int[slots.Length * 2];
                    for (int k = 0; k < firsts.Count; k++)
                        slots[Find(slots, firsts, keys, keys[firsts[k]])] = k + 1;
                    slot = Find(slots, firsts, keys, keys[i]);
                }
            }

            numbers[i] = slots[slot] - 1;
            CollectionsMarshal.AsSpan(counts)[numbers[i]]++;
        }

        var ranking = new Ranking(firsts.Count);
        for (int k = 0; k < firsts.Count; k++)
            ranking.Add(counts[k], k);
        int[] indices = new int[firsts.Count];
        var entries = new TKey[firsts.Count];
        ReadOnlySpan<int> order = ranking.Sort();
        for (int index = 0; index < order.Length; index++)
        {
            indices[order[index]] = index;
            entries[index] = keys[firsts[order[index]]];
        }

        return new HashDictionary<T, TKey>(column.Field, entries, numbers, indices);
    }

    private static int Find<TKey>(int[] slots, List<int> firsts, ReadOnlySpan<TKey> keys, TKey key) where TKey : unmanaged, IBinaryInteger<TKey>
    {
        int mask = slots.Length - 1;
        int slot = (int)((ulong.CreateTruncating(key) * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (slots[slot] != 0 && keys[firsts[slots[slot] - 1]] != key)
            slot = (slot + 1) & mask;
        return slot;
    }

    /// <summary>Orders numbers by falling count, equal counts by rising number.</summary>
    private sealed class Ranking(int count)
    {
        private readonly ulong[] _keys = new ulong[count];
        private readonly int[] _order = new int[count];
        private int _used;

        public void Add(int occurrences, int number) => _keys[_used++] = ((ulong)(uint)~occurrences << 32) | (uint)number;

        public ReadOnlySpan<int> Sort()
        {
            Array.Sort(_keys);
            for (int i = 0; i < _keys.Length; i++)
                _order[i] = (int)_keys[i];
            return _order;
        }
    }
}

/// <summary>A dictionary whose indices stand in a table at each value less the smallest.</summary>
internal sealed class TableDictionary<T, TKey>(ColumnBuffer<T> column, TKey[] entries, TKey min, int[] table) : ColumnDictionary(entries.Length)
    where T : unmanaged where TKey : unmanaged, IBinaryInteger<TKey>
{
    public override void EncodeEntries(ByteBuffer output) => NumberFormat.EncodeAll<T, TKey>(entries, column.Field, output);

    public override void CopyIndices(int start, Span<int> indices)
    {
        ReadOnlySpan<TKey> keys = MemoryMarshal.Cast<T, TKey>(column.Values.Slice(start, indices.Length));
        for (int i = 0; i < keys.Length; i++)
            indices[i] = table[int.CreateTruncating(keys[i] - min)];
    }
}

/// <summary>A dictionary that keeps for each value of the column the number of its distinct value, and for each number its index.</summary>
internal sealed class HashDictionary<T, TKey>(DataField field, TKey[] entries, int[] numbers, int[] table) : ColumnDictionary(entries.Length)
    where T : unmanaged where TKey : unmanaged
{
    public override void EncodeEntries(ByteBuffer output) => NumberFormat.EncodeAll<T, TKey>(entries, field, output);

    public override void CopyIndices(int start, Span<int> indices)
    {
        for (int i = 0; i < indices.Length; i++)
            indices[i] = table[numbers[start + i]];
    }
}
