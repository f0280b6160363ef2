namespace DataPipeline.Parquet;

/// <summary>
/// Reads one column chunk page by page, a bounded number of entries at a time. Every claim of a page header is held against the
/// chunk's bytes and the entries still due before memory is taken.
/// </summary>
internal sealed class ColumnChunkReader : IDisposable
{
    private const int Window = 1 << 20;
    private const int FirstHeader = 1 << 12;
    private const int LargestHeader = 1 << 24;
    private readonly ByteSource _source;
    private readonly ColumnMetadata _chunk;
    private readonly DataField _field;
    private readonly ReadLimits _limits;
    private readonly PageCodec _codec = new();
    private readonly long _end;
    private readonly int _group;
    private long _next;
    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;
    private int _pageNumber = -1;
    private long _pageOffset;
    private int _pageLeft;
    private LevelDecoder? _repetitions;
    private LevelDecoder? _definitions;
    private ValueDecoder? _values;
    private ColumnBuffer? _dictionary;

    public ColumnChunkReader(ByteSource source, ColumnMetadata chunk, int group, ReadLimits limits)
    {
        (_source, _chunk, _field, _group, _limits) = (source, chunk, chunk.Field, group, limits);
        _next = _pageOffset = chunk.StartOffset;
        _end = _next + chunk.CompressedBytes;
        EntriesLeft = chunk.ValueCount;
    }

    /// <summary>Entries of the chunk not read yet.</summary>
    public long EntriesLeft { get; private set; }

    /// <summary>Appends up to <paramref name="count"/> entries, all from one page, and returns how many; 0 at the end.</summary>
    public int Read(ColumnBuffer into, int count)
    {
        try
        {
            while (_pageLeft == 0)
            {
                if (EntriesLeft == 0)
                    return 0;
                NextPage(into);
            }

            int n = Math.Min(count, _pageLeft);
            int values = n;
            if (_repetitions is not null)
            {
                bool isStart = into.RepetitionLevels.Count == 0 && EntriesLeft == _chunk.ValueCount;
                _repetitions.Read(into.RepetitionLevels, n, _field.MaxRepetitionLevel);
                if (isStart && into.RepetitionLevels[0].Level != 0)
                    throw new ParquetException("the column starts within a row");
            }

            if (_definitions is not null)
                values = _definitions.Read(into.DefinitionLevels, n, _field.MaxDefinitionLevel);
            if (values > 0)
                _values!.Decode(into, values);
            if (into.MemoryBytes > Math.Max(_limits.MaxColumnBytes, _chunk.CompressedBytes * 32))
                throw new ParquetException($"the column takes {into.MemoryBytes} bytes in memory from {_chunk.CompressedBytes} in the file: if that is right, stream its rows or raise {nameof(ReadLimits.MaxColumnBytes)}");

            _pageLeft -= n;
            EntriesLeft -= n;
            return n;
        }
        catch (Exception fault) when (fault is ParquetException { IsPlaced: false } or ThriftEndException or IndexOutOfRangeException or ArgumentException or OverflowException or InvalidDataException)
        {
            throw ParquetException.At(
                $"{_source.Name}: row group {_group}, column {_field}, page {Math.Max(0, _pageNumber)} at offset {_pageOffset}",
                fault is ParquetException ? fault.Message : $"the page is damaged ({fault.Message})",
                fault);
        }
    }

    public void Dispose() => _codec.Dispose();

    private void NextPage(ColumnBuffer like)
    {
        _pageOffset = _next;
        _pageNumber++;
        (PageHeader header, int headerBytes) = ReadHeader();
        long left = _end - _next - headerBytes;
        if (header.CompressedSize > left)
            throw new ParquetException($"the page claims {header.CompressedSize} bytes where {left} are left in its column");
        if (header.UncompressedSize > _limits.MaxPageBytes)
            throw new ParquetException($"the page claims {header.UncompressedSize} bytes unpacked; the limit is {_limits.MaxPageBytes} ({nameof(ReadLimits.MaxPageBytes)})");

        int at = Fetch(_next + headerBytes, header.CompressedSize);
        _next += headerBytes + header.CompressedSize;
        if (header.Crc is { } crc && Crc32.Of(_window.AsSpan(at, header.CompressedSize)) != crc)
            throw new ParquetException("the page does not match its checksum: the file is damaged");

        switch (header.Kind)
        {
            case PageKind.Dictionary:
                ReadDictionary(header, at, like);
                break;
            case PageKind.Data:
                StartPage(header, at);
                break;
            case PageKind.DataV2:
                StartPageV2(header, at);
                break;
            default:
                break;
        }
    }

