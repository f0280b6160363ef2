namespace DataPipeline.Parquet;

/// <summary>Where one data page lies and what it holds, as the file's page index tells it.</summary>
/// <param name="Offset">Offset in the file of the page's header.</param>
/// <param name="Bytes">Bytes of header and page in the file.</param>
/// <param name="FirstRow">First row of the page within its row group; pages start at rows.</param>
/// <param name="Statistics">Bounds and nulls, or null where the index has none; a page of nulls alone has no bounds.</param>
/// <param name="IsAllNull">Whether the page holds no values.</param>
public sealed record PageLocation(long Offset, int Bytes, long FirstRow, ColumnStatistics? Statistics, bool IsAllNull);

/// <summary>How the bounds of a column's pages go from page to page.</summary>
internal enum BoundaryOrder
{
    Unordered = 0,
    Ascending = 1,
    Descending = 2,
}

/// <summary>Collects a column chunk's pages and writes the two structures of the page index.</summary>
internal sealed class PageIndexBuilder(DataField field)
{
    private readonly List<PageLocation> _pages = [];
    private bool _hasBounds = true;

    public void Add(PageLocation page)
    {
        _pages.Add(page);
        _hasBounds &= page.IsAllNull || page.Statistics is { Min: not null, Max: not null };
    }

    public void WriteOffsets(ByteBuffer output)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.BeginList(1, ThriftType.Struct, _pages.Count);
        foreach (PageLocation page in _pages)
        {
            writer.BeginStruct();
            writer.Int64(1, page.Offset);
            writer.Int32(2, page.Bytes);
            writer.Int64(3, page.FirstRow);
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    /// <summary>Writes bounds and nulls of each page; nothing where one page's bounds are unknown, as the format demands.</summary>
    public void WriteColumn(ByteBuffer output)
    {
        if (!_hasBounds)
            return;

        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.BeginList(1, ThriftType.True, _pages.Count);
        foreach (PageLocation page in _pages)
            output.Add((byte)(page.IsAllNull ? ThriftType.True : ThriftType.False));
        writer.BeginList(2, ThriftType.Binary, _pages.Count);
        foreach (PageLocation page in _pages)
            writer.ListBinary(page.IsAllNull ? [] : page.Statistics!.Min);
        writer.BeginList(3, ThriftType.Binary, _pages.Count);
        foreach (PageLocation page in _pages)
            writer.ListBinary(page.IsAllNull ? [] : page.Statistics!.Max);
        writer.Int32(4, (int)Order());
        writer.BeginList(5, ThriftType.Int64, _pages.Count);
        foreach (PageLocation page in _pages)
            writer.ListInt64(page.Statistics!.NullCount ?? 0);
        writer.EndStruct();
    }

    private BoundaryOrder Order()
    {
        ColumnStatistics[] bounds = [.. _pages.Where(page => !page.IsAllNull).Select(page => page.Statistics!)];
        bool rises = true, falls = true;
        for (int i = 1; i < bounds.Length; i++)
        {
            int min = BoundOrder.Compare(field, bounds[i - 1].Min, bounds[i].Min), max = BoundOrder.Compare(field, bounds[i - 1].Max, bounds[i].Max);
            rises &= min <= 0 && max <= 0;
            falls &= min >= 0 && max >= 0;
        }

        return rises ? BoundaryOrder.Ascending : falls ? BoundaryOrder.Descending : BoundaryOrder.Unordered;
    }
}
