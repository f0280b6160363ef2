using System.Globalization;
using System.Text.Json;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Which encoding the writer chooses, and that every encoding is read by others.</summary>
public class WriteEncodingTests
{
    [Fact]
    public void Encoders_AnyTexts_DecodeEqual()
    {
        var random = new Random(9);
        ParquetSchema schema = new(new DataField<byte[]>("a", isNullable: false));
        for (int round = 0; round < 200; round++)
        {
            var column = new BinaryColumnBuffer(schema.DataFields[0]);
            byte[] last = [];
            for (int i = random.Next(300); i > 0; i--)
            {
                byte[] value = [.. last[..random.Next(last.Length + 1)], .. BitConverter.GetBytes(random.NextInt64())[..random.Next(9)]];
                column.Add(last = value.Length > 200 ? [] : value);
            }

            var output = new ByteBuffer();
            PageEncoding encoding = round % 2 == 0 ? PageEncoding.DeltaLengthByteArray : PageEncoding.DeltaByteArray;
            new ValueEncoder().Encode(column, 0, column.ValueCount, new ChunkEncoding(encoding), output);
            var found = new BinaryColumnBuffer(schema.DataFields[0]);
            ValueDecoder.Create(encoding, schema.DataFields[0], null, output.Span.ToArray(), 0, output.Length).Decode(found, column.ValueCount);
            for (int i = 0; i < column.ValueCount; i++)
                Assert.True(found[i].SequenceEqual(column[i]));
        }
    }

    [Fact]
    public void ByteStreamSplit_ExampleOfTheFormat_Splits()
    {
        byte[] values = [0xAA, 0xBB, 0xCC, 0xDD, 0x00, 0x11, 0x22, 0x33, 0xA3, 0xB4, 0xC5, 0xD6];
        byte[] streams = new byte[12];
        ByteStreamSplit.Split(values, 4, streams);
        Assert.Equal([0xAA, 0x00, 0xA3, 0xBB, 0x11, 0xB4, 0xCC, 0x22, 0xC5, 0xDD, 0x33, 0xD6], streams);
        Assert.Equal(values, ByteStreamSplit.Join(streams, 4));
    }

