using System.Buffers;

namespace DataPipeline.Parquet;

/// <summary>Headers, checksums, dictionaries and the two kinds of data pages.</summary>
internal sealed partial class ColumnChunkReader
{
    private const int Window = 1 << 20;
    private const int FirstHeader = 1 << 12;
    private const int LargestHeader = 1 << 24;
    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;
    private int _forgotten;

    private void NextPage(ColumnBuffer like)
    {
        _pageOffset = _next;
        _pageNumber++;
        (PageHeader header, int headerBytes) = ReadHeader();
        if (header.Kind == PageKind.Dictionary)
            _forgotten = headerBytes;
        long left = _end - _next - headerBytes;
        if (header.CompressedSize > left && TryExtend())
            left = _end - _next - headerBytes;
        if (header.CompressedSize > left)
            throw new ParquetException($"the page claims {header.CompressedSize} bytes where {left} are left in its column");
        int limit = Math.Min(_limits.MaxPageBytes, Array.MaxLength);
        if (header.UncompressedSize > limit)
            throw new ParquetException($"the page claims {header.UncompressedSize} bytes unpacked; the limit is {limit} ({nameof(ReadLimits.MaxPageBytes)})");

        int at = Fetch(_next + headerBytes, header.CompressedSize);
        _next += headerBytes + header.CompressedSize;
        if (_limits.CheckPageChecksums && header.Crc is { } crc && Crc32.Of(_window.AsSpan(at, header.CompressedSize)) != crc)
            throw new ParquetException($"the page does not match its checksum: the file is damaged (or read it without {nameof(ReadLimits.CheckPageChecksums)})");

        switch (header.Kind)
        {
            case PageKind.Dictionary:
                ReadDictionary(header, at, like);
                break;
            case PageKind.Data:
                StartPage(header, at, like);
                break;
            case PageKind.DataV2:
                StartPageV2(header, at, like);
                break;
            default:
                break;
        }
    }

    /// <summary>parquet-mr before 1.2.9 forgot the dictionary's header in the length of the chunk (PARQUET-816): where bytes are missing, so many more belong to it.</summary>
    private bool TryExtend()
    {
        long end = Math.Min(_source.Length, _end + _forgotten);
        bool isMore = end > _end;
        (_end, _forgotten) = (end, 0);
        return isMore;
    }

    private void ReadDictionary(in PageHeader header, int at, ColumnBuffer like)
    {
        if (_dictionary is not null)
            throw new ParquetException("the column has a second dictionary");
        if (header.Encoding is not (PageEncoding.Plain or PageEncoding.PlainDictionary))
            throw new ParquetException($"the dictionary has the encoding {header.Encoding}, which is not read here");

        _dictionary = like.CreateEmpty();
        byte[] page = Unpack(_chunk.Compression, at, header.CompressedSize, header.UncompressedSize, 0, Keeper(_dictionary, PageEncoding.Plain));
        if (header.ValueCount == 0)
            return;
        ValueDecoder values = ValueDecoder.Create(PageEncoding.Plain, _field, null, page, 0, header.UncompressedSize);
        values.Decode(_dictionary, header.ValueCount, MaxBytes);
        values.CheckEnd();
    }

    private void StartPage(in PageHeader header, int at, ColumnBuffer into)
    {
        _dataPage++;
        CheckCount(header.ValueCount);
        byte[] page = Unpack(_chunk.Compression, at, header.CompressedSize, header.UncompressedSize, 0, Keeper(into, header.Encoding));
        int offset = 0, end = header.UncompressedSize;
        _repetitions = Levels(header.RepetitionEncoding, _field.MaxRepetitionLevel, header.ValueCount, page, ref offset, end);
        _definitions = Levels(header.DefinitionEncoding, _field.MaxDefinitionLevel, header.ValueCount, page, ref offset, end);
        StartValues(header, page, offset, end);
    }

    private void StartPageV2(in PageHeader header, int at, ColumnBuffer into)
    {
        _dataPage++;
        CheckCount(header.ValueCount);
        if (header.NullCount > 0 && _field.MaxDefinitionLevel == 0)
            throw new ParquetException($"the page claims {header.NullCount} nulls in a column that has none");
        int levels = header.RepetitionBytes + header.DefinitionBytes;
        int packed = header.CompressedSize - levels, unpacked = header.UncompressedSize - levels;

        // Arrow before 4.0 did not set the flag on pages that it packed (ARROW-10353): their lengths tell.
        CompressionMethod method = header.IsCompressed || packed != unpacked ? _chunk.Compression : CompressionMethod.None;
        byte[] page = packed == 0
            ? new byte[levels]
            : Unpack(method, at + levels, packed, unpacked, levels, Keeper(into, header.Encoding));
        _window.AsSpan(at, levels).CopyTo(page);
        _repetitions = LevelsV2(_field.MaxRepetitionLevel, page, 0, header.RepetitionBytes);
        _definitions = LevelsV2(_field.MaxDefinitionLevel, page, header.RepetitionBytes, header.DefinitionBytes);
        StartValues(header, page, levels, packed == 0 ? levels : header.UncompressedSize);
    }

