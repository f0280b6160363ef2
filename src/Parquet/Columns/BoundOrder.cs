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
        _ => a.SequenceCompareTo(b),
    };
}