    private void ReadDictionary(in PageHeader header, int at, ColumnBuffer like)
    {
        if (_dictionary is not null)
            throw new ParquetException("the column has a second dictionary");
        if (header.Encoding is not (PageEncoding.Plain or PageEncoding.PlainDictionary))
            throw new ParquetException($"the dictionary has the encoding {header.Encoding}, which is not read here");

        byte[] page = _codec.Decompress(_chunk.Compression, _window, at, header.CompressedSize, header.UncompressedSize, 0);
        _dictionary = like.CreateEmpty();
        ValueDecoder.Create(PageEncoding.Plain, _field, null, page, 0, page.Length).Decode(_dictionary, header.ValueCount);
    }

    private void StartPage(in PageHeader header, int at)
    {
        CheckCount(header.ValueCount);
        byte[] page = _codec.Decompress(_chunk.Compression, _window, at, header.CompressedSize, header.UncompressedSize, 0);
        int offset = 0;
        _repetitions = Levels(header.RepetitionEncoding, _field.MaxRepetitionLevel, header.ValueCount, page, ref offset);
        _definitions = Levels(header.DefinitionEncoding, _field.MaxDefinitionLevel, header.ValueCount, page, ref offset);
        StartValues(header, page, offset);
    }

    private void StartPageV2(in PageHeader header, int at)
    {
        CheckCount(header.ValueCount);
        int levels = header.RepetitionBytes + header.DefinitionBytes;
        CompressionMethod method = header.IsCompressed ? _chunk.Compression : CompressionMethod.None;
        int packed = header.CompressedSize - levels;
        byte[] page = packed == 0
            ? new byte[levels]
            : _codec.Decompress(method, _window, at + levels, packed, header.UncompressedSize - levels, levels);
        _window.AsSpan(at, levels).CopyTo(page);
        _repetitions = LevelsV2(_field.MaxRepetitionLevel, page, 0, header.RepetitionBytes);
        _definitions = LevelsV2(_field.MaxDefinitionLevel, page, header.RepetitionBytes, header.DefinitionBytes);
        StartValues(header, page, levels);
    }

    private void StartValues(in PageHeader header, byte[] page, int offset)
    {
        _pageLeft = header.ValueCount;

        // A page of nulls alone may hold no bytes of values at all, not even an encoding's header.
        _values = offset == page.Length
            ? new PlainDecoder(page, offset, page.Length)
            : ValueDecoder.Create(header.Encoding, _field, _dictionary, page, offset, page.Length);
        if (offset == page.Length && header.Encoding is PageEncoding.PlainDictionary or PageEncoding.RleDictionary && _dictionary is not null)
            _values = new DictionaryDecoder(_dictionary, page, offset, page.Length);
    }

    private void CheckCount(int claimed)
    {
        if (claimed > EntriesLeft)
            throw new ParquetException($"the page claims {claimed} values where {EntriesLeft} are left in its column");
    }

    private static LevelDecoder? Levels(PageEncoding encoding, int largest, int count, byte[] page, ref int offset)
    {
        if (largest == 0)
            return null;

        int width = LevelDecoder.WidthOf(largest);
        if (encoding == PageEncoding.BitPacked)
        {
            int start = offset;
            long bytes = (((long)count * width) + 7) / 8;
            if (bytes > page.Length - offset)
                throw new ParquetException("the page ends within its levels");
            offset += (int)bytes;
            return new BitPackedLevels(page, start, offset, width);
        }

        if (encoding != PageEncoding.Rle)
            throw new ParquetException($"levels with the encoding {encoding} are not read here");
        int length = ValueDecoder.Prefix(page, offset, page.Length);
        offset += 4 + length;
        return new RleDecoder(page, offset - length, offset, width);
    }

    private static RleDecoder? LevelsV2(int largest, byte[] page, int offset, int length) =>
        largest == 0 ? null : new RleDecoder(page, offset, offset + length, LevelDecoder.WidthOf(largest));

    private (PageHeader Header, int Bytes) ReadHeader()
    {
        for (int size = FirstHeader; ; size *= 8)
        {
            int available = (int)Math.Min(size, _end - _next);
            if (available <= 0)
                throw new ParquetException($"the column ends {EntriesLeft} values too early");

            int at = Fetch(_next, available);
            try
            {
                int bytes = PageHeader.Read(_window.AsSpan(at, available), out PageHeader header);
                return (header, bytes);
            }
            catch (ThriftEndException) when (available == size && size < LargestHeader)
            {
                // Headers with long statistics: look further.
            }
        }
    }

    /// <summary>Brings a range of the file into the window and returns its place there.</summary>
    private int Fetch(long offset, int count)
    {
        if (offset < _windowStart || offset + count > _windowStart + _windowLength)
        {
            int length = (int)Math.Min(Math.Max(count, Window), _end - offset);
            if (_window.Length < length)
                _window = GC.AllocateUninitializedArray<byte>(length);
            _windowLength = 0;
            _source.Read(offset, _window.AsSpan(0, length));
            (_windowStart, _windowLength) = (offset, length);
        }

        return (int)(offset - _windowStart);
    }
}
