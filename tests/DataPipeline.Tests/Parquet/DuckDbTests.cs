using System.Globalization;
using System.Text.Json;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class DuckDbTests
{
    internal const string EveryType = """
        SELECT i AS id,
            CASE WHEN i % 7 = 0 THEN NULL ELSE (i % 100)::TINYINT END AS i8, (i % 200)::UTINYINT AS u8, (i * 3 - 9000)::SMALLINT AS i16, (i * 13)::USMALLINT AS u16,
            (i * -77777)::INTEGER AS i32, (i * 800000)::UINTEGER AS u32, (i * 123456789012345)::BIGINT AS i64, (i::UBIGINT * 3600000000000000) AS u64,
            i % 3 = 0 AS flag, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 2 = 0 END AS maybe_flag,
            (i / 7)::FLOAT AS f32, CASE WHEN i % 4 = 0 THEN NULL ELSE sqrt(i) END AS f64,
            CASE WHEN i % 9 = 0 THEN NULL ELSE 'row ' || i || ' 日本語 🦆' END AS text, 'kind' || (i % 5) AS kind,
            CASE WHEN i % 6 = 0 THEN '' ELSE repeat('ab', i % 50) END AS word,
            '\x00\xFF'::BLOB || encode(chr((65 + i % 26)::INTEGER)) AS bytes,
            (i / 100)::DECIMAL(5, 2) AS d5, (i * 1000003)::DECIMAL(18, 4) AS d18, (i * -1000003)::DECIMAL(38, 10) AS d38,
            DATE '1969-12-01' + i::INTEGER AS day, TIME '01:02:03.456789' + to_microseconds(i) AS clock,
            TIMESTAMP '1969-12-31 23:59:59.999999' + to_microseconds(i * 1000003) AS stamp, (TIMESTAMP '2001-02-03 04:05:06' + to_seconds(i))::TIMESTAMP_MS AS stamp_ms,
            CASE WHEN i % 11 = 0 THEN NULL ELSE range(i % 6) END AS list, [x * 1.5 FOR x IN range(i % 4)] AS reals,
            {'a': i, 'b': CASE WHEN i % 3 = 0 THEN NULL ELSE 'b' || i END} AS pair,
            [{'role': 'user', 'text': 't' || x, 'scores': range(x)} FOR x IN range(i % 5)] AS turns,
            [[x, NULL, i] FOR x IN range(i % 3)] AS nested,
            MAP {'k' || i: i, 'other': NULL} AS map,
            CASE WHEN i % 2 = 0 THEN NULL ELSE {'inner': {'deep': CASE WHEN i % 3 = 0 THEN NULL ELSE [i::VARCHAR, NULL] END}} END AS deep,
            md5(i::VARCHAR)::UUID AS uuid
        FROM range(5000) t(i)
        """;

    [OracleTheory(Oracle.DuckDb)]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Lz4Raw)]
    public void Write_EveryType_DuckDbReadsEqual(CompressionMethod codec)
    {
        using var file = new TempFile();
        using (FileStream stream = File.Create(file.Path))
            SampleFile.Write(stream, new ParquetOptions { Compression = codec, PageBytes = 4000 }, groups: 3, rows: 700);

        using var duck = new DuckDb();
        List<string?[]> rows = duck.Query($"SELECT to_json(t)::VARCHAR FROM (SELECT * REPLACE (hex(blob) AS blob) FROM '{file.Path}') t");
        Assert.Equal(2100, rows.Count);
        for (int i = 0; i < rows.Count; i++)
            AssertRow(SampleRow.Make(i), JsonDocument.Parse(rows[i][0]!).RootElement, i);

        // Sums and bounds come from values and statistics both: a wrong statistic would drop rows here.
        string?[] sums = duck.Query($"SELECT count(*), sum(small), sum(list_sum(tokens16)), sum(len(tokens32)) FROM '{file.Path}' WHERE number >= -100 AND kind <= '🦆🚀' AND small <= 65535")[0];
        SampleRow[] wanted = [.. Enumerable.Range(0, 2100).Select(SampleRow.Make)];
        Assert.Equal(
            [2100, wanted.Sum(row => row.Small), wanted.Sum(row => row.Tokens16.Sum(token => (long)token)), wanted.Sum(row => (long)(row.Tokens32?.Length ?? 0))],
            sums.Select(sum => long.Parse(sum!, CultureInfo.InvariantCulture)));
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_Statistics_DuckDbSeesThem()
    {
        using var file = new TempFile();
        using (FileStream stream = File.Create(file.Path))
            SampleFile.Write(stream, new ParquetOptions(), groups: 1, rows: 500);

        using var duck = new DuckDb();
        List<string?[]> columns = duck.Query($"SELECT path_in_schema, stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('{file.Path}')");
        SampleRow[] rows = [.. Enumerable.Range(0, 500).Select(SampleRow.Make)];
        Assert.Equal("number -100 399 0", string.Join(' ', columns[0]));
        Assert.Equal($"small {rows.Min(row => row.Small)} {rows.Max(row => row.Small)} 0", string.Join(' ', columns[2]));
        Assert.Equal($"{rows.Count(row => row.Maybe is null)}", columns[1][3]);
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_EmptyFiles_DuckDbReadsNoRows()
    {
        using var duck = new DuckDb();
        foreach (int groups in (int[])[0, 1])
        {
            using var file = new TempFile();
            using (FileStream stream = File.Create(file.Path))
                SampleFile.Write(stream, new ParquetOptions(), groups, rows: 0);
            Assert.Equal("0", duck.Query($"SELECT count(tokens16) + count(text) FROM '{file.Path}'")[0][0]);
        }
    }

    [OracleTheory(Oracle.DuckDb)]
    [InlineData("uncompressed", "v1", 5000)]
    [InlineData("snappy", "v1", 5000)]
    [InlineData("gzip", "v1", 5000)]
    [InlineData("zstd", "v1", 5000)]
    [InlineData("brotli", "v1", 2100)]
    [InlineData("lz4_raw", "v1", 5000)]
    [InlineData("uncompressed", "v2", 5000)]
    [InlineData("zstd", "v2", 5000)]
    [InlineData("snappy", "v2", 5000)]
    public void Read_EveryTypeFromDuckDb_Equal(string codec, string version, int rows)
    {
        using var file = new TempFile();
        using var duck = new DuckDb();
        duck.Query($"COPY ({EveryType} LIMIT {rows}) TO '{file.Path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)");
        List<string?[]> wanted = duck.Query($"SELECT to_json(t)::VARCHAR FROM (SELECT * REPLACE (hex(bytes) AS bytes) FROM '{file.Path}') t");

        using ParquetReader reader = ParquetReader.Open(file.Path);
        int row = 0;
        foreach (IReadOnlyDictionary<string, object?> found in reader.ReadRows())
            JsonTwin.AssertEqual(JsonDocument.Parse(wanted[row++][0]!).RootElement, found, $"row {row}");
        Assert.Equal(rows, row);
        Assert.True(reader.RowGroups.Count > 1);
    }

    private static void AssertRow(SampleRow wanted, JsonElement found, int row)
    {
        Assert.Equal(wanted.Number, found.GetProperty("number").GetInt32());
        Assert.Equal(wanted.Maybe, found.GetProperty("maybe").ValueKind == JsonValueKind.Null ? null : found.GetProperty("maybe").GetInt64());
        Assert.Equal(wanted.Small, found.GetProperty("small").GetUInt16());
        Assert.Equal(wanted.Flag, found.GetProperty("flag").ValueKind == JsonValueKind.Null ? null : found.GetProperty("flag").GetBoolean());
        Assert.Equal(wanted.Single, found.GetProperty("single").GetSingle());
        Assert.Equal(wanted.Real, found.GetProperty("real").ValueKind == JsonValueKind.Null ? null : found.GetProperty("real").GetDouble());
        Assert.Equal(wanted.Text, found.GetProperty("text").GetString());
        Assert.Equal(wanted.Kind, found.GetProperty("kind").GetString());
        Assert.Equal(Convert.ToHexString(wanted.Blob), found.GetProperty("blob").GetString());
        JsonTwin.AssertEqual(found.GetProperty("tokens16"), wanted.Tokens16.Cast<object?>().ToList(), $"row {row}, tokens16");
        JsonTwin.AssertEqual(found.GetProperty("tokens32"), wanted.Tokens32?.Cast<object?>().ToList(), $"row {row}, tokens32");
        JsonTwin.AssertEqual(found.GetProperty("scores"), wanted.Scores.Cast<object?>().ToList(), $"row {row}, scores");
        JsonTwin.AssertEqual(found.GetProperty("roles"), wanted.Roles.Cast<object?>().ToList(), $"row {row}, roles");
    }
}
