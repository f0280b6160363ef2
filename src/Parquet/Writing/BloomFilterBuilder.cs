namespace DataPipeline.Parquet;

/// <summary>Makes the Bloom filter of a column chunk, sized for its distinct values.</summary>
internal static class BloomFilterBuilder
{
    private const int Block = 1 << 12;

    public static BloomFilter Build(ColumnBuffer column, ColumnDictionary? dictionary, double falsePositives)
    {
        ulong[] hashes = dictionary is null ? HashAll(column) : HashEntries(column, dictionary);
        Array.Sort(hashes);
        long distinct = 0;
        for (int i = 0; i < hashes.Length; i++)
            distinct += i == 0 || hashes[i] != hashes[i - 1] ? 1 : 0;

        var filter = new BloomFilter(distinct, falsePositives);
        foreach (ulong hash in hashes)
            filter.Insert(hash);
        return filter;
    }

    private static ulong[] HashEntries(ColumnBuffer column, ColumnDictionary dictionary)
    {
        var hashes = new ulong[dictionary.Count];
        for (int i = 0; i < hashes.Length; i++)
            Hash(column, dictionary.Firsts[i], hashes.AsSpan(i, 1), new ByteBuffer(16));
        return hashes;
    }

    private static ulong[] HashAll(ColumnBuffer column)
    {
        var hashes = new ulong[column.ValueCount];
        var plain = new ByteBuffer();
        for (int at = 0; at < hashes.Length; at += Block)
            Hash(column, at, hashes.AsSpan(at, Math.Min(Block, hashes.Length - at)), plain);
        return hashes;
    }

    private static void Hash(ColumnBuffer column, int start, Span<ulong> hashes, ByteBuffer plain)
    {
        if (column is BinaryColumnBuffer texts)
        {
            for (int i = 0; i < hashes.Length; i++)
                hashes[i] = BloomFilter.HashOf(texts[start + i]);
            return;
        }

        plain.Clear();
        column.EncodePlain(start, hashes.Length, plain);
        int size = plain.Length / hashes.Length;
        for (int i = 0; i < hashes.Length; i++)
            hashes[i] = BloomFilter.HashOf(plain.Span.Slice(i * size, size));
    }
}
