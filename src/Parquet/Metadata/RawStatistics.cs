namespace DataPipeline.Parquet;

/// <summary>Statistics as the footer has them, with the bounds that older writers put into fields since deprecated.</summary>
internal sealed class RawStatistics
{
    private byte[]? _oldMin;
    private byte[]? _oldMax;
    private byte[]? _min;
    private byte[]? _max;
    private long? _nulls;
    private long? _distinct;
    private bool _isMinExact = true;
    private bool _isMaxExact = true;

    public static RawStatistics Read(ref ThriftReader reader)
    {
        var statistics = new RawStatistics();
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    statistics._oldMax = reader.Binary(type).ToArray();
                    break;
                case 2:
                    statistics._oldMin = reader.Binary(type).ToArray();
                    break;
                case 3:
                    statistics._nulls = reader.Int64(type);
                    break;
                case 4:
                    statistics._distinct = reader.Int64(type);
                    break;
                case 5:
                    statistics._max = reader.Binary(type).ToArray();
                    break;
                case 6:
                    statistics._min = reader.Binary(type).ToArray();
                    break;
                case 7:
                    statistics._isMaxExact = ThriftReader.Bool(type);
                    break;
                case 8:
                    statistics._isMinExact = ThriftReader.Bool(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        return statistics;
    }

    /// <summary>The bounds that can be trusted for the column: those in its type's order, and deprecated ones, which were compared as signed, for signed numbers alone.</summary>
    public ColumnStatistics For(DataField field, SortOrder order)
    {
        bool isSignedNumber = !field.LogicalType.IsUnsigned
            && field.PhysicalType is (PhysicalType.Boolean or PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.Float or PhysicalType.Double);
        bool isOrdered = order.HasBounds(field);
        byte[]? min = (isOrdered ? _min : null) ?? (isSignedNumber ? _oldMin : null), max = (isOrdered ? _max : null) ?? (isSignedNumber ? _oldMax : null);
        return new ColumnStatistics(min, max, _nulls is >= 0 ? _nulls : null, _distinct is >= 0 ? _distinct : null, _isMinExact, _isMaxExact);
    }
}
