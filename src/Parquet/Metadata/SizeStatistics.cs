namespace DataPipeline.Parquet;

/// <summary>What a column chunk takes in memory once decoded: readers plan buffers by it.</summary>
/// <param name="TextBytes">Bytes of all byte arrays without their lengths; null for other types.</param>
/// <param name="RepetitionLevels">Entries of each repetition level; empty outside lists.</param>
/// <param name="DefinitionLevels">Entries of each definition level; empty for required columns.</param>
internal sealed record SizeStatistics(long? TextBytes, long[] RepetitionLevels, long[] DefinitionLevels)
{
    public static SizeStatistics Of(ColumnBuffer column) => new(
        column.Field.PhysicalType == PhysicalType.ByteArray ? column.ByteCount - (4L * column.ValueCount) : null,
        Histogram(column.RepetitionLevels, column.Field.MaxRepetitionLevel),
        Histogram(column.DefinitionLevels, column.Field.MaxDefinitionLevel));

    private static long[] Histogram(LevelRuns levels, int largest)
    {
        if (largest == 0)
            return [];

        long[] counts = new long[largest + 1];
        for (int run = 0; run < levels.RunCount; run++)
        {
            (int level, long length) = levels[run];
            counts[level] += length;
        }

        return counts;
    }
}
