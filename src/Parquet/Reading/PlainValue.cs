using System.Globalization;
using System.Text;

namespace DataPipeline.Parquet;

/// <summary>A value that is asked for, in the bytes by which a column stores it and Bloom filters hash it.</summary>
internal static class PlainValue
{
    /// <summary>The plain encodings of a value in a column: none where the column cannot hold it, two for zero, which has a sign in floating point; null where this is not known.</summary>
    public static IReadOnlyList<byte[]>? FormsOf(DataField field, object value) => (field.PhysicalType, field.LogicalType.Kind, value) switch
    {
        (PhysicalType.ByteArray, LogicalKind.String or LogicalKind.Enum or LogicalKind.Json, string text) => [Encoding.UTF8.GetBytes(text)],
        (PhysicalType.ByteArray or PhysicalType.FixedLenByteArray, LogicalKind.None, byte[] bytes) => [bytes],
        (PhysicalType.FixedLenByteArray, LogicalKind.Uuid, Guid id) => [id.ToByteArray(bigEndian: true)],
        (PhysicalType.Int32 or PhysicalType.Int64, LogicalKind.None or LogicalKind.Integer, sbyte or byte or short or ushort or int or uint or long or ulong) => OfInteger(field, value),
        (PhysicalType.Int32, LogicalKind.Date, DateOnly day) => [BitConverter.GetBytes(day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)],
        (PhysicalType.Int64, LogicalKind.Timestamp, DateTime stamp) => OfTicks(stamp.Ticks - DateTime.UnixEpoch.Ticks, field.LogicalType.Unit),
        (PhysicalType.Float, LogicalKind.None, _) when TryDouble(value, out double number) => (double)(float)number != number ? [] : number == 0 ? [BitConverter.GetBytes(0f), BitConverter.GetBytes(-0f)] : [BitConverter.GetBytes((float)number)],
        (PhysicalType.Double, LogicalKind.None, _) when TryDouble(value, out double number) => number == 0 ? [BitConverter.GetBytes(0d), BitConverter.GetBytes(-0d)] : [BitConverter.GetBytes(number)],
        _ => null,
    };

    private static IReadOnlyList<byte[]> OfInteger(DataField field, object value)
    {
        Int128 number = value is ulong large ? large : Convert.ToInt64(value, CultureInfo.InvariantCulture);
        bool isWide = field.PhysicalType == PhysicalType.Int64, isUnsigned = field.LogicalType.IsUnsigned;
        (Int128 least, Int128 most) = (isWide, isUnsigned) switch
        {
            (false, false) => ((Int128)int.MinValue, (Int128)int.MaxValue),
            (false, true) => (0, uint.MaxValue),
            (true, false) => (long.MinValue, long.MaxValue),
            _ => (0, ulong.MaxValue),
        };
        if (number < least || number > most)
            return [];
        return [isWide ? BitConverter.GetBytes(unchecked((long)number)) : BitConverter.GetBytes(unchecked((int)number))];
    }

    private static IReadOnlyList<byte[]>? OfTicks(long ticks, TimeUnit unit)
    {
        Int128 nanos = (Int128)ticks * 100;
        long of = IsoTime.NanosOf(unit);
        Int128 number = nanos / of;
        return nanos % of != 0 || number > long.MaxValue || number < long.MinValue ? [] : [BitConverter.GetBytes((long)number)];
    }

    // Integers beyond 2^53 may round to a neighbour: then nothing is known.
    private static bool TryDouble(object value, out double number)
    {
        bool isExact = value is float or double or sbyte or byte or short or ushort or int or uint;
        number = isExact ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : double.NaN;
        return isExact && !double.IsNaN(number);
    }
}
