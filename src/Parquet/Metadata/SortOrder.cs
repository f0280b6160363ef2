namespace DataPipeline.Parquet;

/// <summary>The order that a column's bounds were made by, as the footer's column orders say; bounds in an order that is not known here say nothing.</summary>
internal enum SortOrder
{
    /// <summary>Not said: only bounds in the deprecated fields of signed numbers have a meaning.</summary>
    Unsaid = 0,

    /// <summary>The order of the column's type.</summary>
    OfType = 1,

    /// <summary>IEEE 754 total order, for floating point only.</summary>
    TotalOrder = 2,

    /// <summary>By time, for the old 96-bit timestamps only.</summary>
    Int96Time = 3,
}

internal static class SortOrders
{
    /// <summary>Whether bounds of the column can be trusted: its meaning has an order, and it is the one said.</summary>
    public static bool HasBounds(this SortOrder order, DataField field)
    {
        bool isFloat = field.PhysicalType is PhysicalType.Float or PhysicalType.Double || field.LogicalType.Kind == LogicalKind.Float16;
        return order switch
        {
            SortOrder.OfType => field.PhysicalType != PhysicalType.Int96 && field.LogicalType.Kind is not (LogicalKind.Interval or LogicalKind.Null or LogicalKind.Unknown),
            SortOrder.TotalOrder => isFloat,
            _ => false,
        };
    }

    /// <summary>Reads one column's order; choices of later formats become values that have no bounds.</summary>
    public static SortOrder Read(ref ThriftReader reader)
    {
        var order = SortOrder.Unsaid;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            order = (SortOrder)id;
            reader.Skip(type);
        }

        reader.EndStruct(saved);
        return order;
    }
}
