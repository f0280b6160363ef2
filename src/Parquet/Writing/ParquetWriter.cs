using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>
/// Writes a Parquet file one row group at a time; memory holds one row group's values and one page. The same values and options give the same bytes.
/// A file is whole only after <see cref="Finish"/>: without it the file has no footer and nothing reads it by mistake.
/// </summary>
public sealed class ParquetWriter : IDisposable
{
    private static readonly byte[] s_magic = "PAR1"u8.ToArray();
    private readonly Stream _output;
    private readonly bool _leaveOpen;
    private readonly ParquetOptions _options;
    private readonly PageCodec _codec = new();
    private readonly ColumnChunkWriter _chunks;
    private readonly List<RowGroupMetadata> _groups = [];
    private readonly List<KeyValuePair<string, string>> _pairs;
    private readonly List<(ColumnMetadata Chunk, PageIndexBuilder Index)> _indexes = [];
    private bool _isFinished;

    private ParquetWriter(Stream output, ParquetSchema schema, ParquetOptions? options, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(schema);
        _options = options ?? new ParquetOptions();
        if (!PageCodec.CanWrite(_options.Compression))
            throw new NotSupportedException($"Pages are not written with {_options.Compression}: choose none, snappy, gzip, brotli, lz4_raw or zstd.");
        if (schema.DataFields.Count == 0)
            throw new ArgumentException("A Parquet file needs at least one column.", nameof(schema));

        CheckOptions(_options, schema);
        (_output, _leaveOpen, Schema) = (output, leaveOpen, schema);
        _pairs = [.. _options.KeyValues];
        _chunks = new ColumnChunkWriter(_options, _codec, Write);
        Write(s_magic);
    }

    /// <summary>The fields of the file.</summary>
    public ParquetSchema Schema { get; }

