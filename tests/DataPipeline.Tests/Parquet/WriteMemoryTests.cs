using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Runs when no other test does: it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(WriteMemoryTests), DisableParallelization = true)]
public class Alone;

[Collection(nameof(WriteMemoryTests))]
public class WriteMemoryTests
{
    private const int RowsOfGroup = 2000;

    [Fact]
    public void Write_FileEightTimesAsLong_TakesNoMoreMemory()
    {
        // Warms up, so that both measured files find compiled code and pooled arrays.
        Peak(groups: 2);
        (long ofShort, long shortBytes) = Peak(groups: 8);
        (long ofLong, long longBytes) = Peak(groups: 64);
        Assert.True(longBytes > shortBytes * 7 && longBytes > 40_000_000, $"{shortBytes} and {longBytes} bytes");

        // What the footer and the page index say of a row group stays in memory: some 10 KB, next to 800 KB of values.
        Assert.True(ofLong - ofShort < 56 * 20_000, $"{ofShort} bytes are held for 8 row groups, {ofLong} for 64");
        Assert.True(ofLong < 8_000_000, $"{ofLong} bytes are held");
    }

    /// <summary>The most memory held after a row group, above what was held before, and the length of the file.</summary>
    private static (long Bytes, long FileBytes) Peak(int groups)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true), peak = 0;
        var random = new Random(2);
        var schema = new ParquetSchema(new DataField<string>("id", isNullable: false), new ListField("tokens", new DataField<ushort>("element")));
        using ParquetWriter writer = ParquetWriter.Create(Stream.Null, schema, new ParquetOptions { Compression = CompressionMethod.None, PageBytes = 1 << 16 });
        ColumnBuffer[] columns = writer.CreateBuffers();
        ushort[] tokens = new ushort[200];
        for (int group = 0; group < groups; group++)
        {
            for (int row = 0; row < RowsOfGroup; row++)
            {
                foreach (ref ushort token in tokens.AsSpan())
                    token = (ushort)random.Next(65536);
                ((BinaryColumnBuffer)columns[0]).Add($"document {group}/{row}");
                ((ColumnBuffer<ushort>)columns[1]).AddList(tokens);
            }

            writer.WriteRowGroup(columns);
            foreach (ColumnBuffer column in columns)
                column.Clear();
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        writer.Finish();
        GC.KeepAlive(columns);
        return (peak, writer.ByteCount);
    }
}
