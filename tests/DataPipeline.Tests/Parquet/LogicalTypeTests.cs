using System.Numerics;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class LogicalTypeTests
{
    private const int Rows = 300;

    [Fact]
    public void ReadRows_EveryMeaning_GivesTheValuesWritten()
    {
        using var file = new TempFile();
        Write(file.Path);
        using ParquetReader reader = ParquetReader.Open(file.Path);
        int i = 0;
        foreach (IReadOnlyDictionary<string, object?> row in reader.ReadRows())
        {
            Assert.Equal(new DateOnly(1969, 12, 1).AddDays(i), row["day"]);
            Assert.Equal(new TimeOnly(TimeSpan.FromMilliseconds(i).Ticks), row["clock_ms"]);
            Assert.Equal(new TimeOnly(i * 10L), row["clock"]);
            Assert.Equal(DateTime.UnixEpoch.AddSeconds(-i), row["stamp_ms"]);
            Assert.Equal(new DateTime(DateTime.UnixEpoch.Ticks + (i * 10L), DateTimeKind.Unspecified), row["stamp"]);
            Assert.Equal(((i * 7) - 900) / 100m, row["d9"]);
            Assert.Equal((i - 150) / 10000m, row["d18"]);
            Assert.Equal((i - 150) / 1_000_000m, row["d38"]);
            Assert.Equal(new Guid(i, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]), row["uuid"]);
            Assert.Equal($"{{\"i\": {i}}}", row["json"]);
            Assert.Equal((float)(Half)(i / 4f), row["half"]);
            i++;
        }

        Assert.Equal(Rows, i);
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_EveryMeaning_DuckDbHasTypesAndValues()
    {
        using var file = new TempFile();
        Write(file.Path);
        using var duck = new DuckDb();
        Assert.Equal(
            ["DATE", "TIME", "TIME", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "DECIMAL(9,2)", "DECIMAL(18,4)", "DECIMAL(38,6)", "UUID", "JSON", "FLOAT"],
            duck.Query($"DESCRIBE SELECT * FROM '{file.Path}'").Select(row => row[1]));
        Assert.Equal("1970-01-01 | 00:00:00.031 | 00:00:00.000031 | -31000 | 1970-01-01 00:00:00.000031 | -6.83 | -0.0119 | -0.000119 | 0000001f-0001-0002-0304-05060708090a | {\"i\": 31} | 7.75",
            duck.Query($"""
                SELECT concat_ws(' | ', day::VARCHAR, clock_ms::VARCHAR, clock::VARCHAR, epoch_ms(stamp_ms)::VARCHAR, stamp::VARCHAR, d9::VARCHAR, d18::VARCHAR, d38::VARCHAR, uuid::VARCHAR,
                    json::VARCHAR, half::VARCHAR) FROM '{file.Path}' LIMIT 1 OFFSET 31
                """)[0][0]);
        Assert.Equal("32", duck.Query($"SELECT count(*) FROM '{file.Path}' WHERE day <= DATE '1970-01-01' AND d9 <= -6.83")[0][0]);
    }

    [Fact]
    public void DataField_MeaningThatDoesNotFit_Refused()
    {
        Assert.Throws<ArgumentException>(() => new DataField("a", PhysicalType.Int64, LogicalType.Date, 0, false));
        Assert.Throws<ArgumentException>(() => new DataField("a", PhysicalType.FixedLenByteArray, LogicalType.Uuid, 15, false));
        Assert.Throws<ArgumentException>(() => new DataField("a", PhysicalType.Int32, LogicalType.Decimal(4, 5), 0, false));
        Assert.Throws<ArgumentException>(() => new DataField("a", PhysicalType.FixedLenByteArray, LogicalType.None, 0, false));
    }

    private static void Write(string path)
    {
        var schema = new ParquetSchema(
            new DataField("day", PhysicalType.Int32, LogicalType.Date, 0, false),
            new DataField("clock_ms", PhysicalType.Int32, LogicalType.Time(TimeUnit.Millis, isUtc: false), 0, false),
            new DataField("clock", PhysicalType.Int64, LogicalType.Time(TimeUnit.Micros, isUtc: false), 0, false),
            new DataField("stamp_ms", PhysicalType.Int64, LogicalType.Timestamp(TimeUnit.Millis, isUtc: true), 0, false),
            new DataField("stamp", PhysicalType.Int64, LogicalType.Timestamp(TimeUnit.Micros, isUtc: false), 0, false),
            new DataField("d9", PhysicalType.Int32, LogicalType.Decimal(9, 2), 0, false),
            new DataField("d18", PhysicalType.Int64, LogicalType.Decimal(18, 4), 0, false),
            new DataField("d38", PhysicalType.FixedLenByteArray, LogicalType.Decimal(38, 6), 16, false),
            new DataField("uuid", PhysicalType.FixedLenByteArray, LogicalType.Uuid, 16, false),
            new DataField("json", PhysicalType.ByteArray, LogicalType.Json, 0, false),
            new DataField("half", PhysicalType.FixedLenByteArray, LogicalType.Float16, 2, false));
        using ParquetWriter writer = ParquetWriter.Create(path, schema);
        ColumnBuffer[] columns = writer.CreateBuffers();
        for (int i = 0; i < Rows; i++)
        {
            ((ColumnBuffer<int>)columns[0]).Add(i - 31);
            ((ColumnBuffer<int>)columns[1]).Add(i);
            ((ColumnBuffer<long>)columns[2]).Add((long)i);
            ((ColumnBuffer<long>)columns[3]).Add(i * -1000L);
            ((ColumnBuffer<long>)columns[4]).Add((long)i);
            ((ColumnBuffer<int>)columns[5]).Add((i * 7) - 900);
            ((ColumnBuffer<long>)columns[6]).Add(i - 150L);
            byte[] wide = new byte[16];
            wide.AsSpan().Fill(i < 150 ? (byte)255 : (byte)0);
            byte[] digits = new BigInteger(i - 150).ToByteArray(isBigEndian: true);
            digits.CopyTo(wide, 16 - digits.Length);
            ((BinaryColumnBuffer)columns[7]).Add(wide);
            ((BinaryColumnBuffer)columns[8]).Add(new Guid(i, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]).ToByteArray(bigEndian: true));
            ((BinaryColumnBuffer)columns[9]).Add($"{{\"i\": {i}}}");
            ((BinaryColumnBuffer)columns[10]).Add(BitConverter.GetBytes((Half)(i / 4f)));
        }

        writer.WriteRowGroup(columns);
        writer.Finish();
    }
}
