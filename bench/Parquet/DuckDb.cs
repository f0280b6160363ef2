using System.Runtime.InteropServices;
using System.Text;

namespace DataPipeline.Bench.Parquet;

/// <summary>DuckDB through its C API, in memory and with one thread: statements, and results as vectors, the fastest way out that it has. It lives as long as the process.</summary>
internal sealed unsafe class DuckDb
{
    private readonly nint _library;
    private readonly delegate* unmanaged<nint, byte*, Result*, int> _query;
    private readonly delegate* unmanaged<Result*, void> _destroyResult;
    private readonly delegate* unmanaged<Result*, nint> _error;
    private readonly delegate* unmanaged<nint, byte*, nint*, int> _prepare;
    private readonly delegate* unmanaged<nint, Result*, int> _stream;
    private readonly delegate* unmanaged<nint*, void> _destroyStatement;
    private readonly delegate* unmanaged<Result, nint> _fetch;
    private readonly delegate* unmanaged<nint*, void> _destroyChunk;
    private readonly delegate* unmanaged<nint, ulong> _size;
    private readonly delegate* unmanaged<nint, ulong, nint> _vector;
    private readonly delegate* unmanaged<nint, nint> _values;
    private readonly delegate* unmanaged<nint, nint> _child;
    private readonly nint _connection;

    public DuckDb(string library)
    {
        _library = NativeLibrary.Load(library);
        _query = (delegate* unmanaged<nint, byte*, Result*, int>)Find("duckdb_query");
        _destroyResult = (delegate* unmanaged<Result*, void>)Find("duckdb_destroy_result");
        _error = (delegate* unmanaged<Result*, nint>)Find("duckdb_result_error");
        _prepare = (delegate* unmanaged<nint, byte*, nint*, int>)Find("duckdb_prepare");
        _stream = (delegate* unmanaged<nint, Result*, int>)Find("duckdb_execute_prepared_streaming");
        _destroyStatement = (delegate* unmanaged<nint*, void>)Find("duckdb_destroy_prepare");
        _fetch = (delegate* unmanaged<Result, nint>)Find("duckdb_fetch_chunk");
        _destroyChunk = (delegate* unmanaged<nint*, void>)Find("duckdb_destroy_data_chunk");
        _size = (delegate* unmanaged<nint, ulong>)Find("duckdb_data_chunk_get_size");
        _vector = (delegate* unmanaged<nint, ulong, nint>)Find("duckdb_data_chunk_get_vector");
        _values = (delegate* unmanaged<nint, nint>)Find("duckdb_vector_get_data");
        _child = (delegate* unmanaged<nint, nint>)Find("duckdb_list_vector_get_child");
        nint database, connection;
        var open = (delegate* unmanaged<byte*, nint*, int>)Find("duckdb_open");
        var connect = (delegate* unmanaged<nint, nint*, int>)Find("duckdb_connect");
        if (open(null, &database) != 0 || connect(database, &connection) != 0)
            throw new InvalidOperationException("DuckDB does not open a database in memory");
        _connection = connection;
        Query("SET threads=1");
        Query("SET preserve_insertion_order=true");
    }

    /// <summary>Reads one chunk of a streamed result.</summary>
    /// <param name="rows">Rows of the chunk.</param>
    /// <param name="values">Values of the first column: numbers, <c>duckdb_string_t</c> or <c>duckdb_list_entry</c>.</param>
    /// <param name="items">Of a list column: the items of all its lists, else 0.</param>
    public delegate void ChunkReader(int rows, nint values, nint items);

    public void Query(string sql)
    {
        Result result;
        fixed (byte* text = Encoding.UTF8.GetBytes(sql + '\0'))
        {
            if (_query(_connection, text, &result) != 0)
                throw new InvalidOperationException($"{sql}: {Marshal.PtrToStringUTF8(_error(&result))}");
        }

        _destroyResult(&result);
    }

    /// <summary>Streams the chunks of a query with one column.</summary>
    public void Read(string sql, bool isList, ChunkReader read)
    {
        nint statement;
        Result result;
        fixed (byte* text = Encoding.UTF8.GetBytes(sql + '\0'))
        {
            if (_prepare(_connection, text, &statement) != 0 || _stream(statement, &result) != 0)
                throw new InvalidOperationException($"{sql}: the query does not run");
        }

        for (nint chunk = _fetch(result); chunk != 0; chunk = _fetch(result))
        {
            nint vector = _vector(chunk, 0);
            read((int)_size(chunk), _values(vector), isList ? _values(_child(vector)) : 0);
            _destroyChunk(&chunk);
        }

        _destroyResult(&result);
        _destroyStatement(&statement);
    }

    private nint Find(string name) => NativeLibrary.GetExport(_library, name);

    [StructLayout(LayoutKind.Sequential)]
    private struct Result
    {
        public ulong Columns;
        public ulong Rows;
        public ulong Changed;
        public nint ColumnData;
        public nint Error;
        public nint Internal;
    }
}
