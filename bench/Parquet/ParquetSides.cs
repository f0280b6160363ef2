using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using DataPipeline.Parquet;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Bench.Parquet;

/// <summary>Writes the corpus with our writer, in row groups as token shards have. Arguments: corpus, target, zstd level.</summary>
internal sealed class OurParquetWrite : Side
{
    private string _target = "";
    private int _level;
    private BinaryColumnBuffer _ids = null!, _texts = null!;
    private ColumnBuffer<ushort> _tokens = null!;
    private int[] _lengths = [];

    // Kept from file to file, as a program that writes many does.
    private readonly ParquetSchema _schema = ParquetCorpus.NewSchema();
    private readonly ColumnBuffer[] _columns;

    public OurParquetWrite() => _columns = [.. _schema.DataFields.Select(ColumnBuffer.Create)];

    public override void Prepare(string[] arguments)
    {
        (_target, _level) = (arguments[1], int.Parse(arguments[2], System.Globalization.CultureInfo.InvariantCulture));
        using ParquetReader reader = ParquetReader.Open(arguments[0]);
        RowGroupReader group = reader.RowGroups[0];
        _ids = group.ReadBinary(reader.Schema.FindDataField("id"));
        _texts = group.ReadBinary(reader.Schema.FindDataField("text"));
        _tokens = group.Read<ushort>(reader.Schema.FindDataField("tokens"));
        _lengths = _tokens.ListLengths();
        Figures.WarmUp(this);
    }

    public override Outcome Run()
    {
        long start = Stopwatch.GetTimestamp();
        using (ParquetWriter writer = ParquetWriter.Create(_target, _schema, new ParquetOptions { CompressionLevel = _level }))
        {
            var (ids, texts, tokens) = ((BinaryColumnBuffer)_columns[0], (BinaryColumnBuffer)_columns[1], (ColumnBuffer<ushort>)_columns[2]);
            int at = 0;
            for (int row = 0; row < _lengths.Length; row++)
            {
                if (tokens.ValueCount + _lengths[row] > TokenShardWriter.RowGroupTokens)
                    Flush(writer);
                ids.Add(_ids[row]);
                texts.Add(_texts[row]);
                tokens.AddList(_tokens.Values.Slice(at, _lengths[row]));
                at += _lengths[row];
            }

            Flush(writer);
            writer.Finish();
        }

        return Figures.OfWrite(_target, _tokens.ValueCount, start);
    }

    private void Flush(ParquetWriter writer)
    {
        writer.WriteRowGroup(_columns);
        foreach (ColumnBuffer column in _columns)
            column.Clear();
    }
}

/// <summary>Writes the corpus with DuckDB's COPY from a table in memory. Arguments: corpus, target, libduckdb, rows of a row group or 0.</summary>
internal sealed class DuckDbWrite : Side
{
    private string _target = "", _groups = "";
    private DuckDb _duck = null!;
    private long _tokens;

    public override void Prepare(string[] arguments)
    {
        _target = arguments[1];
        _groups = arguments[3] == "0" ? "" : $", ROW_GROUP_SIZE {arguments[3]}";
        _duck = new DuckDb(arguments[2]);
        _duck.Query($"CREATE TABLE corpus AS SELECT * FROM '{arguments[0]}'");
        using ParquetReader reader = ParquetReader.Open(arguments[0]);
        _tokens = reader.Metadata.RowGroups[0].Columns[2].ValueCount;
    }

    public override Outcome Run()
    {
        long start = Stopwatch.GetTimestamp();
        _duck.Query($"COPY corpus TO '{_target}' (FORMAT parquet, COMPRESSION zstd{_groups})");
        return Figures.OfWrite(_target, _tokens, start);
    }
}

/// <summary>Sums the token ids of a file, read by our reader. Arguments: file.</summary>
internal sealed class OurTokenRead : Side
{
    private string _path = "";

    public override void Prepare(string[] arguments)
    {
        _path = arguments[0];
        Figures.WarmUp(this);
    }

    public override Outcome Run()
    {
        long start = Stopwatch.GetTimestamp(), sum = 0, tokens = 0;
        using ParquetReader reader = ParquetReader.Open(_path);
        DataField field = reader.Schema.FindDataField("tokens");
        foreach (ColumnBuffer<ushort> page in reader.RowGroups.SelectMany(group => group.ReadPages(field)).Cast<ColumnBuffer<ushort>>())
        {
            sum += Figures.Sum(page.Values);
            tokens += page.ValueCount;
        }

        return Figures.OfTokens(sum, tokens, start);
    }
}

