using System.Text;
using System.Text.Json;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class RowJsonTests
{
    [OracleFact(Oracle.DuckDb)]
    public void WriteLines_EveryTypeFromDuckDb_ParseAsDuckDbsOwnJson()
    {
        using var file = new TempFile();
        using var duck = new DuckDb();
        duck.Query($"COPY ({DuckDbTests.EveryType} LIMIT 900) TO '{file.Path}' (FORMAT parquet)");
        List<string?[]> wanted = duck.Query($"""
            SELECT to_json(t)::VARCHAR FROM (SELECT * REPLACE (base64(bytes) AS bytes, rtrim(rtrim(strftime(stamp, '%Y-%m-%dT%H:%M:%S.%f'), '0'), '.') AS stamp, strftime(stamp_ms, '%Y-%m-%dT%H:%M:%S') AS stamp_ms)
            FROM '{file.Path}') t
            """);

        using ParquetReader reader = ParquetReader.Open(file.Path);
        string[] lines = Lines(reader.Schema, reader.ReadRows());
        Assert.Equal(900, lines.Length);
        for (int i = 0; i < lines.Length; i++)
            AssertEqual(JsonDocument.Parse(wanted[i][0]!).RootElement, JsonDocument.Parse(lines[i]).RootElement, $"row {i}");
    }

    [Fact]
    public void WriteLines_ValuesJsonLacks_KeepTheirMeaning()
    {
        var schema = new ParquetSchema(new DataField<double>("x"), new DataField<byte[]>("b"), new DataField<ulong>("u"), new DataField<string>("s"));
        using var file = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(file, schema))
        {
            ColumnBuffer[] columns = writer.CreateBuffers();
            ((ColumnBuffer<double>)columns[0]).AddRange([double.NaN, double.NegativeInfinity, 1e300]);
            ((BinaryColumnBuffer)columns[1]).Add([0, 255]);
            ((BinaryColumnBuffer)columns[1]).AddNull();
            ((BinaryColumnBuffer)columns[1]).Add([]);
            ((ColumnBuffer<ulong>)columns[2]).AddRange([ulong.MaxValue, 0, 1]);
            foreach (string text in (string[])["日本語 \"quoted\"\n", "<&>", "\u0000"])
                ((BinaryColumnBuffer)columns[3]).Add(text);
            writer.WriteRowGroup(columns);
            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Equal(
            [
                """{"x":"NaN","b":"AP8=","u":18446744073709551615,"s":"日本語 \"quoted\"\n"}""",
                """{"x":"-Infinity","b":null,"u":0,"s":"<&>"}""",
                """{"x":1E+300,"b":"","u":1,"s":"\u0000"}""",
            ],
            Lines(reader.Schema, reader.ReadRows()));
    }

    [Fact]
    public void WriteLines_Floats_AreTheDoublesTheyEqual()
    {
        var schema = new ParquetSchema(new DataField<float>("x"));
        using var file = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(file, schema))
        {
            ColumnBuffer[] columns = writer.CreateBuffers();
            ((ColumnBuffer<float>)columns[0]).AddRange([0.1f, -64695.492f]);
            writer.WriteRowGroup(columns);
            writer.Finish();
        }

        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Equal(["""{"x":0.10000000149011612}""", """{"x":-64695.4921875}"""], Lines(reader.Schema, reader.ReadRows()));
    }

    [OracleTheory(Oracle.DuckDb)]
    [InlineData("turns.role", """{"turns":[{"role":"user"}]}""")]
    [InlineData("turns.list.element.scores,id", """{"turns":[{"scores":[0,1]}],"id":7}""")]
    [InlineData("deep.inner.deep.element,pair.b", """{"deep":{"inner":{"deep":["x",null]}},"pair":{"b":null}}""")]
    [InlineData("map.value.v", """{"map":{"k":{"v":1}}}""")]
    [InlineData("map.key_value.value.v,pair.b,pair.a", """{"map":{"k":{"v":1}},"pair":{"a":1,"b":null}}""")]
    public void ReadRows_PartsOfGroups_GivesOnlyThem(string columns, string wanted)
    {
        using var file = new TempFile();
        using var duck = new DuckDb();
        duck.Query($$$"""
            COPY (SELECT 7 AS id, [{'role': 'user', 'text': 't', 'scores': range(2)}] AS turns, {'inner': {'deep': ['x', NULL], 'other': 1}} AS deep,
                {'a': 1, 'b': NULL::INT} AS pair, MAP {'k': {'u': 2, 'v': 1}} AS map) TO '{{{file.Path}}}' (FORMAT parquet)
            """);
        using ParquetReader reader = ParquetReader.Open(file.Path);
        Assert.Equal([wanted], Lines(reader.Schema, reader.ReadRows(columns.Split(','))));
        Assert.Throws<ArgumentException>(() => reader.ReadRows(["turns.nothing"]));
    }

    internal static string[] Lines(ParquetSchema schema, IEnumerable<IReadOnlyDictionary<string, object?>> rows)
    {
        using var output = new MemoryStream();
        RowJson.WriteLines(schema, rows, output);
        return Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n');
    }

    private static void AssertEqual(JsonElement wanted, JsonElement found, string place)
    {
        Assert.True(wanted.ValueKind == found.ValueKind, $"{place}: {found} is found where DuckDB has {wanted}");
        switch (wanted.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(wanted.EnumerateObject().Select(property => property.Name), found.EnumerateObject().Select(property => property.Name));
                foreach ((JsonProperty one, JsonProperty other) in wanted.EnumerateObject().Zip(found.EnumerateObject()))
                    AssertEqual(one.Value, other.Value, $"{place}, {one.Name}");
                break;
            case JsonValueKind.Array:
                Assert.Equal(wanted.GetArrayLength(), found.GetArrayLength());
                foreach ((JsonElement one, JsonElement other) in wanted.EnumerateArray().Zip(found.EnumerateArray()))
                    AssertEqual(one, other, place);
                break;
            case JsonValueKind.Number:
                Assert.True(wanted.GetDouble() == found.GetDouble() || wanted.GetSingle() == found.GetSingle(), $"{place}: {found} is found where DuckDB has {wanted}");
                break;
            default:
                Assert.True(wanted.ToString() == found.ToString(), $"{place}: {found} is found where DuckDB has {wanted}");
                break;
        }
    }
}
