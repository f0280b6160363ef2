namespace DataPipeline.Parquet;

/// <summary>Reads the columns of one row group.</summary>
public sealed class RowGroupReader
{
    private const int BatchEntries = 1 << 15;
    private readonly ByteSource _source;
    private readonly int _index;
    private readonly ReadLimits _limits;

    internal RowGroupReader(ByteSource source, RowGroupMetadata metadata, int index, ReadLimits limits) =>
        (_source, Metadata, _index, _limits) = (source, metadata, index, limits);

    /// <summary>What the footer says about the group.</summary>
    public RowGroupMetadata Metadata { get; }

    /// <summary>Rows in the group.</summary>
    public long RowCount => Metadata.RowCount;

    /// <summary>Reads a whole column of numbers or booleans with its levels.</summary>
    /// <exception cref="ArgumentException">The column does not hold <typeparamref name="T"/>.</exception>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public ColumnBuffer<T> Read<T>(DataField field) where T : unmanaged
    {
        var buffer = new ColumnBuffer<T>(field);
        ReadInto(buffer);
        return buffer;
    }

    /// <summary>Reads a whole column of text or bytes with its levels.</summary>
    /// <exception cref="ArgumentException">The column does not hold bytes.</exception>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public BinaryColumnBuffer ReadBinary(DataField field)
    {
        var buffer = new BinaryColumnBuffer(field);
        ReadInto(buffer);
        return buffer;
    }

    /// <summary>Reads a whole column into the buffer that suits its type.</summary>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public ColumnBuffer Read(DataField field)
    {
        ColumnBuffer buffer = ColumnBuffer.Create(field);
        ReadInto(buffer);
        return buffer;
    }

    /// <summary>Reads a whole column into a buffer made for it, replacing what was there.</summary>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public void ReadInto(ColumnBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        buffer.Clear();
        using ColumnChunkReader chunk = OpenChunk(buffer.Field);
        ColumnMetadata column = Metadata.Columns[buffer.Field.Index];

        // A claim is believed as far as the chunk's bytes make it likely.
        buffer.Reserve(Math.Min(column.ValueCount, column.CompressedBytes * 16));
        while (chunk.EntriesLeft > 0)
            chunk.Read(buffer, BatchEntries);
        if (buffer.RowCount != RowCount)
            throw ParquetException.At($"{_source.Name}: row group {_index}, column {buffer.Field}", $"the column holds {buffer.RowCount} rows but the group claims {RowCount}");
    }

    /// <summary>The data pages of a column as the file's page index lists them, or null where the file has no such index.</summary>
    /// <exception cref="ParquetException">The index is damaged.</exception>
    public IReadOnlyList<PageLocation>? ReadPageIndex(DataField field) =>
        Metadata.Columns[Checked(field)] is { HasPageIndex: true, IsEncrypted: false } column ? PageIndexReader.Read(_source, column, RowCount, _index, _limits) : null;

    /// <summary>
    /// Reads a column a page at a time into one buffer, whose content is valid until the next step: less memory than the whole column, and memory that stays
    /// in the cache. Every step holds whole rows; a column in lists whose pages the file does not list comes in one step.
    /// </summary>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public IEnumerable<ColumnBuffer> ReadPages(DataField field)
    {
        ColumnMetadata column = Metadata.Columns[Checked(field)];
        IReadOnlyList<PageLocation>? pages = field.MaxRepetitionLevel > 0 && ReadPageIndex(field) is { Count: > 0 } listed ? listed : null;
        ColumnBuffer buffer = ColumnBuffer.Create(field);
        if (field.MaxRepetitionLevel > 0 && pages is null)
        {
            ReadInto(buffer);
            yield return buffer;
            yield break;
        }

        using var chunk = new ColumnChunkReader(_source, column, _index, _limits, pages);
        long rows = 0;
        while (chunk.Read(buffer, int.MaxValue) > 0)
        {
            if (field.MaxRepetitionLevel > 0 && buffer.RepetitionLevels[0].Level != 0)
                throw ParquetException.At($"{_source.Name}: row group {_index}, column {field}", "a page starts within a row though the file lists its pages");
            rows += buffer.RowCount;
            yield return buffer;
            buffer.Clear();
        }

        if (rows != RowCount)
            throw ParquetException.At($"{_source.Name}: row group {_index}, column {field}", $"the column holds {rows} rows but the group claims {RowCount}");
    }

    /// <summary>The Bloom filter of a column, or null where the file has none that can be read here.</summary>
    /// <exception cref="ParquetException">The filter is damaged.</exception>
    public BloomFilter? ReadBloomFilter(DataField field) =>
        Metadata.Columns[Checked(field)] is { BloomFilterOffset: not null, IsEncrypted: false } column ? BloomFilterFormat.Read(_source, column, _index) : null;

    /// <summary>Reads the rows of the group, or those that a filter leaves.</summary>
    internal IEnumerable<IReadOnlyDictionary<string, object?>> ReadRows(ColumnSelection columns, RangeFilter? filter = null)
    {
        var pages = new GroupPages(this);
        List<RowSpan> spans = filter?.RowsOf(this, pages) ?? [new RowSpan(0, RowCount)];
        if (spans.Count == 0)
            yield break;

        bool isWhole = spans.Count == 1 && spans[0] == new RowSpan(0, RowCount);
        using ChunkSource source = ChunkSource.Open(_source, this, columns, pages, isWhole ? null : spans);
        using var assembler = new RowAssembler(columns, Metadata.Columns.Select(column => column.Field).ToArray(), field => source.OpenChunk(field, _index, _limits), spans[0].Start, $"{_source.Name}: row group {_index}");
        foreach (RowSpan span in spans)
        {
            assembler.SkipTo(span.Start);
            for (long row = span.Start; row < span.End; row++)
                yield return assembler.Next();
        }

        if (isWhole)
            assembler.CheckEnd();
    }

    private ColumnChunkReader OpenChunk(DataField field) => new(_source, Metadata.Columns[Checked(field)], _index, _limits);

    private int Checked(DataField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return (uint)field.Index < (uint)Metadata.Columns.Count && ReferenceEquals(Metadata.Columns[field.Index].Field, field)
            ? field.Index
            : throw new ArgumentException($"Column '{field}' belongs to another file.", nameof(field));
    }
}
