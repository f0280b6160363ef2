namespace DataPipeline.Parquet;

/// <summary>Reads the footer's Thrift structures and checks that what they claim holds together.</summary>
internal static class FooterReader
{
    private const int MaxElements = 1 << 19;

    // pandas writes such files of frames that have an index alone; nothing but this bound holds a lie about their rows.
    private const int MaxRowsWithoutColumns = int.MaxValue;

    public static FileMetadata Read(ReadOnlySpan<byte> footer, long dataEnd)
    {
        var reader = new ThriftReader(footer);
        var elements = new List<SchemaElement>();
        var groups = new List<RawGroup>();
        var pairs = new List<KeyValuePair<string, string>>();
        var orders = new List<SortOrder>();
        int version = 0;
        long rows = -1;
        string? createdBy = null;

        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    version = reader.Int32(type);
                    break;
                case 2:
                    int count = reader.BeginList(type, out _);
                    if (count > MaxElements)
                        throw new ParquetException($"the schema lists {count} elements; at most {MaxElements} are read");
                    for (; count > 0; count--)
                        elements.Add(SchemaReader.Read(ref reader));
                    break;
                case 3:
                    rows = reader.Int64(type);
                    break;
                case 4:
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
                        groups.Add(ReadGroup(ref reader));
                    break;
                case 5:
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
                        pairs.Add(ReadPair(ref reader));
                    break;
                case 6:
                    createdBy = reader.Text(type);
                    break;
                case 7:
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
                        orders.Add(SortOrders.Read(ref reader));
                    break;
                default:
                    // Field 8 says that columns may be encrypted below a plain footer: the others are read.
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        ParquetSchema schema = SchemaTree.Build(elements);
        if (rows < 0 || (rows > MaxRowsWithoutColumns && schema.DataFields.Count == 0))
            throw new ParquetException($"the footer claims {rows} rows in {schema.DataFields.Count} columns");
        if (orders.Count != schema.DataFields.Count)
            orders = [.. Enumerable.Repeat(SortOrder.Unsaid, schema.DataFields.Count)];

        RowGroupMetadata[] checkedGroups = new RowGroupMetadata[groups.Count];
        long sum = 0;
        for (int i = 0; i < checkedGroups.Length; i++)
        {
            checkedGroups[i] = Check(groups[i], i, schema, orders, dataEnd);
            sum = checked(sum + checkedGroups[i].RowCount);
        }

        if (sum != rows)
            throw new ParquetException($"the footer claims {rows} rows but its row groups hold {sum}");

        return new FileMetadata { Version = version, Schema = schema, RowCount = rows, RowGroups = checkedGroups, CreatedBy = createdBy, KeyValues = pairs };
    }

    private static RowGroupMetadata Check(RawGroup group, int index, ParquetSchema schema, List<SortOrder> orders, long dataEnd)
    {
        if (group.Columns.Count != schema.DataFields.Count)
            throw new ParquetException($"row group {index} has {group.Columns.Count} columns but the schema has {schema.DataFields.Count}");
        if (group.Rows < 0)
            throw new ParquetException($"row group {index} claims {group.Rows} rows");

        var columns = new ColumnMetadata[group.Columns.Count];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = Check(group.Columns[i], group.Rows, schema.DataFields[i], orders[i], $"row group {index}, column {schema.DataFields[i]}", dataEnd);

        // An order by a column that is not there is no order.
        bool isKnown = group.Sorting.Count <= columns.Length && group.Sorting.All(sorting => (uint)sorting.Column < (uint)columns.Length);
        SortingColumn[] sorting = isKnown ? [.. group.Sorting.Select(by => new SortingColumn(schema.DataFields[by.Column].ToString(), by.Descending, by.NullsFirst))] : [];
        return new RowGroupMetadata { RowCount = group.Rows, TotalByteSize = group.Bytes, Columns = columns, SortingColumns = sorting };
    }

    private static ColumnMetadata Check(RawColumn raw, long rows, DataField field, SortOrder order, string place, long dataEnd)
    {
        if (raw.IsElsewhere)
            throw new ParquetException($"{place}: the data lies in another file, which is not read here");
        if (raw.Type is { } type && type != field.PhysicalType)
            throw new ParquetException($"{place}: the column claims type {raw.Type} but the schema says {field.PhysicalType}");
        if (raw.Path.Count > 0 && !raw.Path.SequenceEqual(field.Path))
            throw new ParquetException($"{place}: the column claims the path {string.Join('.', raw.Path)}");
        if (!raw.IsEncrypted && (raw.Values < 0 || (field.MaxRepetitionLevel == 0 ? raw.Values != rows : raw.Values < rows)))
            throw new ParquetException($"{place}: {raw.Values} values are claimed for {rows} rows");

        var column = new ColumnMetadata
        {
            Field = field,
            Compression = raw.Codec,
            Encodings = raw.Encodings,
            ValueCount = raw.Values,
            UncompressedBytes = raw.UncompressedBytes,
            CompressedBytes = raw.CompressedBytes,
            DataPageOffset = raw.DataPageOffset,
            DictionaryPageOffset = raw.DictionaryPageOffset,
            Statistics = raw.Statistics?.For(field, order),
            Order = order,
            IsEncrypted = raw.IsEncrypted,
            OffsetIndex = raw.OffsetIndex,
            ColumnIndex = raw.ColumnIndex,
            BloomFilterOffset = raw.BloomFilterOffset,
            BloomFilterBytes = raw.BloomFilterBytes,
        };
        bool isEmpty = raw.Values == 0 && raw.CompressedBytes == 0;
        if (!isEmpty && !raw.IsEncrypted && (column.StartOffset < 4 || raw.CompressedBytes < 0 || raw.CompressedBytes > dataEnd - column.StartOffset))
            throw new ParquetException($"{place}: {raw.CompressedBytes} bytes at offset {column.StartOffset} are claimed, but the data of the file ends at {dataEnd}");
        return column;
    }

    private static KeyValuePair<string, string> ReadPair(ref ThriftReader reader)
    {
        string key = "", value = "";
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                key = reader.Text(type);
            else if (id == 2)
                value = reader.Text(type);
            else
                reader.Skip(type);
        }

        reader.EndStruct(saved);
        return new(key, value);
    }

    private static RawGroup ReadGroup(ref ThriftReader reader)
    {
        var group = new RawGroup();
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
                        group.Columns.Add(RawColumn.Read(ref reader));
                    break;
                case 2:
                    group.Bytes = reader.Int64(type);
                    break;
                case 3:
                    group.Rows = reader.Int64(type);
                    break;
                case 4:
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
                        group.Sorting.Add(ReadSorting(ref reader));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        return group;
    }

    private static (int Column, bool Descending, bool NullsFirst) ReadSorting(ref ThriftReader reader)
    {
        (int Column, bool Descending, bool NullsFirst) sorting = (-1, false, false);
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                sorting.Column = reader.Int32(type);
            else if (id == 2)
                sorting.Descending = ThriftReader.Bool(type);
            else if (id == 3)
                sorting.NullsFirst = ThriftReader.Bool(type);
            else
                reader.Skip(type);
        }

        reader.EndStruct(saved);
        return sorting;
    }

    private sealed class RawGroup
    {
        public List<RawColumn> Columns { get; } = [];

        public List<(int Column, bool Descending, bool NullsFirst)> Sorting { get; } = [];

        public long Bytes { get; set; }

        public long Rows { get; set; } = -1;
    }
}
