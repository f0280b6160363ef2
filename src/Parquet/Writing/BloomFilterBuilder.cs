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
        if (dictionary is TextDictionary texts)
        {
            for (int i = 0; i < hashes.Length; i++)
                hashes[i] = BloomFilter.HashOf(((BinaryColumnBuffer)column)[texts.Firsts[i]]);
            return hashes;
        }

        var plain = new ByteBuffer();
        dictionary.EncodeEntries(plain);
        HashNumbers(plain.Span, hashes);
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
        HashNumbers(plain.Span, hashes);
    }

    private static void HashNumbers(ReadOnlySpan<byte> plain, Span<ulong> hashes)
    {
        int size = plain.Length / Math.Max(1, hashes.Length);
        for (int i = 0; i < hashes.Length; i++)
            hashes[i] = BloomFilter.HashOf(plain.Slice(i * size, size));
    }
}
