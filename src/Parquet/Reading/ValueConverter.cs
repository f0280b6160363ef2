using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace DataPipeline.Parquet;

/// <summary>Stored values as .NET values.</summary>
internal static class ValueConverter
{
    private const long TicksOfDay = TimeSpan.TicksPerDay;

    public static object ToObject(ColumnBuffer column, int index)
    {
        LogicalType logical = column.Field.LogicalType;
        switch (logical.Kind)
        {
            case LogicalKind.Integer or LogicalKind.None:
                break;
            case LogicalKind.Decimal:
                return ToDecimal(column is BinaryColumnBuffer bytes ? new BigInteger(bytes[index], isBigEndian: true) : new BigInteger(ToInt64(column, index)), logical);
            case LogicalKind.Date:
                return ToDate(((ColumnBuffer<int>)column).Values[index]);
            case LogicalKind.Time:
                return ToTime(ToInt64(column, index), logical.Unit);
            case LogicalKind.Timestamp:
                return ToTimestamp(ToInt64(column, index), logical);
        }

        if (column is not BinaryColumnBuffer binary)
            return column.ValueAt(index);

        ReadOnlySpan<byte> value = binary[index];
        return logical.Kind switch
        {
            LogicalKind.String or LogicalKind.Enum or LogicalKind.Json => binary.GetString(index),
            LogicalKind.Uuid => new Guid(value, bigEndian: true),
            LogicalKind.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(value),
            _ when column.Field.PhysicalType == PhysicalType.Int96 => ToInt96(value),
            _ => value.ToArray(),
        };
    }

    private static long ToInt64(ColumnBuffer column, int index) => column switch
    {
        ColumnBuffer<int> ints => ints.Values[index],
        ColumnBuffer<long> longs => longs.Values[index],
        _ => throw new ParquetException($"column {column.Field} does not hold integers"),
    };

    /// <summary>Exact: a decimal up to 28 digits, else the digits as text.</summary>
    private static object ToDecimal(BigInteger unscaled, LogicalType logical)
    {
        BigInteger magnitude = BigInteger.Abs(unscaled);
        if (logical.Scale <= 28 && magnitude >> 96 == 0)
        {
            UInt128 bits = (UInt128)magnitude;
            return new decimal((int)(uint)bits, (int)(uint)(bits >> 32), (int)(uint)(bits >> 64), unscaled.Sign < 0, (byte)logical.Scale);
        }

        string digits = magnitude.ToString(CultureInfo.InvariantCulture).PadLeft(logical.Scale + 1, '0');
        string text = logical.Scale == 0 ? digits : $"{digits[..^logical.Scale]}.{digits[^logical.Scale..]}";
        return unscaled.Sign < 0 ? "-" + text : text;
    }

    private static object ToDate(int days)
    {
        long number = (long)days + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return number >= 0 && number <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber((int)number) : days;
    }

    private static object ToTime(long value, TimeUnit unit)
    {
        Int128 ticks = ToTicks(value, unit);
        return ticks >= 0 && ticks < TicksOfDay ? new TimeOnly((long)ticks) : value;
    }

    private static object ToTimestamp(long value, LogicalType logical)
    {
        Int128 ticks = ToTicks(value, logical.Unit) + DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime((long)ticks, logical.IsUtc ? DateTimeKind.Utc : DateTimeKind.Unspecified)
            : value;
    }

    /// <summary>The old timestamp of Impala and Spark: nanoseconds of the day, then the Julian day.</summary>
    private static object ToInt96(ReadOnlySpan<byte> value)
    {
        const long JulianUnixEpoch = 2_440_588;
        long days = BinaryPrimitives.ReadInt32LittleEndian(value[8..]) - JulianUnixEpoch;
        Int128 ticks = ToTicks(BinaryPrimitives.ReadInt64LittleEndian(value), TimeUnit.Nanos) + ((Int128)days * TicksOfDay) + DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime((long)ticks, DateTimeKind.Utc) : value.ToArray();
    }

    // Rounds down, also before 1970: nanoseconds have two digits more than ticks.
    private static Int128 ToTicks(long value, TimeUnit unit) => unit switch
    {
        TimeUnit.Millis => (Int128)value * TimeSpan.TicksPerMillisecond,
        TimeUnit.Micros => (Int128)value * TimeSpan.TicksPerMicrosecond,
        _ => (value - (((value % 100) + 100) % 100)) / 100,
    };
}
