using System.Buffers.Binary;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class HostileFileTests
{
    [Fact]
    public void Read_TwoBillionValuesInFiveBytes_RefusedByLimitAndStreamable()
    {
        byte[] file = ConstantColumn(int.MaxValue);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file), "bomb", new ReadLimits { MaxColumnBytes = 1 << 20 });
        ParquetException fault = Assert.Throws<ParquetException>(() => reader.RowGroups[0].Read<long>(reader.Schema.DataFields[0]));
        Assert.Contains("MaxColumnBytes", fault.Message, StringComparison.Ordinal);
        Assert.All(reader.ReadRows().Take(10_000), row => Assert.Equal(77L, row["a"]));
    }

    [Fact]
    public void Read_MoreValuesClaimedThanStored_NamesFileColumnPageAndOffset()
    {
        byte[] file = ConstantColumn(1000, stored: 900);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file), "lying.parquet");
        ParquetException fault = Assert.Throws<ParquetException>(() => reader.RowGroups[0].Read<long>(reader.Schema.DataFields[0]));
        Assert.StartsWith("lying.parquet: row group 0, column a, page 1 at offset ", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Lz4Raw)]
    public void Decompress_ClaimBeyondTheCodec_RefusedBeforeMemoryIsTaken(CompressionMethod codec)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ParquetException>(() => PageCodec.CheckClaim(codec, new byte[100], 1 << 30));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Open_CutFile_SaysSo()
    {
        ParquetException fault = Assert.Throws<ParquetException>(() => ParquetReader.Open(new MemoryStream(ConstantColumn(10)[..^1]), "cut.parquet"));
        Assert.StartsWith("cut.parquet: the file does not end in PAR1", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A file made by hand: one value in a dictionary, and one run that repeats it.</summary>
    private static byte[] ConstantColumn(int rows, int? stored = null)
    {
        var schema = new ParquetSchema(new DataField<long>("a"));
        var file = new ByteBuffer();
        file.Add("PAR1"u8);
        var dictionary = new ByteBuffer();
        BinaryPrimitives.WriteInt64LittleEndian(dictionary.Extend(8), 77);
        AddPage(file, PageKind.Dictionary, 1, PageEncoding.Plain, dictionary);

        long dataOffset = file.Length;
        var data = new ByteBuffer();
        data.Add(1);
        data.AddVarInt((ulong)(stored ?? rows) << 1);
        data.Add(0);
        AddPage(file, PageKind.Data, rows, PageEncoding.RleDictionary, data);

        var column = new ColumnMetadata
        {
            Field = schema.DataFields[0],
            Compression = CompressionMethod.None,
            Encodings = [PageEncoding.Plain, PageEncoding.RleDictionary],
            ValueCount = rows,
            UncompressedBytes = file.Length - 4,
            CompressedBytes = file.Length - 4,
            DataPageOffset = dataOffset,
            DictionaryPageOffset = 4,
        };
        var footer = new ByteBuffer();
        var group = new RowGroupMetadata { RowCount = rows, TotalByteSize = column.UncompressedBytes, Columns = [column] };
        FooterWriter.Write(footer, new FileMetadata { Version = 2, Schema = schema, RowCount = rows, RowGroups = [group] });
        file.Add(footer.Span);
        file.AddInt32(footer.Length);
        file.Add("PAR1"u8);
        return file.Span.ToArray();
    }

    private static void AddPage(ByteBuffer file, PageKind kind, int values, PageEncoding encoding, ByteBuffer page)
    {
        var header = new ThriftWriter(file);
        header.BeginStruct();
        header.Int32(1, (int)kind);
        header.Int32(2, page.Length);
        header.Int32(3, page.Length);
        header.BeginStruct(kind == PageKind.Dictionary ? 7 : 5);
        header.Int32(1, values);
        header.Int32(2, (int)encoding);
        if (kind == PageKind.Data)
        {
            header.Int32(3, (int)PageEncoding.Rle);
            header.Int32(4, (int)PageEncoding.Rle);
        }

        header.EndStruct();
        header.EndStruct();
        file.Add(page.Span);
    }
}
