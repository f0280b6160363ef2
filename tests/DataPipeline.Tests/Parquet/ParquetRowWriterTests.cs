using System.Globalization;
using System.Text.Json;
using DataPipeline.Parquet;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Parquet;

public class ParquetRowWriterTests
{
    [Fact]
    public void Add_RandomNestedRows_ReadBackEqual() =>
        Prop.ForAll<int, byte>((seed, size) =>
        {
            using var file = new MemoryStream();
            List<Dictionary<string, object?>> rows = Write(file, seed, size * 3, Without.Nothing);
            AssertReads(file, rows, seed);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    [Fact]
    public void Add_SameRows_GivesSameBytes()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            using var first = new MemoryStream();
            using var second = new MemoryStream();
            Write(first, seed, 300, Without.Nothing);
            Write(second, seed, 300, Without.Nothing);
            Assert.True(first.ToArray().AsSpan().SequenceEqual(second.ToArray()), $"seed {seed}");
        }
    }

    [OracleFact(Oracle.DuckDb)]
    public void Add_RandomNestedRows_DuckDbReadsEqual()
    {
        using var duck = new DuckDb();
        duck.Query("SET TimeZone='UTC'");
        for (int seed = 0; seed < 120; seed++)
        {
            using var file = new TempFile();
            List<Dictionary<string, object?>> rows;
            using (FileStream stream = File.Create(file.Path))
                rows = Write(stream, seed, 200, Without.Bytes | Without.Json | Without.UtcTimes | Without.OddFloats | Without.OddMapKeys | Without.Nanos | Without.RareEncodings);
            List<string?[]> found = duck.Query($"SELECT to_json(t)::VARCHAR FROM '{file.Path}' t");
            Assert.Equal(rows.Count, found.Count);
            for (int i = 0; i < rows.Count; i++)
                JsonTwin.AssertEqual(JsonDocument.Parse(found[i][0]!).RootElement, rows[i], $"seed {seed}, row {i}");
        }
    }

    [OracleFact(Oracle.ParquetWasm)]
    public void Add_RandomNestedRows_ArrowReadsAndWritesTheSame()
    {
        for (int seed = 1000; seed < 1025; seed++)
        {
            using var file = new TempFile();
            using var target = new TempFile();
            List<Dictionary<string, object?>> rows;
            using (FileStream stream = File.Create(file.Path))
                rows = Write(stream, seed, 150, Without.Json | Without.Uuid);
            Oracles.RunNode("arrow-rs.mjs", Oracles.Npm, file.Path, target.Path, "SNAPPY", seed % 2 == 0 ? "V1" : "V2", "true", "");
            using FileStream read = File.OpenRead(target.Path);
            AssertReads(read, rows, seed);
        }
    }

    [OracleFact(Oracle.Hyparquet)]
    public void Add_RandomNestedRows_HyparquetReadsEqual()
    {
        for (int seed = 2000; seed < 2030; seed++)
        {
            using var file = new TempFile();
            List<Dictionary<string, object?>> rows;
            using (FileStream stream = File.Create(file.Path))
                rows = Write(stream, seed, 150, Without.AllButSimple | Without.OddFloats, lz4: false);
            string[] lines = Oracles.RunNode("hyparquet.mjs", Oracles.Npm, file.Path).TrimEnd('\n').Split('\n');
            Assert.Equal(rows.Count, lines.Length);
            for (int i = 0; i < rows.Count; i++)
                JsonTwin.AssertEqual(JsonDocument.Parse(lines[i]).RootElement, rows[i], $"seed {seed}, row {i}");
        }
    }