    private void StartValues(in PageHeader header, byte[] page, int offset, int end)
    {
        _pageLeft = header.ValueCount;

        // A page of nulls alone may hold no bytes of values at all, not even an encoding's header.
        _values = offset == end || header.ValueCount == 0 ? new NoValues() : ValueDecoder.Create(header.Encoding, _field, _dictionary, page, offset, end);
    }

    /// <summary>Who keeps a page: texts stay where their page was unpacked; all other values are copied out of it, so the next page may take its place.</summary>
    private static ColumnBuffer? Keeper(ColumnBuffer into, PageEncoding encoding) =>
        into is BinaryColumnBuffer && encoding is PageEncoding.Plain or PageEncoding.DeltaLengthByteArray ? into : null;

    private static byte[] Rent(ref byte[] array, int length)
    {
        if (array.Length < length)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = ArrayPool<byte>.Shared.Rent(length);
        }

        return array;
    }

    private byte[] Unpack(CompressionMethod method, int at, int packed, int unpacked, int prefix, ColumnBuffer? kept)
    {
        ReadOnlySpan<byte> source = _window.AsSpan(at, packed);
        PageCodec.CheckClaim(method, source, unpacked);
        byte[] page = kept?.TakePage(prefix + unpacked) ?? Rent(ref _page, prefix + unpacked);
        if (unpacked > 0)
            _codec.Decompress(method, source, page.AsSpan(prefix, unpacked));
        return page;
    }

    private void CheckCount(int claimed)
    {
        if (claimed > EntriesLeft)
            throw new ParquetException($"the page claims {claimed} values where {EntriesLeft} are left in its column");
    }

    private static LevelDecoder? Levels(PageEncoding encoding, int largest, int count, byte[] page, ref int offset, int end)
    {
        if (largest == 0)
            return null;

        int width = LevelDecoder.WidthOf(largest);
        if (encoding == PageEncoding.BitPacked)
        {
            int start = offset;
            long bytes = (((long)count * width) + 7) / 8;
            if (bytes > end - offset)
                throw new ParquetException("the page ends within its levels");
            offset += (int)bytes;
            return new BitPackedLevels(page, start, offset, width);
        }

        if (encoding != PageEncoding.Rle)
            throw new ParquetException($"levels with the encoding {encoding} are not read here");
        int length = ValueDecoder.Prefix(page, offset, end);
        offset += 4 + length;
        return new RleDecoder(page, offset - length, offset, width);
    }

    private static RleDecoder? LevelsV2(int largest, byte[] page, int offset, int length) =>
        largest == 0 ? null : new RleDecoder(page, offset, offset + length, LevelDecoder.WidthOf(largest));

    private (PageHeader Header, int Bytes) ReadHeader()
    {
        // First what is at hand of this page, then further: a header may hold long statistics.
        long end = WindowEnd(_next);
        for (int size = FirstHeader; ; size = Math.Min(size * 8, LargestHeader))
        {
            int available = (int)Math.Min(size, end - _next);
            if (available <= 0 && !TryExtend())
                throw new ParquetException($"the column ends {EntriesLeft} values too early");

            int at = Fetch(_next, Math.Max(0, available));
            try
            {
                int bytes = PageHeader.Read(_window.AsSpan(at, Math.Max(0, available)), out PageHeader header);
                return (header, bytes);
            }
            catch (ThriftEndException) when (available < LargestHeader && (available < end - _next || end < _end || TryExtend()))
            {
                end = available < end - _next ? end : _end;
            }
        }
    }

    /// <summary>Brings a range of the file into the window and returns its place there.</summary>
    private int Fetch(long offset, int count)
    {
        if (offset < _windowStart || offset + count > _windowStart + _windowLength)
        {
            int length = (int)Math.Max(count, Math.Min(Window, WindowEnd(offset) - offset));
            Rent(ref _window, length);
            _windowLength = 0;
            _source.Read(offset, _window.AsSpan(0, length));
            (_windowStart, _windowLength) = (offset, length);
        }

        return (int)(offset - _windowStart);
    }

    /// <summary>How far to read ahead: to the end of the chunk, or of the page where pages may be skipped.</summary>
    private long WindowEnd(long offset)
    {
        if (_pages is null)
            return _end;
        int page = Math.Max(0, _dataPage);
        if (offset < _pages[0].Offset)
            return _pages[0].Offset;
        while (page < _pages.Count && _pages[page].Offset + _pages[page].Bytes <= offset)
            page++;
        return page < _pages.Count ? _pages[page].Offset + _pages[page].Bytes : _end;
    }
}