/// <summary>Sums the token ids of a file, read by DuckDB. Arguments: file, libduckdb.</summary>
internal sealed unsafe class DuckDbTokenRead : Side
{
    private string _path = "";
    private DuckDb _duck = null!;

    public override void Prepare(string[] arguments) => (_path, _duck) = (arguments[0], new DuckDb(arguments[1]));

    public override Outcome Run()
    {
        long start = Stopwatch.GetTimestamp(), sum = 0, tokens = 0;
        _duck.Read($"SELECT tokens FROM '{_path}'", isList: true, (rows, lists, items) =>
        {
            ReadOnlySpan<(ulong Offset, ulong Length)> entries = new((void*)lists, rows);
            foreach ((ulong offset, ulong length) in entries)
            {
                sum += Figures.Sum(new ReadOnlySpan<ushort>((ushort*)items + offset, (int)length));
                tokens += (long)length;
            }
        });
        return Figures.OfTokens(sum, tokens, start);
    }
}

/// <summary>Reads all texts of a file with our reader, touching both ends of each. Arguments: file.</summary>
internal sealed class OurTextRead : Side
{
    private string _path = "";

    public override void Prepare(string[] arguments)
    {
        _path = arguments[0];
        Figures.WarmUp(this);
    }

    public override Outcome Run()
    {
        long sum = 0;
        using ParquetReader reader = ParquetReader.Open(_path);
        DataField field = reader.Schema.FindDataField("text");
        foreach (BinaryColumnBuffer page in reader.RowGroups.SelectMany(group => group.ReadPages(field)).Cast<BinaryColumnBuffer>())
        {
            for (int i = 0; i < page.ValueCount; i++)
                sum += Figures.Ends(page[i]);
        }

        return new Outcome($"{sum}");
    }
}

/// <summary>Reads all texts of a file with DuckDB, touching both ends of each. Arguments: file, libduckdb.</summary>
internal sealed unsafe class DuckDbTextRead : Side
{
    private string _path = "";
    private DuckDb _duck = null!;

    public override void Prepare(string[] arguments) => (_path, _duck) = (arguments[0], new DuckDb(arguments[1]));

    public override Outcome Run()
    {
        long sum = 0;
        _duck.Read($"SELECT text FROM '{_path}'", isList: false, (rows, texts, _) =>
        {
            // duckdb_string_t: a length, then up to 12 bytes, or four bytes and a pointer to all of them.
            for (byte* text = (byte*)texts, end = text + (rows * 16L); text < end; text += 16)
            {
                int length = *(int*)text;
                sum += Figures.Ends(new ReadOnlySpan<byte>(length <= 12 ? text + 4 : *(byte**)(text + 8), length));
            }
        });
        return new Outcome($"{sum}");
    }
}

internal static class Figures
{
    /// <summary>Runs until the runtime has compiled for speed what runs often; DuckDB comes compiled.</summary>
    public static void WarmUp(Side side)
    {
        for (int i = 0; i < 5; i++)
            side.Run();
    }

    public static Outcome OfWrite(string path, long tokens, long start) => new(null, new Dictionary<string, double>
    {
        ["file bytes"] = new FileInfo(path).Length,
        ["M tokens/s"] = tokens / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6,
    });

    public static Outcome OfTokens(long sum, long tokens, long start) =>
        new($"{tokens} {sum}", new Dictionary<string, double> { ["M tokens/s"] = tokens / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6 });

    public static long Ends(ReadOnlySpan<byte> text) => text.IsEmpty ? 1 : ((long)text.Length << 16) + (text[0] << 8) + text[^1];

    public static long Sum(ReadOnlySpan<ushort> tokens)
    {
        long sum = 0;
        while (tokens.Length >= Vector<ushort>.Count)
        {
            // 65,536 additions of 16 bits fit 32.
            Vector<uint> sums = default;
            int blocks = Math.Min(tokens.Length / Vector<ushort>.Count, 1 << 15);
            foreach (Vector<ushort> some in MemoryMarshal.Cast<ushort, Vector<ushort>>(tokens[..(blocks * Vector<ushort>.Count)]))
            {
                Vector.Widen(some, out Vector<uint> low, out Vector<uint> high);
                sums += low + high;
            }

            Vector.Widen(sums, out Vector<ulong> lowSums, out Vector<ulong> highSums);
            sum += (long)Vector.Sum(lowSums + highSums);
            tokens = tokens[(blocks * Vector<ushort>.Count)..];
        }

        foreach (ushort token in tokens)
            sum += token;
        return sum;
    }
}
