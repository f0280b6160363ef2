namespace DataPipeline.Parquet;

/// <summary>Reads the footer's Thrift structures and checks that what they claim holds together.</summary>
internal static class FooterReader
{
    public static FileMetadata Read(ReadOnlySpan<byte> footer, long dataEnd)
    {
        var reader = new ThriftReader(footer);
        var elements = new List<SchemaElement>();
        var groups = new List<RawGroup>();
        var pairs = new List<KeyValuePair<string, string>>();
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
                    for (int n = reader.BeginList(type, out _); n > 0; n--)
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
                case 8:
                    throw new ParquetException("the file is encrypted, which is not read here");
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        ParquetSchema schema = SchemaTree.Build(elements);
        if (rows < 0 || (rows > 0 && schema.DataFields.Count == 0))
            throw new ParquetException($"the footer claims {rows} rows in {schema.DataFields.Count} columns");

        RowGroupMetadata[] checkedGroups = new RowGroupMetadata[groups.Count];
        long sum = 0;
        for (int i = 0; i < checkedGroups.Length; i++)
        {
            checkedGroups[i] = Check(groups[i], i, schema, dataEnd);
            sum = checked(sum + checkedGroups[i].RowCount);
        }

        if (sum != rows)
            throw new ParquetException($"the footer claims {rows} rows but its row groups hold {sum}");

        return new FileMetadata { Version = version, Schema = schema, RowCount = rows, RowGroups = checkedGroups, CreatedBy = createdBy, KeyValues = pairs };
    }

    private static RowGroupMetadata Check(RawGroup group, int index, ParquetSchema schema, long dataEnd)
    {
        if (group.Columns.Count != schema.DataFields.Count)
            throw new ParquetException($"row group {index} has {group.Columns.Count} columns but the schema has {schema.DataFields.Count}");
        if (group.Rows < 0)
            throw new ParquetException($"row group {index} claims {group.Rows} rows");

        var columns = new ColumnMetadata[group.Columns.Count];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = Check(group.Columns[i], group.Rows, schema.DataFields[i], $"row group {index}, column {schema.DataFields[i]}", dataEnd);

        // An order by a column that is not there is no order.
        bool isKnown = group.Sorting.All(sorting => (uint)sorting.Column < (uint)columns.Length);
        SortingColumn[] sorting = isKnown ? [.. group.Sorting.Select(by => new SortingColumn(schema.DataFields[by.Column].ToString(), by.Descending, by.NullsFirst))] : [];
        return new RowGroupMetadata { RowCount = group.Rows, TotalByteSize = group.Bytes, Columns = columns, SortingColumns = sorting };
    }

    private static ColumnMetadata Check(RawColumn raw, long rows, DataField field, string place, long dataEnd)
    {
        if (raw.IsElsewhere)
            throw new ParquetException($"{place}: the data lies in another file, which is not read here");
        if (raw.IsEncrypted)
            throw new ParquetException($"{place}: the column is encrypted, which is not read here");
        if (raw.Type != field.PhysicalType)
            throw new ParquetException($"{place}: the column claims type {raw.Type} but the schema says {field.PhysicalType}");
        if (!raw.Path.SequenceEqual(field.Path))
            throw new ParquetException($"{place}: the column claims the path {string.Join('.', raw.Path)}");
        if (raw.Values < 0 || (field.MaxRepetitionLevel == 0 ? raw.Values != rows : raw.Values < rows))
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
            Statistics = raw.Statistics?.For(field),
            OffsetIndex = raw.OffsetIndex,
            ColumnIndex = raw.ColumnIndex,
            BloomFilterOffset = raw.BloomFilterOffset,
            BloomFilterBytes = raw.BloomFilterBytes,
        };
        bool isEmpty = raw.Values == 0 && raw.CompressedBytes == 0;
        if (!isEmpty && (column.StartOffset < 4 || raw.CompressedBytes < 0 || raw.CompressedBytes > dataEnd - column.StartOffset))
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
                        group.Columns.Add(ReadChunk(ref reader));
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

    private static RawColumn ReadChunk(ref ThriftReader reader)
    {
        var column = new RawColumn();
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                column.IsElsewhere = reader.Binary(type).Length > 0;
            else if (id == 3)
                ReadColumn(ref reader, column);
            else if (id == 4)
                column.OffsetIndex = column.OffsetIndex with { Offset = reader.Int64(type) };
            else if (id == 5)
                column.OffsetIndex = column.OffsetIndex with { Bytes = reader.Int32(type) };
            else if (id == 6)
                column.ColumnIndex = column.ColumnIndex with { Offset = reader.Int64(type) };
            else if (id == 7)
                column.ColumnIndex = column.ColumnIndex with { Bytes = reader.Int32(type) };
            else
                reader.Skip(type);

            column.IsEncrypted |= id is 8 or 9;
        }

        reader.EndStruct(saved);
        return column;
    }

    private static void ReadColumn(ref ThriftReader reader, RawColumn column)
    {
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    column.Type = (PhysicalType)reader.Int32(type);
                    break;
                case 2:
                    for (int n = reader.BeginList(type, out ThriftType element); n > 0; n--)
                        column.Encodings.Add((PageEncoding)reader.Int32(element));
                    break;
                case 3:
                    for (int n = reader.BeginList(type, out ThriftType element); n > 0; n--)
                        column.Path.Add(reader.Text(element));
                    break;
                case 4:
                    column.Codec = (CompressionMethod)reader.Int32(type);
                    break;
                case 5:
                    column.Values = reader.Int64(type);
                    break;
                case 6:
                    column.UncompressedBytes = reader.Int64(type);
                    break;
                case 7:
                    column.CompressedBytes = reader.Int64(type);
                    break;
                case 9:
                    column.DataPageOffset = reader.Int64(type);
                    break;
                case 11:
                    column.DictionaryPageOffset = reader.Int64(type);
                    break;
                case 12:
                    column.Statistics = RawStatistics.Read(ref reader);
                    break;
                case 14:
                    column.BloomFilterOffset = reader.Int64(type);
                    break;
                case 15:
                    column.BloomFilterBytes = reader.Int32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
    }

    private sealed class RawGroup
    {
        public List<RawColumn> Columns { get; } = [];

        public List<(int Column, bool Descending, bool NullsFirst)> Sorting { get; } = [];

        public long Bytes { get; set; }

        public long Rows { get; set; } = -1;
    }

    private sealed class RawColumn
    {
        public PhysicalType Type { get; set; } = (PhysicalType)(-1);

        public List<PageEncoding> Encodings { get; } = [];

        public List<string> Path { get; } = [];

        public CompressionMethod Codec { get; set; }

        public long Values { get; set; } = -1;

        public long UncompressedBytes { get; set; }

        public long CompressedBytes { get; set; }

        public long DataPageOffset { get; set; }

        public long? DictionaryPageOffset { get; set; }

        public RawStatistics? Statistics { get; set; }

        public long? BloomFilterOffset { get; set; }

        public int? BloomFilterBytes { get; set; }

        public FileRange OffsetIndex { get; set; }

        public FileRange ColumnIndex { get; set; }

        public bool IsElsewhere { get; set; }

        public bool IsEncrypted { get; set; }
    }
}
