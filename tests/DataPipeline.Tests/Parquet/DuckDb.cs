using System.Runtime.InteropServices;
using System.Text;

namespace DataPipeline.Tests.Parquet;

/// <summary>DuckDB through its C API: runs SQL in a database in memory and gives the answer as text.</summary>
internal sealed unsafe class DuckDb : IDisposable
{
    private static readonly nint s_library = NativeLibrary.Load(Oracles.DuckDbLibrary);
    private static readonly delegate* unmanaged<byte*, nint*, int> s_open = (delegate* unmanaged<byte*, nint*, int>)Find("duckdb_open");
    private static readonly delegate* unmanaged<nint*, void> s_close = (delegate* unmanaged<nint*, void>)Find("duckdb_close");
    private static readonly delegate* unmanaged<nint, nint*, int> s_connect = (delegate* unmanaged<nint, nint*, int>)Find("duckdb_connect");
    private static readonly delegate* unmanaged<nint*, void> s_disconnect = (delegate* unmanaged<nint*, void>)Find("duckdb_disconnect");
    private static readonly delegate* unmanaged<nint, byte*, Result*, int> s_query = (delegate* unmanaged<nint, byte*, Result*, int>)Find("duckdb_query");
    private static readonly delegate* unmanaged<Result*, nint> s_error = (delegate* unmanaged<Result*, nint>)Find("duckdb_result_error");
    private static readonly delegate* unmanaged<Result*, void> s_destroy = (delegate* unmanaged<Result*, void>)Find("duckdb_destroy_result");
    private static readonly delegate* unmanaged<Result*, ulong> s_columns = (delegate* unmanaged<Result*, ulong>)Find("duckdb_column_count");
    private static readonly delegate* unmanaged<Result*, ulong> s_rows = (delegate* unmanaged<Result*, ulong>)Find("duckdb_row_count");
    private static readonly delegate* unmanaged<Result*, ulong, ulong, nint> s_value = (delegate* unmanaged<Result*, ulong, ulong, nint>)Find("duckdb_value_varchar");
    private static readonly delegate* unmanaged<nint, void> s_free = (delegate* unmanaged<nint, void>)Find("duckdb_free");
    private nint _database;
    private nint _connection;

    public DuckDb()
    {
        nint database, connection;
        Assert.Equal(0, s_open(null, &database));
        Assert.Equal(0, s_connect(database, &connection));
        (_database, _connection) = (database, connection);
        Query("SET threads=1");
    }

    /// <summary>Runs one statement and returns its rows; every value is text or null.</summary>
    public List<string?[]> Query(string sql)
    {
        Result result;
        fixed (byte* text = Encoding.UTF8.GetBytes(sql + '\0'))
        {
            int state = s_query(_connection, text, &result);
            string? error = state == 0 ? null : Marshal.PtrToStringUTF8(s_error(&result));
            if (error is not null)
                s_destroy(&result);
            Assert.True(state == 0, $"{sql}: {error}");
        }

        var rows = new List<string?[]>();
        for (ulong row = 0; row < s_rows(&result); row++)
        {
            var values = new string?[s_columns(&result)];
            for (int column = 0; column < values.Length; column++)
            {
                nint value = s_value(&result, (ulong)column, row);
                values[column] = Marshal.PtrToStringUTF8(value);
                s_free(value);
            }

            rows.Add(values);
        }

        s_destroy(&result);
        return rows;
    }

    public void Dispose()
    {
        fixed (nint* connection = &_connection)
            s_disconnect(connection);
        fixed (nint* database = &_database)
            s_close(database);
    }

    private static nint Find(string name) => NativeLibrary.GetExport(s_library, name);

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
