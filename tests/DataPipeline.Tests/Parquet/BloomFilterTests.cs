using System.Globalization;
using System.Text;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class BloomFilterTests
{
    [Theory]
    [InlineData(0, 0.01)]
    [InlineData(1, 0.01)]
    [InlineData(1000, 0.01)]
    [InlineData(50_000, 0.001)]
    [InlineData(50_000, 0.1)]
    public void MayContain_EveryValueInserted_AndFewOthers(int values, double falsePositives)
    {
        var filter = new BloomFilter(values, falsePositives);
        for (long i = 0; i < values; i++)
            filter.Insert(BloomFilter.HashOf(BitConverter.GetBytes(i)));
        for (long i = 0; i < values; i++)
            Assert.True(filter.MayContain(BloomFilter.HashOf(BitConverter.GetBytes(i))));
        int wrong = Enumerable.Range(values, 20_000).Count(i => filter.MayContain(BloomFilter.HashOf(BitConverter.GetBytes((long)i))));
        Assert.InRange(wrong, 0, 20_000 * falsePositives * 1.5);
    }

    [Fact]
    public void Insert_AnyHash_SetsTheBitsOfTheDefinition()
    {
        var random = new Random(4);
        uint[] salts = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];
        for (int i = 0; i < 500; i++)
        {
            ulong hash = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            var filter = new BloomFilter(1 + (i * 20));
            filter.Insert(hash);
            uint[] wanted = new uint[filter.ByteCount / 4];
            ulong blocks = (ulong)wanted.Length / 8;
            for (int word = 0; word < 8; word++)
                wanted[((hash >> 32) * blocks >> 32) * 8 + (ulong)word] = 1u << (int)(unchecked((uint)hash * salts[word]) >> 27);
            Assert.Equal(wanted, filter.Words.ToArray());
        }
    }

    [Fact]
    public void SizeFor_AnyNumber_PowerOfTwoWithinBounds()
    {
        Assert.Equal(32, BloomFilter.SizeFor(0, 0.5));
        Assert.Equal(BloomFilter.MaxBytes, BloomFilter.SizeFor(long.MaxValue, 0.001));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BloomFilter(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BloomFilter(-1));
    }

    [OracleFact(Oracle.DuckDb)]
    public void ReadBloomFilter_OfDuckDb_HoldsEveryValueAndFewOthers()
    {
        using var file = new TempFile();
        using var duck = new DuckDb();
        duck.Query($"COPY (SELECT 'k' || (i % 700) AS text, (i % 900)::INTEGER AS number, (i % 800) * 1000000007 AS big, (i % 300) / 7 AS real FROM range(20000) t(i)) TO '{file.Path}' (FORMAT parquet, ROW_GROUP_SIZE 10000)");
        using ParquetReader reader = ParquetReader.Open(file.Path);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            Check(group, "text", 700, i => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k{i}")));
            Check(group, "number", 900, i => BitConverter.GetBytes((int)i));
            Check(group, "big", 800, i => BitConverter.GetBytes(i * 1000000007));
            Check(group, "real", 300, i => BitConverter.GetBytes(i / 7.0));
        }

        void Check(RowGroupReader group, string column, int distinct, Func<long, byte[]> plain)
        {
            BloomFilter filter = Assert.IsType<BloomFilter>(group.ReadBloomFilter(reader.Schema.FindDataField(column)));
            for (long i = 0; i < distinct; i++)
                Assert.True(filter.MayContain(BloomFilter.HashOf(plain(i))));
            Assert.InRange(Enumerable.Range(5000, 5000).Count(i => filter.MayContain(BloomFilter.HashOf(plain(i)))), 0, 250);
        }
    }

    [Fact]
    public void Write_Read_SameBitsAndDamageIsRefused()
    {
        ColumnMetadata column = Column(4);
        var filter = new BloomFilter(300);
        for (ulong i = 0; i < 300; i++)
            filter.Insert(i * 0x9E3779B97F4A7C15);
        var file = new ByteBuffer();
        file.Add("PAR1"u8);
        BloomFilterFormat.Write(file, filter);
        byte[] bytes = file.Span.ToArray();
        Assert.Equal(filter.Words.ToArray(), Read(bytes)!.Words.ToArray());

        for (int length = 4; length < bytes.Length; length += 5)
            Assert.StartsWith("cut: row group 2, column a, Bloom filter at offset 4: ", Assert.Throws<ParquetException>(() => Read(bytes[..length])).Message, StringComparison.Ordinal);

        // The union of the hash (field 3) with a second choice: a hash that is not known here.
        byte[] other = [.. bytes];
        int hash = other.AsSpan().IndexOf("\u001c\u001c\0\0\u001c\u001c"u8) + 4;
        other[hash + 1] = 0x2C;
        Assert.Null(Read(other));

        BloomFilter? Read(byte[] from)
        {
            using var source = new StreamByteSource(new MemoryStream(from), "cut");
            return BloomFilterFormat.Read(source, column, 2);
        }
    }

    private static ColumnMetadata Column(long offset) => new()
    {
        Field = new ParquetSchema(new DataField<int>("a")).DataFields[0],
        Compression = CompressionMethod.None,
        Encodings = [],
        ValueCount = 0,
        UncompressedBytes = 0,
        CompressedBytes = 0,
        DataPageOffset = 4,
        BloomFilterOffset = offset,
    };
}
