using System.Globalization;
using System.Text;

namespace DataPipeline.Parquet;

/// <summary>Keeps the rows whose value of a column lies between two bounds, both included; nulls and NaN are not kept.</summary>
/// <param name="Column">Name of a top-level column of plain values.</param>
/// <param name="Min">Least value kept, of the type that <see cref="ParquetReader.ReadRows(IReadOnlyList{string})"/> gives (any integer for integers), or null for no bound.</param>
/// <param name="Max">Largest value kept, or null for no bound.</param>
public sealed record ColumnRange(string Column, object? Min, object? Max)
{
    /// <summary>Whether a value of the column is kept.</summary>
    internal bool Keeps(object? value) =>
        value is not null and not float.NaN and not double.NaN && (Min is null || Compare(value, Min) >= 0) && (Max is null || Compare(value, Max) <= 0);

    /// <summary>Whether rows of a chunk may be kept, by its statistics alone; true where they say nothing.</summary>
    internal bool MayKeep(ColumnMetadata chunk)
    {
        if (chunk.Statistics?.NullCount == chunk.ValueCount && chunk.ValueCount > 0)
            return false;
        return (Max is null || chunk.MinValue is not { } least || Compare(least, Max) <= 0) && (Min is null || chunk.MaxValue is not { } most || Compare(most, Min) >= 0);
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

    /// <summary>Text and bytes compare by their bytes, as the format orders them; numbers by value.</summary>
    private int Compare(object value, object bound) => (value, bound) switch
    {
        (string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        (Guid a, Guid b) => a.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(b.ToByteArray(bigEndian: true)),

        // Dates and times that .NET cannot hold stay numbers: they lie before or after all others.
        (int or long, DateOnly or DateTime or TimeOnly) => Convert.ToInt64(value, CultureInfo.InvariantCulture) < 0 ? -1 : 1,
        (float or double, _) => Convert.ToDouble(value, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(bound, CultureInfo.InvariantCulture)),
        (sbyte or byte or short or ushort or int or uint or long or ulong, sbyte or byte or short or ushort or int or uint or long or ulong) =>
            Convert.ToDecimal(value, CultureInfo.InvariantCulture).CompareTo(Convert.ToDecimal(bound, CultureInfo.InvariantCulture)),
        (IComparable a, _) when a.GetType() == bound.GetType() => a.CompareTo(bound),
        _ => throw new ArgumentException($"Column '{Column}' holds {value.GetType().Name}, which is not compared with {bound.GetType().Name}."),
    };
}
