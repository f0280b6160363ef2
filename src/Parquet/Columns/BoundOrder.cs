using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>The order in which a column's smallest and largest values are meant, on the bytes that statistics hold.</summary>
internal static class BoundOrder
{
    /// <summary>Less than, equal to or greater than 0 as <paramref name="a"/> lies before, at or after <paramref name="b"/>; both have the column's length.</summary>
    public static int Compare(DataField field, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => field.PhysicalType switch
    {
        PhysicalType.Boolean => a[0].CompareTo(b[0]),
        PhysicalType.Int32 when field.LogicalType.IsUnsigned => BinaryPrimitives.ReadUInt32LittleEndian(a).CompareTo(BinaryPrimitives.ReadUInt32LittleEndian(b)),
        PhysicalType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(a).CompareTo(BinaryPrimitives.ReadInt32LittleEndian(b)),
        PhysicalType.Int64 when field.LogicalType.IsUnsigned => BinaryPrimitives.ReadUInt64LittleEndian(a).CompareTo(BinaryPrimitives.ReadUInt64LittleEndian(b)),
        PhysicalType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(a).CompareTo(BinaryPrimitives.ReadInt64LittleEndian(b)),
        PhysicalType.Float => BinaryPrimitives.ReadSingleLittleEndian(a).CompareTo(BinaryPrimitives.ReadSingleLittleEndian(b)),
        PhysicalType.Double => BinaryPrimitives.ReadDoubleLittleEndian(a).CompareTo(BinaryPrimitives.ReadDoubleLittleEndian(b)),
        _ when field.LogicalType.Kind == LogicalKind.Decimal => CompareSigned(a, b),
        _ when field.LogicalType.Kind == LogicalKind.Float16 => BinaryPrimitives.ReadHalfLittleEndian(a).CompareTo(BinaryPrimitives.ReadHalfLittleEndian(b)),
        _ => a.SequenceCompareTo(b),
    };

    /// <summary>Compares integers of any length in two's complement, most significant byte first.</summary>
    private static int CompareSigned(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        bool isNegative = IsNegative(a);
        if (isNegative != IsNegative(b))
            return isNegative ? -1 : 1;

        // Bytes that only carry the sign on say nothing; then the longer number lies farther from zero.
        byte sign = isNegative ? (byte)0xFF : (byte)0;
        a = a.TrimStart(sign);
        b = b.TrimStart(sign);
        return a.Length == b.Length ? a.SequenceCompareTo(b) : a.Length > b.Length == isNegative ? -1 : 1;
    }

    private static bool IsNegative(ReadOnlySpan<byte> number) => number.Length > 0 && number[0] >= 0x80;
}
