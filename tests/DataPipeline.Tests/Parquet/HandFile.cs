using System.Buffers.Binary;
using System.Text;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>A Parquet file made byte by byte, as other writers make them and as ours never would.</summary>
internal sealed class HandFile
{
    private readonly ByteBuffer _file = new();
    private readonly List<SchemaElement> _schema = [];
    private readonly List<HandColumn> _columns = [];

    public HandFile() => _file.Add("PAR1"u8);

    /// <summary>Choices of the column orders in the footer, one for each column; null leaves the list out.</summary>
    public int[]? Orders { get; init; }

    public string CreatedBy { get; init; } = "by hand";

    /// <summary>Rows of the row group where they are not those of the file.</summary>
    public long? FileRows { get; init; }

    /// <summary>Writes footer fields behind the column orders.</summary>
    public Action<ThriftWriter>? MoreFooter { get; init; }

    public HandFile Group(string name, Repetition repetition, int children, ConvertedType converted = ConvertedType.None)
    {
        _schema.Add(new SchemaElement { Name = name, Repetition = repetition, ChildCount = children, Converted = converted });
        return this;
    }

    /// <summary>A leaf of the schema and its column chunk.</summary>
    public HandFile Leaf(string name, Repetition repetition, PhysicalType type, HandColumn column, LogicalType? logical = null, int length = 0, ConvertedType converted = ConvertedType.None)
    {
        _schema.Add(new SchemaElement { Name = name, Repetition = repetition, Type = type, TypeLength = length, Logical = logical, Converted = converted });
        column.Type = type;
        column.Start = _file.Length;
        foreach ((byte[] header, byte[] body) in column.Pages)
        {
            column.DataStart ??= column.FirstIsDictionary && column.Start == _file.Length ? null : _file.Length;
            _file.Add(header);
            _file.Add(body);
        }

        column.Bytes = _file.Length - column.Start;
        _columns.Add(column);
        return this;
    }

    public byte[] Build(long rows)
    {
        int start = _file.Length;
        var writer = new ThriftWriter(_file);
        writer.BeginStruct();
        writer.Int32(1, 1);
        writer.BeginList(2, ThriftType.Struct, _schema.Count + 1);
        int top = CountTop();
        WriteElement(writer, new SchemaElement { Name = "root", ChildCount = top, IsRoot = true });
        foreach (SchemaElement element in _schema)
            WriteElement(writer, element);
        writer.Int64(3, FileRows ?? rows);
        writer.BeginList(4, ThriftType.Struct, 1);
        writer.BeginStruct();
        writer.BeginList(1, ThriftType.Struct, _columns.Count);
        foreach (HandColumn column in _columns)
            column.Write(writer);
        writer.Int64(2, 0);
        writer.Int64(3, rows);
        writer.EndStruct();
        writer.Text(6, CreatedBy);
        if (Orders is not null)
        {
            writer.BeginList(7, ThriftType.Struct, Orders.Length);
            foreach (int order in Orders)
            {
                writer.BeginStruct();
                writer.BeginStruct(order);
                writer.EndStruct();
                writer.EndStruct();
            }
        }

        MoreFooter?.Invoke(writer);
        writer.EndStruct();
        _file.AddInt32(_file.Length - start);
        _file.Add("PAR1"u8);
        return _file.Span.ToArray();
    }