    /// <summary>Rows written so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Starts a file, replacing what was there.</summary>
    public static ParquetWriter Create(string path, ParquetSchema schema, ParquetOptions? options = null)
    {
        var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        try
        {
            return new ParquetWriter(output, schema, options, leaveOpen: false);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Starts a file at the current place of a stream, which need not seek and is left open.</summary>
    public static ParquetWriter Create(Stream output, ParquetSchema schema, ParquetOptions? options = null) => new(output, schema, options, leaveOpen: true);

    /// <summary>Makes an empty buffer for each leaf column, in order, to fill and pass to <see cref="WriteRowGroup"/>.</summary>
    public ColumnBuffer[] CreateBuffers() => [.. Schema.DataFields.Select(ColumnBuffer.Create)];

    /// <summary>Adds a pair to the footer, where counts and checksums known only at the end go.</summary>
    public void AddKeyValue(string key, string value) => _pairs.Add(new(key, value));

    /// <summary>Writes one row group from one buffer a leaf column, in the order of the schema; the buffers are free afterwards.</summary>
    /// <exception cref="ArgumentException">The buffers do not match the schema or each other.</exception>
    public void WriteRowGroup(IReadOnlyList<ColumnBuffer> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ObjectDisposedException.ThrowIf(_isFinished, this);
        Check(columns);

        var chunks = new ColumnMetadata[columns.Count];
        var filters = new List<(ColumnMetadata Chunk, BloomFilter Filter)>();
        for (int i = 0; i < chunks.Length; i++)
        {
            PageIndexBuilder? index = _options.PageIndex ? new PageIndexBuilder(columns[i].Field) : null;
            (chunks[i], ColumnDictionary? dictionary) = _chunks.Write(columns[i], ByteCount, index);
            if (index is not null)
                _indexes.Add((chunks[i], index));
            if (_options.BloomFilters.TryGetValue(columns[i].Field.ToString(), out double falsePositives))
                filters.Add((chunks[i], BloomFilterBuilder.Build(columns[i], dictionary, falsePositives)));
        }

        WriteFilters(filters);
        long rows = columns[0].RowCount;
        _groups.Add(new RowGroupMetadata { RowCount = rows, TotalByteSize = chunks.Sum(chunk => chunk.UncompressedBytes), Columns = chunks, SortingColumns = _options.SortingColumns });
        RowCount += rows;
    }

    /// <summary>Writes the footer and returns what it says; the file is whole afterwards.</summary>
    public FileMetadata Finish()
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        WriteIndexes();
        var metadata = new FileMetadata
        {
            Version = 2,
            Schema = Schema,
            RowCount = RowCount,
            RowGroups = _groups,
            KeyValues = _pairs,
            CreatedBy = "DataPipeline version 0.1.0",
        };
        var footer = new ByteBuffer();
        FooterWriter.Write(footer, metadata);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        Write(footer.Span);
        Write(length);
        Write(s_magic);
        _output.Flush();
        _isFinished = true;
        return metadata;
    }

    /// <summary>Lets go of the output; without <see cref="Finish"/> before, what was written stays without a footer.</summary>
    public void Dispose()
    {
        _isFinished = true;
        _codec.Dispose();
        if (!_leaveOpen)
            _output.Dispose();
    }

    /// <summary>Filters lie behind their row group, so that memory holds those of one group alone.</summary>
    private void WriteFilters(List<(ColumnMetadata Chunk, BloomFilter Filter)> filters)
    {
        var bytes = new ByteBuffer();
        foreach ((ColumnMetadata chunk, BloomFilter filter) in filters)
        {
            bytes.Clear();
            BloomFilterFormat.Write(bytes, filter);
            (chunk.BloomFilterOffset, chunk.BloomFilterBytes) = (ByteCount, bytes.Length);
            Write(bytes.Span);
        }
    }

    /// <summary>All bounds, then all offsets, as the format asks: a reader gets either with one range.</summary>
    private void WriteIndexes()
    {
        var bytes = new ByteBuffer();
        foreach ((ColumnMetadata chunk, PageIndexBuilder index) in _indexes)
        {
            bytes.Clear();
            index.WriteColumn(bytes);
            chunk.ColumnIndex = new FileRange(ByteCount, bytes.Length);
            Write(bytes.Span);
        }

        foreach ((ColumnMetadata chunk, PageIndexBuilder index) in _indexes)
        {
            bytes.Clear();
            index.WriteOffsets(bytes);
            chunk.OffsetIndex = new FileRange(ByteCount, bytes.Length);
            Write(bytes.Span);
        }
    }

    private static void CheckOptions(ParquetOptions options, ParquetSchema schema)
    {
        DataField Find(string path, string option) => schema.DataFields.FirstOrDefault(field => field.ToString() == path)
            ?? throw new ArgumentException($"{option} names column '{path}', which the schema does not have; it has {string.Join(", ", schema.DataFields)}.", nameof(options));

        foreach ((string path, PageEncoding encoding) in options.Encodings)
        {
            DataField field = Find(path, nameof(options.Encodings));
            if (!CanEncode(field, encoding))
                throw new ArgumentException($"Column '{path}' of type {field.PhysicalType} is not written with {encoding}.", nameof(options));
        }

        foreach ((string path, double falsePositives) in options.BloomFilters)
        {
            if (Find(path, nameof(options.BloomFilters)).PhysicalType == PhysicalType.Boolean)
                throw new ArgumentException($"Column '{path}' holds booleans, for which the format has no Bloom filter.", nameof(options));
            if (!(falsePositives is > 0 and < 1))
                throw new ArgumentException($"The Bloom filter of column '{path}' is asked for a share of false answers of {falsePositives}: it lies between 0 and 1.", nameof(options));
        }

        foreach (SortingColumn sorting in options.SortingColumns)
            Find(sorting.Column, nameof(options.SortingColumns));
    }

    private static bool CanEncode(DataField field, PageEncoding encoding) => encoding switch
    {
        PageEncoding.Plain => true,
        PageEncoding.RleDictionary => field.PhysicalType is not (PhysicalType.Boolean or PhysicalType.Int96),
        PageEncoding.DeltaBinaryPacked => field.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64,
        PageEncoding.DeltaLengthByteArray => field.PhysicalType == PhysicalType.ByteArray,
        PageEncoding.DeltaByteArray => field.PhysicalType is PhysicalType.ByteArray or PhysicalType.FixedLenByteArray,
        PageEncoding.ByteStreamSplit => ByteStreamSplit.SizeOf(field) > 0,
        _ => false,
    };

    private void Check(IReadOnlyList<ColumnBuffer> columns)
    {
        if (columns.Count != Schema.DataFields.Count)
            throw new ArgumentException($"{columns.Count} columns are given but the schema has {Schema.DataFields.Count}.", nameof(columns));

        for (int i = 0; i < columns.Count; i++)
        {
            if (!ReferenceEquals(columns[i].Field, Schema.DataFields[i]))
                throw new ArgumentException($"Column {i} is made for '{columns[i].Field}' but the schema has '{Schema.DataFields[i]}' there.", nameof(columns));
            columns[i].CheckWritable();
            if (columns[i].RowCount != columns[0].RowCount)
                throw new ArgumentException($"Column '{columns[i].Field}' has {columns[i].RowCount} rows but '{columns[0].Field}' has {columns[0].RowCount}.", nameof(columns));
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        ByteCount += bytes.Length;
    }
}