    [Fact]
    public void Add_ObjectsArraysAndDictionaries_ReadBackAsFields()
    {
        using var file = new MemoryStream();
        var schema = new ParquetSchema(
            new DataField<string>("Name"),
            new StructField("Place", isNullable: true, [new DataField<double>("Lat"), new DataField<float?>("Lon")]),
            new ListField("Tokens", new DataField<ushort>("element")),
            new MapField("Counts", new DataField<string>("key", isNullable: false), new DataField<long?>("value")));
        using (ParquetRowWriter writer = ParquetRowWriter.Create(file, schema))
        {
            writer.Add(new { Name = "first", Place = new { Lat = 1.5, Lon = (float?)null }, Tokens = new ushort[] { 1, 2, 65535 }, Counts = new SortedDictionary<string, long> { ["a"] = 1 } });
            writer.Add(new Dictionary<string, object?> { ["Tokens"] = Array.Empty<ushort>(), ["Counts"] = new Dictionary<string, object?> { ["b"] = null } });
            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(file);
        IReadOnlyDictionary<string, object?>[] rows = [.. reader.ReadRows()];
        Assert.Equal("first", rows[0]["Name"]);
        Assert.Null(RandomRows.Difference(new Dictionary<string, object?> { ["Lat"] = 1.5, ["Lon"] = null }, rows[0]["Place"], "place"));
        Assert.Equal([(ushort)1, (ushort)2, ushort.MaxValue], (List<object?>)rows[0]["Tokens"]!);
        Assert.Equal([new("a", 1L)], (List<KeyValuePair<object, object?>>)rows[0]["Counts"]!);
        Assert.Null(rows[1]["Place"]);
        Assert.Empty((List<object?>)rows[1]["Tokens"]!);
        Assert.Equal([new("b", null)], (List<KeyValuePair<object, object?>>)rows[1]["Counts"]!);
    }

    [Theory]
    [InlineData("wrong type", "text", "row 1, a.")]
    [InlineData("too large", 70_000, "row 1, a.")]
    [InlineData("null", null, "row 1, a.")]
    public void Add_UnfitValue_NamesRowAndField(string kind, object? value, string place)
    {
        var schema = new ParquetSchema(new ListField("a", new StructField("element", new DataField<ushort>("n"))));
        using ParquetRowWriter writer = ParquetRowWriter.Create(new MemoryStream(), schema);
        writer.Add(Row(7));
        ArgumentException fault = Assert.Throws<ArgumentException>(() => writer.Add(Row(value)));
        Assert.True(fault.Message.StartsWith(place, StringComparison.OrdinalIgnoreCase), $"{kind}: {fault.Message}");
        Assert.Throws<InvalidOperationException>(() => writer.Finish());

        static Dictionary<string, object?> Row(object? n) => new() { ["a"] = new object?[] { new Dictionary<string, object?> { ["n"] = n } } };
    }

    [Fact]
    public void Add_UnknownField_Refused()
    {
        using ParquetRowWriter writer = ParquetRowWriter.Create(new MemoryStream(), new ParquetSchema(new DataField<int?>("a")));
        Assert.Contains("no field b", Assert.Throws<ArgumentException>(() => writer.Add(new Dictionary<string, object?> { ["a"] = 1, ["b"] = 2 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.005", 2)]
    [InlineData("1000", 2)]
    public void Add_DecimalThatDoesNotFit_Refused(string value, int scale)
    {
        var schema = new ParquetSchema(new DataField("d", PhysicalType.Int32, LogicalType.Decimal(5, scale), 0, false));
        using ParquetRowWriter writer = ParquetRowWriter.Create(new MemoryStream(), schema);
        writer.Add(new { d = 999.99m });
        Assert.Throws<ArgumentException>(() => writer.Add(new { d = decimal.Parse(value, CultureInfo.InvariantCulture) }));
    }

    private static List<Dictionary<string, object?>> Write(Stream output, int seed, int count, Without without, bool lz4 = true)
    {
        var random = new RandomRows(seed, without);
        ParquetSchema schema = random.Schema();
        List<Dictionary<string, object?>> rows = random.Rows(schema, count);
        ParquetOptions options = random.Options(schema);
        if (!lz4 && options.Compression == CompressionMethod.Lz4Raw)
            options = options with { Compression = CompressionMethod.Zstd };
        using ParquetRowWriter writer = ParquetRowWriter.Create(output, schema, options, rowGroupBytes: 1 << (10 + (Math.Abs(seed % 8))));
        writer.AddRange(rows);
        writer.Finish();
        Assert.Equal(count, writer.RowCount);
        return rows;
    }

    private static void AssertReads(Stream file, List<Dictionary<string, object?>> rows, int seed)
    {
        using ParquetReader reader = ParquetReader.Open(file);
        int row = 0;
        foreach (IReadOnlyDictionary<string, object?> found in reader.ReadRows())
        {
            string? difference = RandomRows.Difference(rows[row], found, $"seed {seed}, row {row}");
            Assert.True(difference is null, difference);
            row++;
        }

        Assert.Equal(rows.Count, row);
    }
}
