namespace DataPipeline.Parquet;

/// <summary>A column chunk as the footer tells it, before it is held against schema and file.</summary>
internal sealed class RawColumn
{
    public PhysicalType? Type { get; private set; }

    public List<PageEncoding> Encodings { get; } = new(4);

    /// <summary>Empty where the writer left the path out, as newer versions of the format allow.</summary>
    public List<string> Path { get; } = new(1);

    public CompressionMethod Codec { get; private set; }

    public long Values { get; private set; } = -1;

    public long UncompressedBytes { get; private set; }

    public long CompressedBytes { get; private set; }

    public long DataPageOffset { get; private set; }

    public long? DictionaryPageOffset { get; private set; }

    public RawStatistics? Statistics { get; private set; }

    public long? BloomFilterOffset { get; private set; }

    public int? BloomFilterBytes { get; private set; }

    public FileRange OffsetIndex { get; private set; }

    public FileRange ColumnIndex { get; private set; }

    public bool IsElsewhere { get; private set; }

    public bool IsEncrypted { get; private set; }

    public static RawColumn Read(ref ThriftReader reader)
    {
        var column = new RawColumn();
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                column.IsElsewhere = reader.Binary(type).Length > 0;
            else if (id == 3)
                column.ReadMetadata(ref reader);
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
        if (column.Type is null && !column.IsEncrypted)
            throw new ParquetException("a column chunk lacks its metadata");
        return column;
    }

    private void ReadMetadata(ref ThriftReader reader)
    {
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    Type = (PhysicalType)reader.Int32(type);
                    break;
                case 2:
                    for (int n = reader.BeginList(type, out ThriftType element); n > 0; n--)
                        Encodings.Add((PageEncoding)reader.Int32(element));
                    break;
                case 3:
                    for (int n = reader.BeginList(type, out ThriftType element); n > 0; n--)
                        Path.Add(reader.Text(element));
                    break;
                case 4:
                    Codec = (CompressionMethod)reader.Int32(type);
                    break;
                case 5:
                    Values = reader.Int64(type);
                    break;
                case 6:
                    UncompressedBytes = reader.Int64(type);
                    break;
                case 7:
                    CompressedBytes = reader.Int64(type);
                    break;
                case 9:
                    DataPageOffset = reader.Int64(type);
                    break;
                case 11:
                    DictionaryPageOffset = reader.Int64(type);
                    break;
                case 12:
                    Statistics = RawStatistics.Read(ref reader);
                    break;
                case 14:
                    BloomFilterOffset = reader.Int64(type);
                    break;
                case 15:
                    BloomFilterBytes = reader.Int32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
    }
}
