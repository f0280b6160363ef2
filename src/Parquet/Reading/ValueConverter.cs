using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace DataPipeline.Parquet;

/// <summary>Stored values as .NET values.</summary>
internal static class ValueConverter
{
    /// <summary>The most characters that a .NET string holds.</summary>
    private const int MaxCharacters = 0x3FFFFFDF;

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
                return IsoTime.ToDate(ToInt64(column, index));
            case LogicalKind.Time:
                return IsoTime.ToTime(ToInt64(column, index), logical.Unit);
            case LogicalKind.Timestamp:
                return IsoTime.ToTimestamp(ToInt64(column, index) * (Int128)IsoTime.NanosOf(logical.Unit), logical.IsUtc);
        }

        if (column is not BinaryColumnBuffer binary)
            return column.ValueAt(index);

        ReadOnlySpan<byte> value = binary[index];
        return logical.Kind switch
        {
            LogicalKind.String or LogicalKind.Enum or LogicalKind.Json => ToText(value),
            LogicalKind.Uuid => new Guid(value, bigEndian: true),
            LogicalKind.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(value),
            LogicalKind.Interval => ToInterval(value),
            _ when column.Field.PhysicalType == PhysicalType.Int96 => ToInt96(value),
            _ => value.ToArray(),
        };
    }

    private static string ToText(ReadOnlySpan<byte> value) =>
        value.Length <= MaxCharacters || Encoding.UTF8.GetCharCount(value) <= MaxCharacters
            ? Encoding.UTF8.GetString(value)
            : throw new ParquetException($"a text of {value.Length} bytes is longer than a .NET string can be: read the column by {nameof(RowGroupReader)}.{nameof(RowGroupReader.ReadBinary)}");

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

    /// <summary>Months, days and milliseconds as an ISO 8601 duration, each as it is stored: none is a fixed number of another.</summary>
    private static string ToInterval(ReadOnlySpan<byte> value)
    {
        uint months = BinaryPrimitives.ReadUInt32LittleEndian(value), days = BinaryPrimitives.ReadUInt32LittleEndian(value[4..]), millis = BinaryPrimitives.ReadUInt32LittleEndian(value[8..]);
        string seconds = (millis / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"P{months}M{days}DT{seconds}S");
    }

    /// <summary>The old timestamp of Impala and Spark: nanoseconds of the day, then the Julian day.</summary>
    private static object ToInt96(ReadOnlySpan<byte> value)
    {
        const long JulianUnixEpoch = 2_440_588;
        const long NanosOfDay = 86_400_000_000_000;
        long days = BinaryPrimitives.ReadInt32LittleEndian(value[8..]) - JulianUnixEpoch;
        return IsoTime.ToTimestamp(BinaryPrimitives.ReadInt64LittleEndian(value) + ((Int128)days * NanosOfDay), isUtc: true);
    }
}
