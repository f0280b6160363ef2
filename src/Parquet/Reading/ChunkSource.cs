namespace DataPipeline.Parquet;

/// <summary>
/// The column chunks of one row group while its rows are read. Where requests are dear (<see cref="ByteSource.GapBytes"/>) all ranges that will be needed
/// are fetched at the start, neighbours by one request; else chunks are read as they are used.
/// </summary>
internal sealed class ChunkSource : IDisposable
{
    private readonly RowGroupReader _group;
    private readonly Dictionary<int, IReadOnlyList<PageLocation>> _pages;
    private readonly ByteSource _source;

    private ChunkSource(ByteSource source, RowGroupReader group, Dictionary<int, IReadOnlyList<PageLocation>> pages) => (_source, _group, _pages) = (source, group, pages);

    /// <summary>Opens the chunks of some columns; <paramref name="spans"/> are the rows that will be read where those are not all.</summary>
    public static ChunkSource Open(ByteSource source, RowGroupReader group, ColumnSelection columns, GroupPages index, IReadOnlyList<RowSpan>? spans)
    {
        var pages = new Dictionary<int, IReadOnlyList<PageLocation>>();
        var ranges = new List<(long Start, long End)>();
        foreach (int leaf in columns.Leaves)
        {
            ColumnMetadata column = group.Metadata.Columns[leaf];
            if (spans is not null && index.Of(column.Field) is { } listed)
                pages.Add(leaf, listed);
            if (source.GapBytes > 0 && !column.IsEncrypted)
                AddRanges(ranges, column, pages.GetValueOrDefault(leaf), spans, group.RowCount);
        }

        return new ChunkSource(ranges.Count > 0 ? FetchedRanges.Of(source, ranges) : source, group, pages);
    }

    public ColumnChunkReader OpenChunk(DataField field, int group, ReadLimits limits) =>
        new(_source, _group.Metadata.Columns[field.Index], group, limits, _pages.GetValueOrDefault(field.Index));

    public void Dispose()
    {
        if (_source is FetchedRanges)
            _source.Dispose();
    }

    private static void AddRanges(List<(long Start, long End)> ranges, ColumnMetadata column, IReadOnlyList<PageLocation>? pages, IReadOnlyList<RowSpan>? spans, long rows)
    {
        if (pages is null || spans is null)
        {
            ranges.Add((column.StartOffset, column.StartOffset + column.CompressedBytes));
            return;
        }

        if (pages[0].Offset > column.StartOffset)
            ranges.Add((column.StartOffset, pages[0].Offset));
        int span = 0;
        for (int i = 0; i < pages.Count; i++)
        {
            long end = i + 1 < pages.Count ? pages[i + 1].FirstRow : rows;
            while (span < spans.Count && spans[span].End <= pages[i].FirstRow)
                span++;
            if (span < spans.Count && spans[span].Start < end)
                ranges.Add((pages[i].Offset, pages[i].Offset + pages[i].Bytes));
        }
    }
}
