using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class RoundTripTests
{
    public static TheoryData<CompressionMethod> Codecs => [CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip, CompressionMethod.Zstd];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Write_EveryType_ReadsBackEqual(CompressionMethod codec)
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions { Compression = codec, PageBytes = 5000 }, groups: 3, rows: 2000);
        using ParquetReader reader = ParquetReader.Open(file);

        Assert.Equal(6000, reader.Metadata.RowCount);
        Assert.Equal(3, reader.RowGroups.Count);
        int row = 0;
        foreach (IReadOnlyDictionary<string, object?> found in reader.ReadRows())
        {
            SampleRow wanted = SampleRow.Make(row++);
            wanted.AssertEqual(found);
        }

        Assert.Equal(6000, row);
    }

    [Fact]
    public void Write_SameValues_GivesSameBytes()
    {
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        SampleFile.Write(first, new ParquetOptions(), groups: 2, rows: 500);
        SampleFile.Write(second, new ParquetOptions(), groups: 2, rows: 500);
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public void Write_NoRowGroups_ReadsBackEmpty()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 0, rows: 0);
        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Equal(0, reader.Metadata.RowCount);
        Assert.Empty(reader.ReadRows());
    }

    [Fact]
    public void Write_EmptyRowGroup_ReadsBackEmpty()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 1, rows: 0);
        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Empty(reader.ReadRows());
        Assert.Empty(reader.RowGroups[0].Read<ushort>(reader.Schema.FindDataField("tokens16")).ListLengths());
    }

    [Fact]
    public void AddLists_FlatTokensAndLengths_ReadsBackEqual()
    {
        var random = new Random(7);
        int[] lengths = [.. Enumerable.Range(0, 3000).Select(_ => random.Next(5) == 0 ? 0 : random.Next(700))];
        var tokens = new ushort[lengths.Sum()];
        foreach (ref ushort token in tokens.AsSpan())
            token = (ushort)random.Next(65536);

        using var file = new MemoryStream();
        var schema = new ParquetSchema(new ListField("tokens", new DataField<ushort>("element")));
        using (ParquetWriter writer = ParquetWriter.Create(file, schema, new ParquetOptions { PageBytes = 100_000 }))
        {
            var column = new ColumnBuffer<ushort>(schema.DataFields[0]);
            column.AddLists(tokens, lengths);
            writer.WriteRowGroup([column]);
            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(file);
        ColumnBuffer<ushort> read = reader.RowGroups[0].Read<ushort>(reader.Schema.FindDataField("tokens"));
        Assert.Equal(lengths, read.ListLengths());
        Assert.True(read.Values.SequenceEqual(tokens));
        ColumnStatistics statistics = reader.Metadata.RowGroups[0].Columns[0].Statistics!;
        Assert.Equal(tokens.Min(), BitConverter.ToInt32(statistics.Min));
        Assert.Equal(tokens.Max(), BitConverter.ToInt32(statistics.Max));
        Assert.Equal(lengths.Count(length => length == 0), statistics.NullCount);
    }

    [Fact]
    public void WriteRowGroup_ColumnsOfDifferentLength_Refused()
    {
        var schema = new ParquetSchema(new DataField<int>("a"), new DataField<int>("b"));
        using ParquetWriter writer = ParquetWriter.Create(new MemoryStream(), schema);
        ColumnBuffer[] columns = writer.CreateBuffers();
        ((ColumnBuffer<int>)columns[0]).Add(1);
        Assert.Throws<ArgumentException>(() => writer.WriteRowGroup(columns));
    }

    [Fact]
    public void Dispose_WithoutFinish_LeavesNoReadableFile()
    {
        using var file = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(file, new ParquetSchema(new DataField<int>("a"))))
        {
            ColumnBuffer[] columns = writer.CreateBuffers();
            ((ColumnBuffer<int>)columns[0]).AddRange([1, 2, 3]);
            writer.WriteRowGroup(columns);
        }

        Assert.Throws<ParquetException>(() => ParquetReader.Open(file));
    }

    [Fact]
    public void ReadRows_ChosenColumns_GivesOnlyThem()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 1, rows: 10);
        using ParquetReader reader = ParquetReader.Open(file);
        Assert.All(reader.ReadRows(["text", "number"]), row => Assert.Equal(["text", "number"], row.Keys));
        Assert.Throws<ArgumentException>(() => reader.ReadRows(["nothing"]));
    }

    [Fact]
    public void KeyValues_GivenAndAdded_KeptInOrder()
    {
        using var file = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(file, new ParquetSchema(new DataField<int>("a")), new ParquetOptions { KeyValues = [new("made", "here")] }))
        {
            writer.AddKeyValue("count", "0");
            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Equal(["made", "count"], reader.Metadata.KeyValues.Select(pair => pair.Key));
        Assert.Equal("0", reader.Metadata.FindValue("count"));
    }

    [Fact]
    public void MinValue_EveryType_AsRowsGiveIt()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 1, rows: 300);
        using ParquetReader reader = ParquetReader.Open(file);
        ColumnMetadata[] columns = [.. reader.Metadata.RowGroups[0].Columns];
        SampleRow[] rows = [.. Enumerable.Range(0, 300).Select(SampleRow.Make)];
        Assert.Equal((-100, 199), (columns[0].MinValue, columns[0].MaxValue));
        Assert.Equal((rows.Min(row => row.Small), rows.Max(row => row.Small)), (columns[2].MinValue, columns[2].MaxValue));
        Assert.Equal((false, true), (columns[3].MinValue, columns[3].MaxValue));
        Assert.Equal("日本語のテキスト", columns[7].MaxValue);
    }
}
