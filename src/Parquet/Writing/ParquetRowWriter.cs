namespace DataPipeline.Parquet;

/// <summary>
/// Writes rows of named values with structs, lists and maps at any depth, the mirror of <see cref="ParquetReader.ReadRows(IReadOnlyList{string})"/>:
/// what that gives, this takes, except INT96, intervals and times that came as text (finer or farther than .NET's). Memory holds one row group. Columns of numbers that come as spans are faster through <see cref="ParquetWriter"/>.
/// </summary>
public sealed class ParquetRowWriter : IDisposable
{
    private const int MaxRowsOfGroup = 1 << 20;
    private readonly ParquetWriter _writer;
    private readonly ColumnBuffer[] _columns;
    private readonly RowShredder _shredder;
    private readonly long _rowGroupBytes;
    private long _inGroup;
    private bool _isBroken;

    private ParquetRowWriter(ParquetWriter writer, long rowGroupBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowGroupBytes, 1);
        _writer = writer;
        _rowGroupBytes = rowGroupBytes;
        _columns = writer.CreateBuffers();
        _shredder = new RowShredder(writer.Schema, _columns);
    }

    /// <summary>The fields of the file.</summary>
    public ParquetSchema Schema => _writer.Schema;

    /// <summary>Rows added so far.</summary>
    public long RowCount => _writer.RowCount + _inGroup;

    /// <summary>Starts a file, replacing what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">Its fields.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="rowGroupBytes">Bytes of plain values after which a row group ends; default 32 MiB.</param>
    public static ParquetRowWriter Create(string path, ParquetSchema schema, ParquetOptions? options = null, long rowGroupBytes = 32 << 20) =>
        new(ParquetWriter.Create(path, schema, options), rowGroupBytes);

    /// <summary>Starts a file at the current place of a stream, which need not seek and is left open.</summary>
    public static ParquetRowWriter Create(Stream output, ParquetSchema schema, ParquetOptions? options = null, long rowGroupBytes = 32 << 20) =>
        new(ParquetWriter.Create(output, schema, options), rowGroupBytes);

    /// <summary>
    /// Adds a row: a dictionary by field names, or an object whose public properties have them. A field that is missing is null. Lists are any enumerable, maps
    /// dictionaries or enumerables of pairs, structs as rows are. Values are numbers that fit the column exactly, string, byte[], decimal or BigInteger, DateOnly,
    /// TimeOnly, DateTime (not local), DateTimeOffset (for UTC columns), Guid, Half.
    /// </summary>
    /// <exception cref="ArgumentException">A value does not fit its column, a required one is null, or a name is unknown; the message names row and field. The file cannot be finished then.</exception>
    public void Add(object row)
    {
        ArgumentNullException.ThrowIfNull(row);
        CheckWhole();
        _isBroken = true;
        _shredder.Add(row, RowCount);
        _isBroken = false;
        _inGroup++;
        if (_inGroup == MaxRowsOfGroup || _columns.Sum(column => column.PendingBytes) >= _rowGroupBytes)
            Flush();
    }

    /// <summary>Adds rows one after another, as <see cref="Add"/> does.</summary>
    public void AddRange(IEnumerable<object> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (object row in rows)
            Add(row);
    }

    /// <summary>Adds a pair to the footer.</summary>
    public void AddKeyValue(string key, string value) => _writer.AddKeyValue(key, value);

    /// <summary>Ends the row group here; nothing where it is empty.</summary>
    public void Flush()
    {
        CheckWhole();
        if (_inGroup == 0)
            return;
        _writer.WriteRowGroup(_columns);
        _inGroup = 0;
        foreach (ColumnBuffer column in _columns)
            column.Clear();
    }

    /// <summary>Writes the last rows and the footer; the file is whole afterwards.</summary>
    public FileMetadata Finish()
    {
        Flush();
        return _writer.Finish();
    }

    /// <summary>Lets go of the output; without <see cref="Finish"/> before, the file has no footer and nothing reads it by mistake.</summary>
    public void Dispose() => _writer.Dispose();

    private void CheckWhole()
    {
        if (_isBroken)
            throw new InvalidOperationException("A row was refused half-way: the file cannot be gone on with.");
    }
}