    [Fact]
    public void Write_ColumnsOfEachKind_ChoosesWhatPays()
    {
        using var file = new MemoryStream();
        Write(file, new ParquetOptions());
        using ParquetReader reader = ParquetReader.Open(file);
        Dictionary<string, PageEncoding> found = reader.Metadata.RowGroups[0].Columns.ToDictionary(column => column.Field.Path[0], column => column.Encodings.Contains(PageEncoding.RleDictionary) ? PageEncoding.RleDictionary : column.Encodings[0]);
        var wanted = new Dictionary<string, PageEncoding>
        {
            ["rising"] = PageEncoding.DeltaBinaryPacked,
            ["readings"] = PageEncoding.DeltaBinaryPacked,
            ["prices"] = PageEncoding.RleDictionary,
            ["noise"] = PageEncoding.Plain,
            ["reals"] = PageEncoding.Plain,
            ["tokens"] = PageEncoding.RleDictionary,
            ["paths"] = PageEncoding.DeltaByteArray,
            ["kinds"] = PageEncoding.RleDictionary,
            ["codes"] = PageEncoding.DeltaLengthByteArray,
            ["texts"] = PageEncoding.Plain,
        };
        Assert.Equal(wanted.Select(pair => $"{pair.Key} {pair.Value}"), found.Select(pair => $"{pair.Key} {pair.Value}"));
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Zstd)]
    public void Write_ChosenEncodings_ReadBackEqual(CompressionMethod codec)
    {
        using var file = new MemoryStream();
        List<Dictionary<string, object?>> rows = Write(file, new ParquetOptions { Compression = codec, PageBytes = 30_000 });
        using ParquetReader reader = ParquetReader.Open(file);
        int row = 0;
        foreach (IReadOnlyDictionary<string, object?> found in reader.ReadRows())
        {
            string? difference = RandomRows.Difference(rows[row], found, $"row {row}");
            Assert.True(difference is null, difference);
            row++;
        }

        Assert.Equal(rows.Count, row);
    }

    [Fact]
    public void Write_DictionaryOutgrowsItsBytes_PlainIsWritten()
    {
        using var file = new MemoryStream();
        Write(file, new ParquetOptions { DictionaryBytes = 1000 });
        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Equal([PageEncoding.Plain, PageEncoding.Rle], reader.Metadata.RowGroups[0].Columns.First(column => column.Field.Path[0] == "tokens").Encodings);
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_ChosenEncodings_DuckDbReadsEqual()
    {
        using var file = new TempFile();
        List<Dictionary<string, object?>> rows;
        using (FileStream stream = File.Create(file.Path))
            rows = Write(stream, new ParquetOptions());
        using var duck = new DuckDb();
        List<string?[]> found = duck.Query($"SELECT to_json(t)::VARCHAR FROM '{file.Path}' t");
        Assert.Equal(rows.Count, found.Count);
        for (int i = 0; i < rows.Count; i++)
            JsonTwin.AssertEqual(JsonDocument.Parse(found[i][0]!).RootElement, rows[i], $"row {i}");
        string?[] distinct = duck.Query($"SELECT stats_distinct_count, encodings FROM parquet_metadata('{file.Path}') WHERE path_in_schema = 'prices'")[0];
        Assert.Equal("50", distinct[0]);
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_BloomFilter_DuckDbSkipsRowGroups()
    {
        using var file = new TempFile();
        var schema = new ParquetSchema(new DataField<long>("id"), new DataField<string>("name"), new DataField<double>("real"));
        var options = new ParquetOptions { BloomFilters = new Dictionary<string, double> { ["id"] = 0.01, ["name"] = 0.001, ["real"] = 0.05 } };
        using (ParquetRowWriter writer = ParquetRowWriter.Create(file.Path, schema, options))
        {
            for (int group = 0; group < 4; group++)
            {
                for (int i = 0; i < 1000; i++)
                    writer.Add(new { id = ((i * 1000L) + group) * 7919 % 1_000_003, name = $"n{(i * 4) + group}", real = (i * 10.5) + group });
                writer.Flush();
            }

            writer.Finish();
        }

        using var duck = new DuckDb();
        List<string?[]> excluded = duck.Query($"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{file.Path}', 'name', 'n2')");
        Assert.Equal(["true", "true", "false", "true"], excluded.Select(row => row[0]));
        Assert.Equal("1", duck.Query($"SELECT count(*) FROM '{file.Path}' WHERE name = 'n2'")[0][0]);
        Assert.Equal("1", duck.Query($"SELECT count(*) FROM '{file.Path}' WHERE real = 21.0 + 2")[0][0]);

        using ParquetReader reader = ParquetReader.Open(file.Path);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            foreach (IReadOnlyDictionary<string, object?> row in reader.ReadRows().Skip(reader.RowGroups.TakeWhile(other => other != group).Count() * 1000).Take(1000))
                Assert.True(group.ReadBloomFilter(reader.Schema.DataFields[0])!.MayContain(BloomFilter.HashOf(BitConverter.GetBytes((long)row["id"]!))));
        }
    }

    [OracleFact(Oracle.Hyparquet)]
    public void Write_FooterParts_HyparquetReadsEqual()
    {
        using var file = new TempFile();
        var schema = new ParquetSchema(new DataField<int>("a"), new ListField("b", new DataField<string>("element"), isNullable: true));
        var options = new ParquetOptions
        {
            SortingColumns = [new SortingColumn("b.list.element", Descending: true, NullsFirst: true), new SortingColumn("a")],
            BloomFilters = new Dictionary<string, double> { ["a"] = 0.01 },
            KeyValues = [new("made", "here")],
            PageBytes = 100,
        };
        using (ParquetRowWriter writer = ParquetRowWriter.Create(file.Path, schema, options))
        {
            for (int i = 0; i < 50; i++)
                writer.Add(new { a = i, b = i % 5 == 0 ? null : Enumerable.Range(0, i % 4).Select(k => k == 0 ? null : new string('x', k)) });
            writer.Finish();
        }

        JsonElement footer = JsonDocument.Parse(Oracles.RunNode("footer.mjs", Oracles.Npm, file.Path)).RootElement;
        JsonElement group = footer.GetProperty("row_groups")[0];
        Assert.Equal("""[{"column_idx":1,"descending":true,"nulls_first":true},{"column_idx":0,"descending":false,"nulls_first":false}]""", group.GetProperty("sorting_columns").GetRawText());
        JsonElement text = group.GetProperty("columns")[1].GetProperty("meta_data");
        JsonElement size = text.GetProperty("size_statistics");
        int[] lists = [.. Enumerable.Range(0, 50).Where(i => i % 5 != 0).Select(i => i % 4)];
        long[] repetitions = [50, lists.Sum(length => Math.Max(0, length - 1))];
        long[] definitions = [10, lists.Count(length => length == 0), lists.Count(length => length > 0), lists.Sum(length => Math.Max(0, length - 1))];
        Assert.Equal($"{lists.Sum(length => length * (length - 1) / 2)}", size.GetProperty("unencoded_byte_array_data_bytes").GetString());
        Assert.Equal(repetitions.Select(Text), size.GetProperty("repetition_level_histogram").EnumerateArray().Select(count => count.GetString()));
        Assert.Equal(definitions.Select(Text), size.GetProperty("definition_level_histogram").EnumerateArray().Select(count => count.GetString()));
        Assert.True(group.GetProperty("columns")[0].GetProperty("meta_data").GetProperty("bloom_filter_length").GetInt32() > 32);
        Assert.Equal("here", footer.GetProperty("key_value_metadata")[0].GetProperty("value").GetString());
        JsonElement pages = text.GetProperty("encoding_stats");
        using ParquetReader reader = ParquetReader.Open(file.Path);
        Assert.Equal(reader.RowGroups[0].ReadPageIndex(reader.Schema.DataFields[1])!.Count, pages.EnumerateArray().Last().GetProperty("count").GetInt32());
        Assert.Equal(options.SortingColumns, reader.Metadata.RowGroups[0].SortingColumns);

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Create_OptionsThatDoNotSuitTheSchema_Refused()
    {
        ParquetOptions[] wrong =
        [
            new() { Encodings = new Dictionary<string, PageEncoding> { ["b"] = PageEncoding.Plain } },
            new() { Encodings = new Dictionary<string, PageEncoding> { ["a"] = PageEncoding.DeltaByteArray } },
            new() { BloomFilters = new Dictionary<string, double> { ["flag"] = 0.01 } },
            new() { BloomFilters = new Dictionary<string, double> { ["a"] = 0 } },
            new() { SortingColumns = [new SortingColumn("c")] },
        ];
        Assert.All(wrong, options => Assert.Throws<ArgumentException>(() => ParquetWriter.Create(new MemoryStream(), new ParquetSchema(new DataField<int>("a"), new DataField<bool>("flag")), options)));
    }

    private static List<Dictionary<string, object?>> Write(Stream output, ParquetOptions options)
    {
        var schema = new ParquetSchema(
            new DataField<long>("rising"), new DataField<long>("readings"), new DataField<double>("prices"), new DataField<int>("noise"), new DataField<double>("reals"),
            new ListField("tokens", new DataField<ushort>("element")), new DataField<string>("paths"), new DataField<string>("kinds"), new DataField<string>("codes"), new DataField<string>("texts"));
        var random = new Random(4);
        string[] words = [.. Enumerable.Range(0, 500).Select(_ => new string([.. Enumerable.Range(0, 2 + random.Next(8)).Select(_ => (char)('a' + random.Next(26)))]))];
        List<Dictionary<string, object?>> rows = [];
        for (int i = 0; i < 4000; i++)
        {
            rows.Add(new Dictionary<string, object?>
            {
                ["rising"] = 1_000_000_007L * i,
                ["readings"] = 1_700_000_000_000_000L + (i * 1_000_000L) + random.Next(-900_000, 900_000),
                ["prices"] = (random.Next(50) * 0.99) + 0.01,
                ["noise"] = random.Next(),
                ["reals"] = random.NextDouble(),
                ["tokens"] = Enumerable.Range(0, 20).Select(_ => (object?)(ushort)((int)(3000 * Math.Pow(random.NextDouble(), 3)) * 7919 % 50_257)).ToList(),
                ["paths"] = $"corpus/part-{i / 1000:D4}/{i:D9}.warc#{random.Next(1000)}",
                ["kinds"] = $"kind{random.Next(6)}",
                ["codes"] = $"{(ulong)random.NextInt64() >> random.Next(60)}",
                ["texts"] = string.Join(' ', Enumerable.Range(0, 120).Select(_ => words[random.Next(words.Length)])),
            });
        }

        using ParquetRowWriter writer = ParquetRowWriter.Create(output, schema, options);
        writer.AddRange(rows);
        writer.Finish();
        return rows;
    }
}