    /// <summary>The rows as JSON lines.</summary>
    public static string[] Read(byte[] file, ReadLimits? limits = null)
    {
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file), "hand.parquet", limits);
        return RowJsonTests.Lines(reader.Schema, reader.ReadRows());
    }

    /// <summary>What reading all rows fails with.</summary>
    public static string Fault(byte[] file, ReadLimits? limits = null) => Assert.Throws<ParquetException>(() => Read(file, limits)).Message;

    private int CountTop()
    {
        int next = 0, top = 0;
        for (; next < _schema.Count; top++)
            Pass();
        return top;

        void Pass()
        {
            int children = _schema[next++].ChildCount;
            for (; children > 0; children--)
                Pass();
        }
    }

    private static void WriteElement(ThriftWriter writer, SchemaElement element)
    {
        writer.BeginStruct();
        if (element.Type is { } type)
            writer.Int32(1, (int)type);
        if (element.TypeLength > 0)
            writer.Int32(2, element.TypeLength);
        if (!element.IsRoot)
            writer.Int32(3, (int)element.Repetition);
        writer.Text(4, element.Name);
        if (element.Type is null)
            writer.Int32(5, element.ChildCount);
        if (element.Converted != ConvertedType.None)
            writer.Int32(6, (int)element.Converted);
        if (element.Logical is { } logical)
        {
            writer.BeginStruct(10);
            writer.BeginStruct(logical.Kind switch
            {
                LogicalKind.String => 1,
                LogicalKind.Time => 7,
                LogicalKind.Timestamp => 8,
                LogicalKind.Integer => 10,
                LogicalKind.Float16 => 15,
                _ => 99,
            });
            if (logical.Kind is LogicalKind.Time or LogicalKind.Timestamp)
            {
                // A bit width stands for a unit that the format does not have yet.
                writer.Bool(1, logical.IsUtc);
                writer.BeginStruct(2);
                writer.BeginStruct(logical.BitWidth > 0 ? logical.BitWidth : 1 + (int)logical.Unit);
                writer.EndStruct();
                writer.EndStruct();
            }
            else if (logical.Kind == LogicalKind.Integer)
            {
                writer.Int8(1, logical.BitWidth);
                writer.Bool(2, logical.IsSigned);
            }

            writer.EndStruct();
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    public static byte[] Ints(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static byte[] Longs(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    /// <summary>Texts in plain encoding.</summary>
    public static byte[] Texts(params string[] values) => [.. values.SelectMany(value => BitConverter.GetBytes(Encoding.UTF8.GetByteCount(value)).Concat(Encoding.UTF8.GetBytes(value)))];

    /// <summary>Levels or indices of up to 8 bits, a run for each.</summary>
    public static byte[] Runs(params int[] values) => [.. values.SelectMany(value => (byte[])[2, (byte)value])];

    /// <summary>The same behind their length, as pages of version 1 have levels.</summary>
    public static byte[] Levels(params int[] values) => [.. BitConverter.GetBytes(values.Length * 2), .. Runs(values)];
}

/// <summary>A column chunk made by hand.</summary>
internal sealed class HandColumn
{
    public List<(byte[] Header, byte[] Body)> Pages { get; } = [];

    public CompressionMethod Codec { get; init; }

    /// <summary>Entries that the footer claims; those of the data pages unless set.</summary>
    public long? Values { get; init; }

    /// <summary>The path that the footer gives.</summary>
    public string[] Path { get; init; } = [];

    public bool FirstIsDictionary { get; private set; }

    /// <summary>The offset of the dictionary as the footer gives it; null leaves it out.</summary>
    public long? DictionaryOffset { get; init; }

    /// <summary>Bytes that the footer forgets.</summary>
    public int MissingBytes { get; init; }

    public bool IsEncrypted { get; init; }

    /// <summary>Fields of the statistics: 1 and 2 are the deprecated largest and smallest, 5 and 6 their successors.</summary>
    public (int Field, byte[] Value)[] Bounds { get; init; } = [];

    public PhysicalType Type { get; set; }

    public long Start { get; set; }

    public long? DataStart { get; set; }

    public long Bytes { get; set; }

    private long Entries { get; set; }

    /// <summary>Adds a page of version 1, or a dictionary.</summary>
    public HandColumn Page(PageKind kind, int values, PageEncoding encoding, byte[] body, int? unpacked = null, uint? crc = null, PageEncoding levels = PageEncoding.Rle)
    {
        var header = new ByteBuffer();
        var writer = new ThriftWriter(header);
        writer.BeginStruct();
        writer.Int32(1, (int)kind);
        writer.Int32(2, unpacked ?? body.Length);
        writer.Int32(3, body.Length);
        if (crc is { } sum)
            writer.Int32(4, (int)sum);
        writer.BeginStruct(kind == PageKind.Dictionary ? 7 : 5);
        writer.Int32(1, values);
        writer.Int32(2, (int)encoding);
        if (kind == PageKind.Data)
        {
            writer.Int32(3, (int)levels);
            writer.Int32(4, (int)levels);
        }

        writer.EndStruct();
        writer.EndStruct();
        FirstIsDictionary |= kind == PageKind.Dictionary && Pages.Count == 0;
        Entries += kind == PageKind.Data ? values : 0;
        Pages.Add((header.Span.ToArray(), body));
        return this;
    }

    public HandColumn Data(int values, byte[] body) => Page(PageKind.Data, values, PageEncoding.Plain, body);

    /// <summary>Adds a page of version 2.</summary>
    public HandColumn PageV2(int values, int nulls, PageEncoding encoding, byte[] repetitions, byte[] definitions, byte[] body, int unpacked, bool? isCompressed = null)
    {
        var header = new ByteBuffer();
        var writer = new ThriftWriter(header);
        int levels = repetitions.Length + definitions.Length;
        writer.BeginStruct();
        writer.Int32(1, (int)PageKind.DataV2);
        writer.Int32(2, unpacked + levels);
        writer.Int32(3, body.Length + levels);
        writer.BeginStruct(8);
        writer.Int32(1, values);
        writer.Int32(2, nulls);
        writer.Int32(3, values);
        writer.Int32(4, (int)encoding);
        writer.Int32(5, definitions.Length);
        writer.Int32(6, repetitions.Length);
        if (isCompressed is { } flag)
            writer.Bool(7, flag);
        writer.EndStruct();
        writer.EndStruct();
        Entries += values;
        Pages.Add((header.Span.ToArray(), [.. repetitions, .. definitions, .. body]));
        return this;
    }

    public void Write(ThriftWriter writer)
    {
        writer.BeginStruct();
        writer.Int64(2, 0);
        writer.BeginStruct(3);
        writer.Int32(1, (int)Type);
        writer.BeginList(2, ThriftType.Int32, 1);
        writer.ListInt32(0);
        if (Path.Length > 0)
        {
            writer.BeginList(3, ThriftType.Binary, Path.Length);
            foreach (string name in Path)
                writer.ListText(name);
        }

        writer.Int32(4, (int)Codec);
        writer.Int64(5, Values ?? Entries);
        writer.Int64(6, Bytes);
        writer.Int64(7, Bytes - MissingBytes);
        writer.Int64(9, DictionaryOffset is null ? Start : DataStart ?? Start);
        if (DictionaryOffset is { } dictionary)
            writer.Int64(11, dictionary < 0 ? Start : dictionary);
        if (Bounds.Length > 0)
        {
            writer.BeginStruct(12);
            foreach ((int field, byte[] value) in Bounds)
                writer.Binary(field, value);
            writer.EndStruct();
        }

        writer.EndStruct();
        if (IsEncrypted)
        {
            writer.BeginStruct(8);
            writer.BeginStruct(1);
            writer.EndStruct();
            writer.EndStruct();
        }

        writer.EndStruct();
    }
}
