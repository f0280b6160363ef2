using DataPipeline.Parquet;

namespace DataPipeline.Runs;

/// <summary>Gathers rows in column buffers and writes a row group whenever they are full.</summary>
public sealed class RowWriter : IDisposable
{
    private const long RowGroupBytes = 32 << 20;
    private readonly ParquetWriter _writer;
    private readonly ColumnBuffer[] _columns;
    private readonly Dictionary<string, ColumnBuffer> _byPath;
    private long _inGroup;

    /// <summary>Opens a new file.</summary>
    public RowWriter(string path, ParquetSchema schema)
    {
        _writer = ParquetWriter.Create(path, schema, new ParquetOptions { Compression = CompressionMethod.Zstd });
        _columns = [.. schema.DataFields.Select(ColumnBuffer.Create)];
        _byPath = _columns.ToDictionary(column => column.Field.ToString());
    }

    /// <summary>Rows so far.</summary>
    public long Count { get; private set; }

    /// <summary>The buffer of a column of texts, by its dotted path.</summary>
    public BinaryColumnBuffer Binary(string column) => (BinaryColumnBuffer)_byPath[column];

    /// <summary>The buffer of a column of 64-bit numbers.</summary>
    public ColumnBuffer<long> Long(string column) => (ColumnBuffer<long>)_byPath[column];

    /// <summary>The buffer of a column of doubles.</summary>
    public ColumnBuffer<double> Double(string column) => (ColumnBuffer<double>)_byPath[column];

    /// <summary>A row is complete: every column has its value.</summary>
    public void EndRow()
    {
        Count++;
        _inGroup++;
        if (_columns.Sum(column => column.ByteCount) >= RowGroupBytes)
            Flush();
    }

    /// <summary>Writes the last rows and the footer.</summary>
    public void Finish()
    {
        if (_inGroup > 0)
            Flush();
        _writer.Finish();
    }

    /// <summary>Closes the file; without <see cref="Finish"/> it has no footer and reads as broken.</summary>
    public void Dispose() => _writer.Dispose();

    private void Flush()
    {
        _writer.WriteRowGroup(_columns);
        foreach (ColumnBuffer column in _columns)
            column.Clear();
        _inGroup = 0;
    }
}
