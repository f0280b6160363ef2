using System.Text;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>What another reader cannot take, or takes as something else, and random files then leave out.</summary>
[Flags]
internal enum Without
{
    Nothing = 0,
    Bytes = 1,
    Json = 2,
    UtcTimes = 4,
    OddFloats = 8,
    OddMapKeys = 16,
    Uuid = 32,
    Nanos = 64,
    AllButSimple = 128,
    RareEncodings = 256,
}

/// <summary>Random schemas with structs, lists and maps, and rows that suit them, as values in the form that ReadRows gives.</summary>
internal sealed class RandomRows(int seed, Without without = Without.Nothing)
{
    private static readonly string[] s_words = ["", "a", "plain text", "naïve", "日本語のテキスト", "🦆🚀", "prefix/one", "prefix/two", "prefix/two/more", new string('x', 90)];
    private readonly Random _random = new(seed);

    public ParquetSchema Schema() => new([.. Enumerable.Range(0, 1 + _random.Next(5)).Select(i => MakeField($"f{i}", 3))]);

    public List<Dictionary<string, object?>> Rows(ParquetSchema schema, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => schema.Fields.ToDictionary(field => field.Name, MakeValue))];

    public ParquetOptions Options(ParquetSchema schema)
    {
        CompressionMethod[] codecs = [CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip, CompressionMethod.Brotli, CompressionMethod.Lz4Raw, CompressionMethod.Zstd];
        DataField[] coded = [.. schema.DataFields.Where(_ => _random.Next(2) == 0)];
        return new ParquetOptions
        {
            Compression = codecs[_random.Next(codecs.Length)],
            CompressionLevel = 1 + _random.Next(4),
            PageBytes = 1 << _random.Next(4, 18),
            DictionaryBytes = _random.Next(3) == 0 ? 0 : 1 << _random.Next(8, 20),
            PageChecksums = _random.Next(2) == 0,
            PageIndex = _random.Next(3) > 0,
            Encodings = coded.ToDictionary(field => field.ToString(), MakeEncoding),
            BloomFilters = schema.DataFields.Where(field => field.PhysicalType != PhysicalType.Boolean && _random.Next(4) == 0).ToDictionary(field => field.ToString(), _ => 0.01),
        };
    }

    private Field MakeField(string name, int depth)
    {
        bool isNullable = _random.Next(2) == 0;
        return (depth == 0 ? 0 : _random.Next(8)) switch
        {
            5 => new ListField(name, MakeField("element", depth - 1), isNullable),
            6 => new StructField(name, isNullable, [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(i => MakeField($"s{i}", depth - 1))]),
            7 => new MapField(name, MapKey(), MakeField("value", depth - 1), isNullable),
            _ => MakeLeaf(name, isNullable),
        };
    }

    private DataField MapKey() => (without & (Without.OddMapKeys | Without.AllButSimple)) != 0 || _random.Next(2) == 0
        ? new DataField<string>("key", isNullable: false)
        : new DataField<int>("key");

    private DataField MakeLeaf(string name, bool isNullable)
    {
        if ((without & Without.AllButSimple) != 0)
            return new DataField(name, new[] { typeof(bool), typeof(int), typeof(double), typeof(string) }[_random.Next(4)], isNullable);

        TimeUnit unit = (TimeUnit)_random.Next((without & Without.Nanos) != 0 ? 2 : 3);
        bool isUtc = (without & Without.UtcTimes) == 0 && _random.Next(2) == 0;
        int digits = 1 + _random.Next(28);
        DataField Stored(PhysicalType type, LogicalType logical, int length = 0) => new(name, type, logical, length, isNullable);
        Type[] types = [typeof(bool), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(float), typeof(double), typeof(string)];
        return _random.Next(24) switch
        {
            < 12 and int i => new DataField(name, types[i], isNullable),
            12 when (without & Without.Bytes) == 0 => new DataField(name, typeof(byte[]), isNullable),
            13 when (without & Without.Bytes) == 0 => Stored(PhysicalType.FixedLenByteArray, LogicalType.None, 1 + _random.Next(9)),
            14 when (without & Without.Json) == 0 => Stored(PhysicalType.ByteArray, LogicalType.Json),
            15 when (without & Without.Json) == 0 => Stored(PhysicalType.ByteArray, LogicalType.Enum),
            16 when (without & Without.Uuid) == 0 => Stored(PhysicalType.FixedLenByteArray, LogicalType.Uuid, 16),
            17 => Stored(PhysicalType.FixedLenByteArray, LogicalType.Float16, 2),
            18 => Stored(PhysicalType.Int32, LogicalType.Date),
            19 => Stored(unit == TimeUnit.Millis ? PhysicalType.Int32 : PhysicalType.Int64, LogicalType.Time(unit, isUtc)),
            20 => Stored(PhysicalType.Int64, LogicalType.Timestamp(unit, isUtc)),
            21 => Stored(PhysicalType.Int32, LogicalType.Decimal(Math.Min(9, digits), Math.Min(9, digits) / 2)),
            22 => Stored(PhysicalType.Int64, LogicalType.Decimal(Math.Min(18, digits), Math.Min(18, digits) / 3)),
            23 => digits % 2 == 0 ? Stored(PhysicalType.FixedLenByteArray, LogicalType.Decimal(digits, digits / 2), 13) : Stored(PhysicalType.ByteArray, LogicalType.Decimal(digits, 0)),
            _ => new DataField(name, typeof(string), isNullable),
        };
    }

    private PageEncoding MakeEncoding(DataField field)
    {
        PageEncoding[] any = field.PhysicalType switch
        {
            PhysicalType.Boolean => [PageEncoding.Plain],
            PhysicalType.Int32 or PhysicalType.Int64 => [PageEncoding.Plain, PageEncoding.RleDictionary, PageEncoding.DeltaBinaryPacked, PageEncoding.ByteStreamSplit],
            PhysicalType.ByteArray => [PageEncoding.Plain, PageEncoding.RleDictionary, PageEncoding.DeltaLengthByteArray, PageEncoding.DeltaByteArray],
            PhysicalType.FixedLenByteArray => [PageEncoding.Plain, PageEncoding.RleDictionary, PageEncoding.DeltaByteArray, PageEncoding.ByteStreamSplit],
            _ => [PageEncoding.Plain, PageEncoding.RleDictionary, PageEncoding.ByteStreamSplit],
        };
        PageEncoding chosen = any[_random.Next(any.Length)];
        bool isRare = chosen == PageEncoding.ByteStreamSplit ? field.PhysicalType is not (PhysicalType.Float or PhysicalType.Double) : field.LogicalType.Kind == LogicalKind.Decimal;
        return isRare && (without & Without.RareEncodings) != 0 ? PageEncoding.Plain : chosen;
    }

    private object? MakeValue(Field field)
    {
        if (field.IsNullable && _random.Next(4) == 0)
            return null;
        return field switch
        {
            StructField group => group.Fields.ToDictionary(inner => inner.Name, MakeValue),
            ListField list => Enumerable.Range(0, Length()).Select(_ => MakeValue(list.Item)).ToList(),
            MapField map => Enumerable.Range(0, Length()).Select(i => new KeyValuePair<object, object?>(map.Key is DataField { PhysicalType: PhysicalType.Int32 } ? i * 7 : $"k{i}", MakeValue(map.Value))).ToList(),
            _ => MakeLeafValue((DataField)field),
        };
    }

    private int Length() => _random.Next(4) == 0 ? 0 : _random.Next(_random.Next(10) == 0 ? 60 : 5);

    private object MakeLeafValue(DataField field)
    {
        // Half of the values come from a small set, so that dictionaries and runs occur.
        long whole = _random.Next(2) == 0 ? _random.Next(8) : _random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64);
        LogicalType logical = field.LogicalType;
        switch (logical.Kind)
        {
            case LogicalKind.String or LogicalKind.Enum or LogicalKind.Json:
                return _random.Next(3) == 0 ? $"{s_words[_random.Next(s_words.Length)]}{whole}" : s_words[_random.Next(s_words.Length)];
            case LogicalKind.Uuid:
                return new Guid((int)whole, 2, 3, 4, 5, 6, 7, 8, 9, 10, (byte)(whole >> 32));
            case LogicalKind.Float16:
                return (float)(Half)(_random.Next(-2048, 2048) / 8f);
            case LogicalKind.Date:
                return DateOnly.FromDayNumber(_random.Next(600_000, 800_000));
            case LogicalKind.Time:
                return new TimeOnly(Round(_random.NextInt64(TimeSpan.TicksPerDay), logical.Unit));
            case LogicalKind.Timestamp:
                long ticks = new DateTime(1700, 1, 1).Ticks + _random.NextInt64(TimeSpan.TicksPerDay * 365 * 500);
                return new DateTime(Round(ticks, logical.Unit), logical.IsUtc ? DateTimeKind.Utc : DateTimeKind.Unspecified);
            case LogicalKind.Decimal:
                Int128 digits = ((Int128)whole << 30) + _random.Next(1000);
                digits %= (Int128)Math.Pow(10, Math.Min(logical.Precision, 15));
                return (decimal)digits / (decimal)Math.Pow(10, logical.Scale);
        }

        double real = _random.Next(2) == 0 ? whole : _random.NextDouble() * Math.Pow(10, _random.Next(-30, 30));
        if ((without & Without.OddFloats) == 0 && _random.Next(8) == 0)
            real = new[] { double.NaN, double.PositiveInfinity, -0.0, 0.0, double.NegativeInfinity }[_random.Next(5)];
        return (field.PhysicalType, logical.BitWidth, logical.IsSigned) switch
        {
            (PhysicalType.Boolean, _, _) => (whole & 1) == 0,
            (PhysicalType.Float, _, _) => (float)real,
            (PhysicalType.Double, _, _) => real,
            (PhysicalType.Int32, 8, true) => (sbyte)whole,
            (PhysicalType.Int32, 8, false) => (byte)whole,
            (PhysicalType.Int32, 16, true) => (short)whole,
            (PhysicalType.Int32, 16, false) => (ushort)whole,
            (PhysicalType.Int32, 32, false) => (uint)whole,
            (PhysicalType.Int32, _, _) => (int)whole,
            (PhysicalType.Int64, 64, false) => (ulong)whole,
            (PhysicalType.Int64, _, _) => whole,
            (PhysicalType.FixedLenByteArray, _, _) => Encoding.ASCII.GetBytes(whole.ToString("D20", System.Globalization.CultureInfo.InvariantCulture))[^field.TypeLength..],
            _ => BitConverter.GetBytes(whole)[.._random.Next(9)],
        };
    }

    private static long Round(long ticks, TimeUnit unit) => unit switch
    {
        TimeUnit.Millis => ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond,
        TimeUnit.Micros => ticks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond,
        _ => ticks,
    };

    /// <summary>Says where two values differ, or null where they are the same, floats bit by bit.</summary>
    public static string? Difference(object? wanted, object? found, string place)
    {
        switch (wanted, found)
        {
            case (null, null):
                return null;
            case (byte[] a, byte[] b):
                return a.AsSpan().SequenceEqual(b) ? null : $"{place}: bytes differ";
            case (double a, double b):
                return BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) ? null : $"{place}: {a} became {b}";
            case (float a, float b):
                return BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) ? null : $"{place}: {a} became {b}";
            case (DateTime a, DateTime b):
                return a == b && a.Kind == b.Kind ? null : $"{place}: {a:O} became {b:O}";
            case (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b):
                return a.Keys.SequenceEqual(b.Keys) ? a.Select(pair => Difference(pair.Value, b[pair.Key], $"{place}.{pair.Key}")).FirstOrDefault(text => text is not null) : $"{place}: other fields";
            case (List<KeyValuePair<object, object?>> a, List<KeyValuePair<object, object?>> b):
                return a.Count != b.Count ? $"{place}: {a.Count} pairs became {b.Count}"
                    : a.Zip(b).Select((pair, i) => Difference(pair.First.Key, pair.Second.Key, $"{place}[{i}].key") ?? Difference(pair.First.Value, pair.Second.Value, $"{place}[{i}].value")).FirstOrDefault(text => text is not null);
            case (List<object?> a, List<object?> b):
                return a.Count != b.Count ? $"{place}: {a.Count} items became {b.Count}"
                    : a.Zip(b).Select((pair, i) => Difference(pair.First, pair.Second, $"{place}[{i}]")).FirstOrDefault(text => text is not null);
            default:
                return Equals(wanted, found) ? null : $"{place}: {wanted ?? "null"} ({wanted?.GetType().Name}) became {found ?? "null"} ({found?.GetType().Name})";
        }
    }
}
