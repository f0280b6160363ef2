using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>
/// Numbers the distinct values of a column of texts or bytes in order of first sight.
/// Open addressing over a mix of eight bytes at a time; gives up early where values hardly repeat.
/// </summary>
internal sealed class TextDictionary : ColumnDictionary
{
    private const int Trial = 1024;
    private readonly BinaryColumnBuffer _column;
    private readonly int[] _firsts;
    private readonly int[] _indices;

    private TextDictionary(BinaryColumnBuffer column, int[] firsts, int[] indices) : base(firsts.Length) => (_column, _firsts, _indices) = (column, firsts, indices);

    /// <summary>Where in the column each distinct value is first seen, in the order of the dictionary.</summary>
    public ReadOnlySpan<int> Firsts => _firsts;

    /// <summary>Builds a dictionary, or returns null where it would take more than <paramref name="maxBytes"/> or, unless <paramref name="isForced"/>, not make the column clearly smaller.</summary>
    public static TextDictionary? TryBuild(BinaryColumnBuffer column, int maxBytes, bool isForced)
    {
        int count = column.ValueCount;
        if (maxBytes <= 0 || count < (isForced ? 1 : 16))
            return null;

        int[] indices = new int[count];
        var firsts = new List<int>();
        int[] slots = new int[1024];
        int prefix = column.FixedLength > 0 ? 0 : 4;
        long bytes = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> value = column[i];
            int slot = Find(slots, firsts, column, value);
            if (slots[slot] == 0)
            {
                bytes += value.Length + prefix;
                if (bytes > maxBytes || (!isForced && i >= Trial && firsts.Count > i / 2))
                    return null;
                firsts.Add(i);
                slots[slot] = firsts.Count;
                if (firsts.Count * 2 > slots.Length)
                {
                    slots = Grow(slots.Length * 2, firsts, column);
                    slot = Find(slots, firsts, column, value);
                }
            }

            indices[i] = slots[slot] - 1;
        }

        long indexBytes = (long)count * RleEncoder.WidthOf(firsts.Count - 1) / 8;
        return isForced || (bytes + indexBytes) * 4 < column.ByteCount * 3 ? new TextDictionary(column, [.. firsts], indices) : null;
    }

    public override void EncodeEntries(ByteBuffer output)
    {
        foreach (int first in _firsts)
            _column.EncodePlain(first, 1, output);
    }

    public override void CopyIndices(int start, Span<int> indices) => _indices.AsSpan(start, indices.Length).CopyTo(indices);

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
