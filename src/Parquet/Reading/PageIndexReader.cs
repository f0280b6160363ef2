namespace DataPipeline.Parquet;

/// <summary>Reads the page index of a column chunk and holds what it claims against the chunk.</summary>
internal static class PageIndexReader
{
    public static PageLocation[] Read(ByteSource source, ColumnMetadata column, long rows, int group, ReadLimits limits)
    {
        string place = $"{source.Name}: row group {group}, column {column.Field}, page index at offset {column.OffsetIndex.Offset}";
        try
        {
            List<PageLocation> pages = ReadOffsets(Fetch(source, column.OffsetIndex, limits));
            Check(pages, column, rows);
            if (column.ColumnIndex.Bytes > 0)
                AddBounds(pages, Fetch(source, column.ColumnIndex, limits), column.Order.HasBounds(column.Field));
            return [.. pages];
        }
        catch (Exception fault) when (fault is ParquetException { IsPlaced: false } or ThriftEndException or OverflowException or ArgumentException)
        {
            throw ParquetException.At(place, fault.Message, fault);
        }
    }

    private static byte[] Fetch(ByteSource source, FileRange range, ReadLimits limits)
    {
        if (range.Offset < 4 || range.Bytes < 0 || range.Bytes > limits.MaxFooterBytes || range.Offset > source.Length - range.Bytes)
            throw new ParquetException($"{range.Bytes} bytes at offset {range.Offset} are claimed in a file of {source.Length} bytes");
        byte[] bytes = GC.AllocateUninitializedArray<byte>(range.Bytes);
        source.Read(range.Offset, bytes);
        return bytes;
    }

    private static List<PageLocation> ReadOffsets(byte[] bytes)
    {
        var pages = new List<PageLocation>();
        var reader = new ThriftReader(bytes);
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id != 1)
            {
                reader.Skip(type);
                continue;
            }

            for (int n = reader.BeginList(type, out _); n > 0; n--)
                pages.Add(ReadLocation(ref reader));
        }

        reader.EndStruct(saved);
        return pages;
    }

    private static PageLocation ReadLocation(ref ThriftReader reader)
    {
        long offset = -1, row = -1;
        int size = -1;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    offset = reader.Int64(type);
                    break;
                case 2:
                    size = reader.Int32(type);
                    break;
                case 3:
                    row = reader.Int64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        return new PageLocation(offset, size, row, null, false);
    }

    private static void Check(List<PageLocation> pages, ColumnMetadata column, long rows)
    {
        long at = column.StartOffset, end = column.StartOffset + column.CompressedBytes, row = -1;
        for (int i = 0; i < pages.Count; i++)
        {
            PageLocation page = pages[i];
            if (page.Offset < at || page.Bytes <= 0 || page.Bytes > end - page.Offset)
                throw new ParquetException($"page {i} claims {page.Bytes} bytes at offset {page.Offset}, outside its column or within the page before");
            if (page.FirstRow < row || (i == 0 && page.FirstRow != 0) || page.FirstRow >= Math.Max(1, rows))
                throw new ParquetException($"page {i} claims to start at row {page.FirstRow} of {rows}");
            (at, row) = (page.Offset + page.Bytes, page.FirstRow);
        }
    }

    private static void AddBounds(List<PageLocation> pages, byte[] bytes, bool isOrdered)
    {
        var isNull = new List<bool>();
        var min = new List<byte[]>();
        var max = new List<byte[]>();
        var nulls = new List<long>();
        var reader = new ThriftReader(bytes);
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
                        isNull.Add(reader.ListBool());
                    break;
                case 2 or 3:
                    for (int n = reader.BeginList(type, out ThriftType element); n > 0; n--)
                        (id == 2 ? min : max).Add(reader.Binary(element).ToArray());
                    break;
                case 5:
                    for (int n = reader.BeginList(type, out ThriftType element); n > 0; n--)
                        nulls.Add(reader.Int64(element));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        if (isNull.Count != pages.Count || min.Count != pages.Count || max.Count != pages.Count || (nulls.Count > 0 && nulls.Count != pages.Count))
            throw new ParquetException($"the bounds are given for {isNull.Count}, {min.Count} and {max.Count} pages where {pages.Count} are listed");

        // Whether bounds were shortened is not said, so they are taken as bounds only.
        for (int i = 0; i < pages.Count; i++)
        {
            pages[i] = pages[i] with
            {
                Statistics = new ColumnStatistics(isNull[i] || !isOrdered ? null : min[i], isNull[i] || !isOrdered ? null : max[i], nulls.Count > 0 ? nulls[i] : null, null, false, false),
                IsAllNull = isNull[i],
            };
        }
    }
}
