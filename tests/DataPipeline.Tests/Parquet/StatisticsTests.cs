using System.Globalization;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Bounds of values that are bytes in the file but numbers in meaning.</summary>
public class StatisticsTests
{
    [Fact]
    public void Write_DecimalsAndHalves_BoundsAreThoseOfTheNumbers()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            using var file = new MemoryStream();
            List<Row> rows = Write(file, seed, 1 + (seed * 3));
            using ParquetReader reader = ParquetReader.Open(file);
            foreach ((RowGroupMetadata group, Row[] wanted) in reader.Metadata.RowGroups.Zip(rows.Chunk(50)))
            {
                Assert.Equal((wanted.Min(row => row.Fixed), wanted.Max(row => row.Fixed)), ((decimal)group.Columns[0].MinValue!, (decimal)group.Columns[0].MaxValue!));
                Assert.Equal((wanted.Min(row => row.Free), wanted.Max(row => row.Free)), ((decimal)group.Columns[1].MinValue!, (decimal)group.Columns[1].MaxValue!));
                float[] numbers = [.. wanted.Select(row => row.Half).Where(half => !float.IsNaN(half))];
                Assert.Equal(numbers.Length == 0 ? (null, null) : ((float?)numbers.Min(), (float?)numbers.Max()), ((float?)group.Columns[2].MinValue, (float?)group.Columns[2].MaxValue));
            }
        }
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_Decimals_DuckDbFiltersByTheirBounds()
    {
        using var duck = new DuckDb();
        using var file = new TempFile();
        List<Row> rows;
        using (FileStream stream = File.Create(file.Path))
            rows = Write(stream, seed: 77, count: 400);
        foreach (decimal limit in rows.Take(40).Select(row => row.Fixed).Append(0))
        {
            string sql = $"SELECT count(*) FROM '{file.Path}' WHERE fixed >= {limit.ToString(CultureInfo.InvariantCulture)}::DECIMAL(28, 6)";
            Assert.Equal(rows.Count(row => row.Fixed >= limit).ToString(CultureInfo.InvariantCulture), duck.Query(sql)[0][0]);
        }

        // Row groups of 50 rows: their bounds as DuckDB shows them.
        List<string?[]> bounds = duck.Query($"SELECT stats_min_value::DECIMAL(28, 6)::VARCHAR, stats_max_value::DECIMAL(28, 6)::VARCHAR FROM parquet_metadata('{file.Path}') WHERE path_in_schema = 'fixed'");
        Assert.Equal(rows.Chunk(50).Select(group => (group.Min(row => row.Fixed), group.Max(row => row.Fixed))), bounds.Select(bound => (Parse(bound[0]), Parse(bound[1]))));

        static decimal Parse(string? text) => decimal.Parse(text!, CultureInfo.InvariantCulture);
    }

    private static List<Row> Write(Stream output, int seed, int count)
    {
        var random = new Random(seed);
        var schema = new ParquetSchema(
            new DataField("fixed", PhysicalType.FixedLenByteArray, LogicalType.Decimal(28, 6), 12, false),
            new DataField("free", PhysicalType.ByteArray, LogicalType.Decimal(28, 0), 0, false),
            new DataField("half", PhysicalType.FixedLenByteArray, LogicalType.Float16, 2, false));
        List<Row> rows = [];
        using ParquetRowWriter writer = ParquetRowWriter.Create(output, schema, new ParquetOptions { PageBytes = 100 });
        for (int i = 0; i < count; i++)
        {
            long whole = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            rows.Add(new Row(whole / 1_000_000m, whole, random.Next(6) == 0 ? float.NaN : (float)(System.Half)(random.Next(-20, 20) / 4f)));
            writer.Add(new { @fixed = rows[i].Fixed, free = rows[i].Free, half = rows[i].Half });
            if (i % 50 == 49)
                writer.Flush();
        }

        writer.Finish();
        return rows;
    }

    private sealed record Row(decimal Fixed, decimal Free, float Half);
}
