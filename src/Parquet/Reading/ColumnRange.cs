using System.Globalization;
using System.Text;

namespace DataPipeline.Parquet;

/// <summary>Keeps the rows whose value of a column lies between two bounds, both included; nulls and NaN are not kept. Equal bounds ask for one value, which Bloom filters answer too.</summary>
/// <param name="Column">Name of a top-level column of plain values.</param>
/// <param name="Min">Least value kept, of the type that <see cref="ParquetReader.ReadRows(IReadOnlyList{string})"/> gives (any integer for integers), or null for no bound.</param>
/// <param name="Max">Largest value kept, or null for no bound.</param>
public sealed record ColumnRange(string Column, object? Min, object? Max)
{
    /// <summary>Whether a value of the column is kept.</summary>
    internal bool Keeps(object? value) =>
        value is not null and not float.NaN and not double.NaN && (Min is null || Compare(value, Min) >= 0) && (Max is null || Compare(value, Max) <= 0);

    /// <summary>Whether rows of a chunk or page may be kept, by its statistics alone; true where they say nothing.</summary>
    /// <param name="column">The chunk.</param>
    /// <param name="statistics">Of the chunk, or of one of its pages.</param>
    /// <param name="rows">Rows that the statistics are of.</param>
    internal bool MayKeep(ColumnMetadata column, ColumnStatistics? statistics, long rows)
    {
        if (statistics is null)
            return true;
        if (statistics.NullCount == rows && rows > 0)
            return false;
        return (Max is null || CompareBound(column, statistics.Min, Max) is not > 0) && (Min is null || CompareBound(column, statistics.Max, Min) is not < 0);
    }

    /// <summary>Whether rows of a chunk may be kept by its Bloom filter: asked only where both bounds are one value.</summary>
    internal bool MayKeep(ColumnMetadata column, Func<BloomFilter?> readFilter)
    {
        if (Min is null || Max is null || column.BloomFilterOffset is null || PlainValue.FormsOf(column.Field, Min) is not { } forms || Compare(Min, Max) != 0)
            return true;
        return readFilter() is not { } filter || forms.Any(form => filter.MayContain(BloomFilter.HashOf(form)));
    }

    /// <summary>The field of the range, or what is wrong with it.</summary>
    internal DataField Find(ParquetSchema schema)
    {
        if (schema.Find(Column) is not DataField { MaxRepetitionLevel: 0 } field)
            throw new ArgumentException($"There is no top-level column of plain values '{Column}' to filter by.");
        if (field.LogicalType.Kind == LogicalKind.Decimal && field.LogicalType.Precision > 28)
            throw new ArgumentException($"Column '{Column}' has {field.LogicalType.Precision} digits; rows are filtered by at most 28.");
        return field;
    }

    /// <summary>How a stored bound lies to a bound of the range, or null where it says nothing.</summary>
    private int? CompareBound(ColumnMetadata column, byte[]? stored, object bound)
    {
        if (stored is null)
            return null;

        // Shortened texts may end within a character, so they are not made texts again.
        if (bound is string text && column.Field.LogicalType.IsText)
            return stored.AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(text));
        return column.ToValue(stored) is { } value ? Compare(value, bound) : null;
    }

    /// <summary>Text and bytes compare by their bytes, as the format orders them; numbers by value.</summary>
    private int Compare(object value, object bound) => (value, bound) switch
    {
        (string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        (Guid a, Guid b) => a.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(b.ToByteArray(bigEndian: true)),
        (string a, DateOnly or DateTime or TimeOnly) => IsoTime.Compare(a, bound),
        (long, TimeOnly) => Convert.ToInt64(value, CultureInfo.InvariantCulture) < 0 ? -1 : 1,
        (string a, decimal b) => double.Parse(a, CultureInfo.InvariantCulture).CompareTo((double)b),
        (float or double, _) => Convert.ToDouble(value, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(bound, CultureInfo.InvariantCulture)),
        (sbyte or byte or short or ushort or int or uint or long or ulong, sbyte or byte or short or ushort or int or uint or long or ulong) =>
            Convert.ToDecimal(value, CultureInfo.InvariantCulture).CompareTo(Convert.ToDecimal(bound, CultureInfo.InvariantCulture)),
        (IComparable a, _) when a.GetType() == bound.GetType() => a.CompareTo(bound),
        _ => throw new ArgumentException($"Column '{Column}' holds {value.GetType().Name}, which is not compared with {bound.GetType().Name}."),
    };
}
