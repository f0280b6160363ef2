using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>
/// Numbers the distinct values of a text column in order of first sight, so that the bytes depend on the values alone.
/// Open addressing over a mix of eight bytes at a time; gives up early where values hardly repeat.
/// </summary>
internal sealed class DictionaryBuilder
{
    private const int Trial = 1024;

    /// <summary>The dictionary's number of each value.</summary>
    public int[] Indices { get; private init; } = [];

    /// <summary>Where in the column each dictionary value is first seen.</summary>
    public List<int> Firsts { get; } = [];

    /// <summary>Builds a dictionary, or returns null where it would not make the column clearly smaller.</summary>
    public static DictionaryBuilder? TryBuild(BinaryColumnBuffer column, int maxBytes)
    {
        int count = column.ValueCount;
        if (count < 16 || maxBytes <= 0)
            return null;

        var dictionary = new DictionaryBuilder { Indices = new int[count] };
        int[] slots = new int[1024];
        long bytes = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> value = column[i];
            int slot = Find(slots, dictionary.Firsts, column, value);
            if (slots[slot] == 0)
            {
                bytes += value.Length + 4;
                if (bytes > maxBytes || (i >= Trial && dictionary.Firsts.Count > i / 2))
                    return null;
                dictionary.Firsts.Add(i);
                slots[slot] = dictionary.Firsts.Count;
                if (dictionary.Firsts.Count * 2 > slots.Length)
                {
                    slots = Grow(slots.Length * 2, dictionary.Firsts, column);
                    slot = Find(slots, dictionary.Firsts, column, value);
                }
            }

            dictionary.Indices[i] = slots[slot] - 1;
        }

        long indexBytes = (long)count * RleEncoder.WidthOf(dictionary.Firsts.Count - 1) / 8;
        return (bytes + indexBytes) * 4 < column.ByteCount * 3 ? dictionary : null;
    }

    private static int Find(int[] slots, List<int> firsts, BinaryColumnBuffer column, ReadOnlySpan<byte> value)
    {
        int mask = slots.Length - 1;
        int slot = (int)(Mix(value) >> 32) & mask;
        while (slots[slot] != 0 && !column[firsts[slots[slot] - 1]].SequenceEqual(value))
            slot = (slot + 1) & mask;
        return slot;
    }

    private static int[] Grow(int size, List<int> firsts, BinaryColumnBuffer column)
    {
        int[] slots = new int[size];
        for (int i = 0; i < firsts.Count; i++)
            slots[Find(slots, firsts, column, column[firsts[i]])] = i + 1;
        return slots;
    }

    private static ulong Mix(ReadOnlySpan<byte> value)
    {
        ulong hash = (ulong)value.Length * 0x9E3779B97F4A7C15;
        for (; value.Length >= 8; value = value[8..])
            hash = Step(hash, BinaryPrimitives.ReadUInt64LittleEndian(value));
        ulong rest = 0;
        foreach (byte b in value)
            rest = (rest << 8) | b;
        return Step(hash, rest);
    }

    private static ulong Step(ulong hash, ulong word)
    {
        ulong high = Math.BigMul(hash ^ word, 0xD6E8FEB86659FD93, out ulong low);
        return (high ^ low) + 0x9E3779B97F4A7C15;
    }
}
