namespace DataPipeline.Parquet;

/// <summary>Rows from <paramref name="Start"/> up to and without <paramref name="End"/>, counted in their row group.</summary>
internal readonly record struct RowSpan(long Start, long End);

/// <summary>
/// Which rows of a row group may lie in all of some ranges: by the statistics of its chunks, then Bloom filters where one value is asked for, then the
/// bounds of pages. Only what certainly holds no such row is left out.
/// </summary>
internal sealed class RangeFilter(IReadOnlyList<ColumnRange> ranges, IReadOnlyList<DataField> fields)
{
    /// <summary>The rows to read, in order; empty where the whole group can be left out.</summary>
    public List<RowSpan> RowsOf(RowGroupReader group, GroupPages pages)
    {
        List<RowSpan> rows = group.RowCount == 0 ? [] : [new RowSpan(0, group.RowCount)];
        for (int i = 0; i < ranges.Count && rows.Count > 0; i++)
        {
            ColumnMetadata column = group.Metadata.Columns[fields[i].Index];
            if (!ranges[i].MayKeep(column, column.Statistics, group.RowCount))
                return [];
        }

        for (int i = 0; i < ranges.Count && rows.Count > 0; i++)
        {
            int at = i;
            if (!ranges[i].MayKeep(group.Metadata.Columns[fields[i].Index], () => group.ReadBloomFilter(fields[at])))
                return [];
        }

        for (int i = 0; i < ranges.Count && rows.Count > 0; i++)
            rows = Intersect(rows, PagesOf(group, pages, ranges[i], fields[i]));
        return rows;
    }

    private static List<RowSpan> PagesOf(RowGroupReader group, GroupPages index, ColumnRange range, DataField field)
    {
        ColumnMetadata column = group.Metadata.Columns[field.Index];
        if (column.ColumnIndex.Bytes == 0 || index.Of(field) is not { } pages)
            return [new RowSpan(0, group.RowCount)];

        var rows = new List<RowSpan>();
        for (int i = 0; i < pages.Count; i++)
        {
            var span = new RowSpan(pages[i].FirstRow, i + 1 < pages.Count ? pages[i + 1].FirstRow : group.RowCount);
            if (pages[i].IsAllNull || !range.MayKeep(column, pages[i].Statistics, span.End - span.Start))
                continue;
            if (rows.Count > 0 && rows[^1].End == span.Start)
                rows[^1] = rows[^1] with { End = span.End };
            else
                rows.Add(span);
        }

        return rows;
    }

    private static List<RowSpan> Intersect(List<RowSpan> a, List<RowSpan> b)
    {
        var both = new List<RowSpan>();
        for (int i = 0, k = 0; i < a.Count && k < b.Count;)
        {
            var span = new RowSpan(Math.Max(a[i].Start, b[k].Start), Math.Min(a[i].End, b[k].End));
            if (span.Start < span.End)
                both.Add(span);
            if (a[i].End <= b[k].End)
                i++;
            else
                k++;
        }

        return both;
    }
}
