namespace DataPipeline.Parquet;

/// <summary>Writes the footer's Thrift structures.</summary>
internal static class FooterWriter
{
    public static void Write(ByteBuffer output, FileMetadata file)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.Int32(1, file.Version);
        List<SchemaElement> elements = file.Schema.ToElements();
        writer.BeginList(2, ThriftType.Struct, elements.Count);
        foreach (SchemaElement element in elements)
            WriteElement(writer, element);

        writer.Int64(3, file.RowCount);
        writer.BeginList(4, ThriftType.Struct, file.RowGroups.Count);
        for (int i = 0; i < file.RowGroups.Count; i++)
            WriteGroup(writer, file.RowGroups[i], i);

        if (file.KeyValues.Count > 0)
        {
            writer.BeginList(5, ThriftType.Struct, file.KeyValues.Count);
            foreach (KeyValuePair<string, string> pair in file.KeyValues)
            {
                writer.BeginStruct();
                writer.Text(1, pair.Key);
                writer.Text(2, pair.Value);
                writer.EndStruct();
            }
        }

        if (file.CreatedBy is not null)
            writer.Text(6, file.CreatedBy);

        // Without column orders readers must not trust minimum and maximum.
        writer.BeginList(7, ThriftType.Struct, file.Schema.DataFields.Count);
        for (int i = 0; i < file.Schema.DataFields.Count; i++)
        {
            writer.BeginStruct();
            writer.BeginStruct(1);
            writer.EndStruct();
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    private static void WriteElement(ThriftWriter writer, SchemaElement element)
    {
        writer.BeginStruct();
        if (element.Type is { } type)
            writer.Int32(1, (int)type);
        if (element.TypeLength > 0)
            writer.Int32(2, element.TypeLength);
        if (!element.IsRoot)
            writer.Int32(3, (int)element.Repetition);
        writer.Text(4, element.Name);
        if (element.Type is null)
            writer.Int32(5, element.ChildCount);
        if (element.Converted != ConvertedType.None)
            writer.Int32(6, (int)element.Converted);
        if (element.Logical?.Kind == LogicalKind.Decimal)
        {
            writer.Int32(7, element.Logical.Scale);
            writer.Int32(8, element.Logical.Precision);
        }

        WriteLogical(writer, element);
        writer.EndStruct();
    }

    private static void WriteLogical(ThriftWriter writer, SchemaElement element)
    {
        int id = (element.Converted, element.Logical?.Kind) switch
        {
            (ConvertedType.Map, _) => 2,
            (ConvertedType.List, _) => 3,
            (_, LogicalKind.String) => 1,
            (_, LogicalKind.Enum) => 4,
            (_, LogicalKind.Decimal) => 5,
            (_, LogicalKind.Date) => 6,
            (_, LogicalKind.Time) => 7,
            (_, LogicalKind.Timestamp) => 8,
            (_, LogicalKind.Integer) => 10,
            (_, LogicalKind.Json) => 12,
            (_, LogicalKind.Bson) => 13,
            (_, LogicalKind.Uuid) => 14,
            (_, LogicalKind.Float16) => 15,
            _ => 0,
        };
        if (id == 0)
            return;

        writer.BeginStruct(10);
        writer.BeginStruct(id);
        switch (element.Logical?.Kind)
        {
            case LogicalKind.Integer:
                writer.Int8(1, element.Logical.BitWidth);
                writer.Bool(2, element.Logical.IsSigned);
                break;
            case LogicalKind.Decimal:
                writer.Int32(1, element.Logical.Scale);
                writer.Int32(2, element.Logical.Precision);
                break;
            case LogicalKind.Time or LogicalKind.Timestamp:
                writer.Bool(1, element.Logical.IsUtc);
                writer.BeginStruct(2);
                writer.BeginStruct(1 + (int)element.Logical.Unit);
                writer.EndStruct();
                writer.EndStruct();
                break;
        }

        writer.EndStruct();
        writer.EndStruct();
    }

    private static void WriteGroup(ThriftWriter writer, RowGroupMetadata group, int ordinal)
    {
        writer.BeginStruct();
        writer.BeginList(1, ThriftType.Struct, group.Columns.Count);
        long compressed = 0;
        foreach (ColumnMetadata column in group.Columns)
        {
            compressed += column.CompressedBytes;
            writer.BeginStruct();
            writer.Int64(2, 0);
            writer.BeginStruct(3);
            WriteColumn(writer, column);
            writer.EndStruct();
            WriteRange(writer, 4, column.OffsetIndex);
            WriteRange(writer, 6, column.ColumnIndex);
            writer.EndStruct();
        }

        writer.Int64(2, group.TotalByteSize);
        writer.Int64(3, group.RowCount);
        if (group.SortingColumns.Count > 0)
            WriteSorting(writer, group);
        if (group.Columns.Count > 0)
            writer.Int64(5, group.Columns[0].StartOffset);
        writer.Int64(6, compressed);
        if (ordinal <= short.MaxValue)
            writer.Int16(7, ordinal);
        writer.EndStruct();
    }

    private static void WriteSorting(ThriftWriter writer, RowGroupMetadata group)
    {
        string[] paths = [.. group.Columns.Select(column => column.Field.ToString())];
        writer.BeginList(4, ThriftType.Struct, group.SortingColumns.Count);
        foreach (SortingColumn sorting in group.SortingColumns)
        {
            writer.BeginStruct();
            writer.Int32(1, Array.IndexOf(paths, sorting.Column));
            writer.Bool(2, sorting.Descending);
            writer.Bool(3, sorting.NullsFirst);
            writer.EndStruct();
        }
    }

    private static void WriteRange(ThriftWriter writer, int id, FileRange range)
    {
        if (range.Bytes == 0)
            return;
        writer.Int64(id, range.Offset);
        writer.Int32(id + 1, range.Bytes);
    }

    private static void WriteColumn(ThriftWriter writer, ColumnMetadata column)
    {
        writer.Int32(1, (int)column.Field.PhysicalType);
        writer.BeginList(2, ThriftType.Int32, column.Encodings.Count);
        foreach (PageEncoding encoding in column.Encodings)
            writer.ListInt32((int)encoding);
        writer.BeginList(3, ThriftType.Binary, column.Field.Path.Count);
        foreach (string name in column.Field.Path)
            writer.ListText(name);
        writer.Int32(4, (int)column.Compression);
        writer.Int64(5, column.ValueCount);
        writer.Int64(6, column.UncompressedBytes);
        writer.Int64(7, column.CompressedBytes);
        writer.Int64(9, column.DataPageOffset);
        if (column.DictionaryPageOffset is { } dictionary)
            writer.Int64(11, dictionary);
        if (column.Statistics is { } statistics)
            WriteStatistics(writer, statistics);
        if (column.PageEncodings.Count > 0)
            WritePageEncodings(writer, column.PageEncodings);
        if (column.BloomFilterOffset is { } bloom)
            writer.Int64(14, bloom);
        if (column.BloomFilterBytes is { } bloomBytes)
            writer.Int32(15, bloomBytes);
        if (column.Size is { } size)
            WriteSize(writer, size);
    }

    private static void WritePageEncodings(ThriftWriter writer, IReadOnlyList<PageEncodingCount> pages)
    {
        writer.BeginList(13, ThriftType.Struct, pages.Count);
        foreach ((PageKind kind, PageEncoding encoding, int count) in pages)
        {
            writer.BeginStruct();
            writer.Int32(1, (int)kind);
            writer.Int32(2, (int)encoding);
            writer.Int32(3, count);
            writer.EndStruct();
        }
    }

    private static void WriteSize(ThriftWriter writer, SizeStatistics size)
    {
        writer.BeginStruct(16);
        if (size.TextBytes is { } bytes)
            writer.Int64(1, bytes);
        WriteHistogram(writer, 2, size.RepetitionLevels);
        WriteHistogram(writer, 3, size.DefinitionLevels);
        writer.EndStruct();
    }

    private static void WriteHistogram(ThriftWriter writer, int id, long[] counts)
    {
        if (counts.Length == 0)
            return;
        writer.BeginList(id, ThriftType.Int64, counts.Length);
        foreach (long count in counts)
            writer.ListInt64(count);
    }

    private static void WriteStatistics(ThriftWriter writer, ColumnStatistics statistics)
    {
        writer.BeginStruct(12);
        if (statistics.NullCount is { } nulls)
            writer.Int64(3, nulls);
        if (statistics.DistinctCount is { } distinct)
            writer.Int64(4, distinct);
        if (statistics.Max is not null)
            writer.Binary(5, statistics.Max);
        if (statistics.Min is not null)
            writer.Binary(6, statistics.Min);
        if (statistics.Max is not null)
            writer.Bool(7, statistics.IsMaxExact);
        if (statistics.Min is not null)
            writer.Bool(8, statistics.IsMinExact);
        writer.EndStruct();
    }
}
