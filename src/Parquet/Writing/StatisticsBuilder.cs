namespace DataPipeline.Parquet;

/// <summary>Joins the bounds and null counts of pages to those of their column chunk.</summary>
internal sealed class StatisticsBuilder(DataField field)
{
    private byte[]? _min;
    private byte[]? _max;
    private bool _isMinExact = true;
    private bool _isMaxExact = true;
    private bool _lacksMin;
    private bool _lacksMax;
    private long _nulls;

    /// <summary>Adds a page of <paramref name="values"/> values.</summary>
    public void Add(ColumnStatistics page, int values)
    {
        _nulls += page.NullCount ?? 0;
        if (values == 0)
            return;

        // A page of NaN alone has no bounds and bounds nothing; any other page without makes the chunk's unknown.
        bool isFloat = field.PhysicalType is PhysicalType.Float or PhysicalType.Double || field.LogicalType.Kind == LogicalKind.Float16;
        _lacksMin |= page.Min is null && !isFloat;
        _lacksMax |= page.Max is null && !isFloat;
        if (page.Min is not null && IsBetter(page.Min, _min, page.IsMinExact, -1))
            (_min, _isMinExact) = (page.Min, page.IsMinExact);
        if (page.Max is not null && IsBetter(page.Max, _max, page.IsMaxExact, 1))
            (_max, _isMaxExact) = (page.Max, page.IsMaxExact);
    }

    public ColumnStatistics Build() => new(_lacksMin ? null : _min, _lacksMax ? null : _max, _nulls, null, _isMinExact, _isMaxExact);

    private bool IsBetter(byte[] bound, byte[]? than, bool isExact, int sign)
    {
        if (than is null)
            return true;
        int order = BoundOrder.Compare(field, bound, than) * sign;
        return order > 0 || (order == 0 && isExact);
    }
}
