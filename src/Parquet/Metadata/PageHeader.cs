namespace DataPipeline.Parquet;

/// <summary>The header before each page.</summary>
internal struct PageHeader
{
    public PageKind Kind;
    public int UncompressedSize;
    public int CompressedSize;
    public uint? Crc;
    public int ValueCount;
    public PageEncoding Encoding;
    public PageEncoding DefinitionEncoding;
    public PageEncoding RepetitionEncoding;
    public int DefinitionBytes;
    public int RepetitionBytes;
    public int NullCount;
    public bool IsCompressed;
    private bool _hasBody;

    /// <summary>Reads a header and returns how many bytes it took.</summary>
    public static int Read(ReadOnlySpan<byte> bytes, out PageHeader header)
    {
        header = new PageHeader { IsCompressed = true, Kind = (PageKind)(-1), UncompressedSize = -1, CompressedSize = -1, ValueCount = -1 };
        var reader = new ThriftReader(bytes);
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    header.Kind = (PageKind)reader.Int32(type);
                    break;
                case 2:
                    header.UncompressedSize = reader.Int32(type);
                    break;
                case 3:
                    header.CompressedSize = reader.Int32(type);
                    break;
                case 4:
                    header.Crc = (uint)reader.Int32(type);
                    break;
                case 5:
                    header.ReadBody(ref reader, PageKind.Data);
                    break;
                case 7:
                    header.ReadBody(ref reader, PageKind.Dictionary);
                    break;
                case 8:
                    header.ReadBody(ref reader, PageKind.DataV2);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        header.Check();
        return reader.Position;
    }

    private void ReadBody(ref ThriftReader reader, PageKind kind)
    {
        _hasBody |= kind == Kind;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (kind, id)
            {
                case (_, 1):
                    ValueCount = reader.Int32(type);
                    break;
                case (PageKind.Data or PageKind.Dictionary, 2) or (PageKind.DataV2, 4):
                    Encoding = (PageEncoding)reader.Int32(type);
                    break;
                case (PageKind.Data, 3):
                    DefinitionEncoding = (PageEncoding)reader.Int32(type);
                    break;
                case (PageKind.Data, 4):
                    RepetitionEncoding = (PageEncoding)reader.Int32(type);
                    break;
                case (PageKind.DataV2, 2):
                    NullCount = reader.Int32(type);
                    break;
                case (PageKind.DataV2, 5):
                    DefinitionBytes = reader.Int32(type);
                    break;
                case (PageKind.DataV2, 6):
                    RepetitionBytes = reader.Int32(type);
                    break;
                case (PageKind.DataV2, 7):
                    IsCompressed = ThriftReader.Bool(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
    }

    private readonly void Check()
    {
        if (Kind is not (PageKind.Data or PageKind.Index or PageKind.Dictionary or PageKind.DataV2))
            throw new ParquetException($"the page has the unknown type {(int)Kind}");
        if (UncompressedSize < 0 || CompressedSize < 0)
            throw new ParquetException($"the page claims {CompressedSize} bytes in the file and {UncompressedSize} unpacked");
        if (Kind == PageKind.Index)
            return;
        if (!_hasBody || ValueCount < 0)
            throw new ParquetException($"the page header is incomplete or claims {ValueCount} values");
        if (Kind == PageKind.DataV2 && (DefinitionBytes < 0 || RepetitionBytes < 0 || (long)DefinitionBytes + RepetitionBytes > Math.Min(UncompressedSize, CompressedSize)))
            throw new ParquetException($"the page claims {RepetitionBytes} + {DefinitionBytes} bytes of levels in {CompressedSize} bytes");
    }
}
