using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace DataPipeline.Parquet;

/// <summary>.NET values as columns store them: the inverse of <see cref="ValueConverter"/>. A value that the column cannot hold exactly is refused.</summary>
internal static class ValueStore
{
    /// <summary>Appends a value at a repetition level.</summary>
    /// <exception cref="ArgumentException">The column cannot hold the value.</exception>
    public static void Add(ColumnBuffer column, object value, int repetition)
    {
        switch (column)
        {
            case ColumnBuffer<bool> flags:
                flags.Add(value as bool? ?? throw Unfit(column, value), repetition);
                break;
            case ColumnBuffer<sbyte> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<byte> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<short> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<ushort> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<int> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<uint> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<long> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<ulong> numbers:
                AddInteger(numbers, value, repetition);
                break;
            case ColumnBuffer<float> numbers:
                numbers.Add(ToSingle(column, value), repetition);
                break;
            case ColumnBuffer<double> numbers:
                numbers.Add(ToDouble(column, value), repetition);
                break;
            default:
                AddBytes((BinaryColumnBuffer)column, value, repetition);
                break;
        }
    }

    private static void AddInteger<T>(ColumnBuffer<T> column, object value, int repetition) where T : unmanaged, IBinaryInteger<T> =>
        column.Add(T.CreateChecked(ToStored(column, value)), repetition);

    /// <summary>The number that stands for the value in a column of integers.</summary>
    private static BigInteger ToStored(ColumnBuffer column, object value)
    {
        LogicalType logical = column.Field.LogicalType;
        return logical.Kind switch
        {
            LogicalKind.Decimal => ToUnscaled(column, value, logical),
            LogicalKind.Date when value is DateOnly day => day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber,
            LogicalKind.Time when value is TimeOnly time => FromTicks(time.Ticks, logical.Unit),
            LogicalKind.Timestamp when value is DateTime stamp => FromTicks(stamp.Kind == DateTimeKind.Local
                ? throw new ArgumentException("a local DateTime depends on the machine's time zone: give UTC or an unspecified kind")
                : stamp.Ticks - DateTime.UnixEpoch.Ticks, logical.Unit),
            LogicalKind.Timestamp when value is DateTimeOffset stamp && logical.IsUtc => FromTicks(stamp.UtcTicks - DateTime.UnixEpoch.Ticks, logical.Unit),
            _ => ToInteger(value) ?? throw Unfit(column, value),
        };
    }

    private static BigInteger? ToInteger(object value) => value switch
    {
        int number => number,
        long number => number,
        ushort number => number,
        uint number => number,
        ulong number => number,
        short number => number,
        byte number => number,
        sbyte number => number,
        BigInteger number => number,
        Enum member => Convert.ToInt64(member, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static BigInteger FromTicks(long ticks, TimeUnit unit)
    {
        if (unit == TimeUnit.Nanos)
            return (BigInteger)ticks * 100;
        long perUnit = unit == TimeUnit.Millis ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerMicrosecond;
        return ticks % perUnit == 0 ? ticks / perUnit : throw new ArgumentException($"the time is finer than the {unit} of the column: round it first");
    }

    private static BigInteger ToUnscaled(ColumnBuffer column, object value, LogicalType logical)
    {
        (BigInteger digits, int scale) = value switch
        {
            decimal number => (DigitsOf(number), number.Scale),
            string text => Parse(text),
            _ => (ToInteger(value) ?? throw Unfit(column, value), 0),
        };
        BigInteger unscaled = digits * BigInteger.Pow(10, Math.Max(0, logical.Scale - scale));
        if (scale > logical.Scale)
        {
            unscaled = BigInteger.DivRem(digits, BigInteger.Pow(10, scale - logical.Scale), out BigInteger rest);
            if (!rest.IsZero)
                throw new ArgumentException($"{value} has more than {logical.Scale} digits after the point: round it first");
        }

        return BigInteger.Abs(unscaled) < BigInteger.Pow(10, logical.Precision) ? unscaled : throw new ArgumentException($"{value} has more than {logical.Precision} digits");
    }

    private static BigInteger DigitsOf(decimal number)
    {
        int[] bits = decimal.GetBits(number);
        return (BigInteger)new decimal(bits[0], bits[1], bits[2], number < 0, 0);
    }

    private static (BigInteger Digits, int Scale) Parse(string text)
    {
        int point = text.IndexOf('.');
        string digits = point < 0 ? text : text.Remove(point, 1);
        return (BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), point < 0 ? 0 : text.Length - point - 1);
    }

    private static float ToSingle(ColumnBuffer column, object value)
    {
        double wide = value is float single ? single : ToDouble(column, value);
        return (float)wide is var narrow && (narrow == wide || double.IsNaN(wide)) ? narrow : throw new ArgumentException($"{value} is no exact 32-bit float: round it first");
    }

    private static double ToDouble(ColumnBuffer column, object value) => value switch
    {
        double number => number,
        float number => number,
        Half number => (double)number,
        _ when ToInteger(value) is { } integer => (BigInteger)(double)integer == integer ? (double)integer : throw new ArgumentException($"{value} is no exact float"),
        _ => throw Unfit(column, value),
    };

    private static void AddBytes(BinaryColumnBuffer column, object value, int repetition)
    {
        switch (value)
        {
            case byte[] bytes:
                column.Add(bytes, repetition);
                return;
            case ReadOnlyMemory<byte> bytes:
                column.Add(bytes.Span, repetition);
                return;
            case string text when column.Field.LogicalType.Kind != LogicalKind.Decimal && column.FixedLength == 0:
                column.Add(text, repetition);
                return;
        }

        Span<byte> few = stackalloc byte[16];
        switch (column.Field.LogicalType.Kind)
        {
            case LogicalKind.Decimal:
                AddDecimal(column, ToUnscaled(column, value, column.Field.LogicalType), repetition);
                break;
            case LogicalKind.Uuid when value is Guid id && id.TryWriteBytes(few, bigEndian: true, out _):
                column.Add(few, repetition);
                break;
            case LogicalKind.Float16:
                float single = ToSingle(column, value);
                if ((float)(Half)single != single && !float.IsNaN(single))
                    throw new ArgumentException($"{value} is no exact 16-bit float: round it first");
                BinaryPrimitives.WriteHalfLittleEndian(few, (Half)single);
                column.Add(few[..2], repetition);
                break;
            default:
                throw Unfit(column, value);
        }
    }

    private static void AddDecimal(BinaryColumnBuffer column, BigInteger unscaled, int repetition)
    {
        byte[] bytes = unscaled.ToByteArray(isBigEndian: true);
        if (column.FixedLength == 0)
        {
            column.Add(bytes, repetition);
            return;
        }

        if (bytes.Length > column.FixedLength)
            throw new ArgumentException($"the decimal needs {bytes.Length} bytes where the column has {column.FixedLength}");
        byte[] whole = new byte[column.FixedLength];
        whole.AsSpan().Fill(unscaled.Sign < 0 ? (byte)0xFF : (byte)0);
        bytes.CopyTo(whole, whole.Length - bytes.Length);
        column.Add(whole, repetition);
    }

    private static ArgumentException Unfit(ColumnBuffer column, object value) =>
        new($"a column of {column.Field.PhysicalType} ({column.Field.LogicalType.Kind}) does not take {value.GetType().Name}");
}
