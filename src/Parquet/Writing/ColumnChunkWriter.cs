namespace DataPipeline.Parquet;

/// <summary>Writes the pages of column chunks to the output, one at a time, with buffers that are reused from chunk to chunk.</summary>
internal sealed class ColumnChunkWriter(ParquetOptions options, PageCodec codec, Action<ReadOnlySpan<byte>> write)
{
    private const int MaxPageEntries = 1 << 20;

    private readonly ByteBuffer _page = new(1 << 16);
    private readonly ByteBuffer _packed = new(1 << 16);
    private readonly ByteBuffer _header = new();
    private readonly RleEncoder _rle = new();
    private readonly ValueEncoder _values = new();
    private EncodingChooser? _chooser;
    private long _uncompressed;
    private long _compressed;
    private PageIndexBuilder? _index;

    /// <summary>Writes the column at the given offset of the file and says what became of it; its pages go into <paramref name="index"/>.</summary>
    public (ColumnMetadata Metadata, ColumnDictionary? Dictionary) Write(ColumnBuffer column, long offset, PageIndexBuilder? index)
    {
        _index = index;
        (_uncompressed, _compressed) = (0, 0);
        _chooser ??= new EncodingChooser(options, codec, _values);
        ChunkEncoding encoding = _chooser.Choose(column);
        ColumnDictionary? dictionary = encoding.Dictionary;
        var pages = new List<PageEncodingCount>(2);
        if (dictionary is not null)
        {
            _page.Clear();
            dictionary.EncodeEntries(_page);
            WritePage(PageKind.Dictionary, dictionary.Count, PageEncoding.Plain);
            pages.Add(new(PageKind.Dictionary, PageEncoding.Plain, 1));
        }

        long dataOffset = offset + _compressed;
        (ColumnStatistics statistics, int pageCount) = WritePages(column, encoding, offset);
        pages.Add(new(PageKind.Data, encoding.Encoding, pageCount));
        var metadata = new ColumnMetadata
        {
            Field = column.Field,
            Compression = options.Compression,
            Encodings = dictionary is not null ? [PageEncoding.Plain, PageEncoding.Rle, encoding.Encoding] : [encoding.Encoding, PageEncoding.Rle],
            ValueCount = column.EntryCount,
            UncompressedBytes = _uncompressed,
            CompressedBytes = _compressed,
            DataPageOffset = dataOffset,
            DictionaryPageOffset = dictionary is null ? null : offset,
            Statistics = statistics with { DistinctCount = dictionary?.Count },
            PageEncodings = pages,
            Size = SizeStatistics.Of(column),
        };
        return (metadata, dictionary);
    }

    /// <summary>Writes all data pages and returns the bounds of the chunk and the number of pages.</summary>
    private (ColumnStatistics Statistics, int Pages) WritePages(ColumnBuffer column, ChunkEncoding encoding, long offset)
    {
        DataField field = column.Field;
        var statistics = new StatisticsBuilder(field);
        var definitions = new LevelCursor(column.DefinitionLevels);
        var repetitions = new LevelCursor(column.RepetitionLevels);
        long entriesLeft = column.EntryCount, row = 0, plainBytes = PlainBytes(column, encoding);
        int value = 0, pages = 0;

        // An empty row group gets one empty page: a chunk without pages is more than some readers accept.
        do
        {
            LevelCursor definitionStart = definitions, repetitionStart = repetitions;
            (long entries, int values) = TakePage(column, ref definitions, ref repetitions, value, entriesLeft, plainBytes);
            _page.Clear();
            if (field.MaxRepetitionLevel > 0)
                WriteLevels(repetitionStart, entries, field.MaxRepetitionLevel);
            if (field.MaxDefinitionLevel > 0)
                WriteLevels(definitionStart, entries, field.MaxDefinitionLevel);
            _values.Encode(column, value, values, encoding, _page);
            long pageOffset = offset + _compressed;
            int bytes = WritePage(PageKind.Data, (int)entries, encoding.Encoding);
            column.FindMinMax(value, values, out byte[]? min, out byte[]? max, out bool isMinExact, out bool isMaxExact);
            var bounds = new ColumnStatistics(min, max, entries - values, null, isMinExact, isMaxExact);
            statistics.Add(bounds, values);
            if (_index is not null)
            {
                _index.Add(new PageLocation(pageOffset, bytes, row, bounds, values == 0));
                row += field.MaxRepetitionLevel == 0 ? entries : CountRows(repetitionStart, entries);
            }

            pages++;
            value += values;
            entriesLeft -= entries;
        }
        while (entriesLeft > 0);
        return (statistics.Build(), pages);
    }

    /// <summary>Plain bytes that fill a page: more for numbers whose indices are narrower than they are.</summary>
    private long PlainBytes(ColumnBuffer column, ChunkEncoding encoding) => encoding.Dictionary is not null && column is not BinaryColumnBuffer
        ? options.PageBytes * 8L * NumberFormat.Size(column.Field.PhysicalType) / Math.Max(8, encoding.IndexWidth)
        : options.PageBytes;

    private static long CountRows(LevelCursor repetitions, long entries)
    {
        long rows = 0;
        while (entries > 0)
        {
            long run = Math.Min(entries, repetitions.Remaining);
            if (repetitions.Level == 0)
                rows += run;
            repetitions.Advance(run);
            entries -= run;
        }

        return rows;
    }

    /// <summary>Moves the cursors to the end of the next page: enough bytes or entries, then on to the next row.</summary>
    private static (long Entries, int Values) TakePage(ColumnBuffer column, ref LevelCursor definitions, ref LevelCursor repetitions, int value, long entriesLeft, long plainBytes)
    {
        bool hasLevels = column.Field.MaxDefinitionLevel > 0;
        long entries = 0, bytes = 0;
        int values = 0;
        while (entries < entriesLeft && entries < MaxPageEntries && bytes < plainBytes)
        {
            long run = Math.Min(hasLevels ? definitions.Remaining : entriesLeft - entries, MaxPageEntries - entries);
            if (!hasLevels || definitions.Level == column.Field.MaxDefinitionLevel)
            {
                run = column.FillBytes(value + values, (int)run, plainBytes - bytes, out long taken);
                values += (int)run;
                bytes += taken;
            }

            if (hasLevels)
                definitions.Advance(run);
            entries += run;
        }

        if (column.Field.MaxRepetitionLevel == 0)
            return (entries, values);

        repetitions.Advance(entries);
        while (!repetitions.IsAtEnd && repetitions.Level > 0)
        {
            long run = Math.Min(repetitions.Remaining, definitions.Remaining);
            if (definitions.Level == column.Field.MaxDefinitionLevel)
                values += (int)run;
            repetitions.Advance(run);
            definitions.Advance(run);
            entries += run;
        }

        return (entries, values);
    }

    private void WriteLevels(LevelCursor cursor, long count, int largest)
    {
        int start = _page.Length;
        _page.AddInt32(0);
        _rle.Start(_page, RleEncoder.WidthOf(largest));
        while (count > 0)
        {
            long run = Math.Min(count, cursor.Remaining);
            _rle.Add(cursor.Level, run);
            cursor.Advance(run);
            count -= run;
        }

        _rle.Flush();
        _page.SetInt32(start, _page.Length - start - 4);
    }

    private int WritePage(PageKind kind, int entries, PageEncoding encoding)
    {
        _packed.Clear();
        codec.Compress(options.Compression, options.CompressionLevel, _page.Span, _packed);

        _header.Clear();
        var header = new ThriftWriter(_header);
        header.BeginStruct();
        header.Int32(1, (int)kind);
        header.Int32(2, _page.Length);
        header.Int32(3, _packed.Length);
        if (options.PageChecksums)
            header.Int32(4, (int)Crc32.Of(_packed.Span));
        header.BeginStruct(kind == PageKind.Dictionary ? 7 : 5);
        header.Int32(1, entries);
        header.Int32(2, (int)encoding);
        if (kind == PageKind.Data)
        {
            header.Int32(3, (int)PageEncoding.Rle);
            header.Int32(4, (int)PageEncoding.Rle);
        }

        header.EndStruct();
        header.EndStruct();

        write(_header.Span);
        write(_packed.Span);
        _uncompressed += _header.Length + _page.Length;
        _compressed += _header.Length + _packed.Length;
        return _header.Length + _packed.Length;
    }
}
