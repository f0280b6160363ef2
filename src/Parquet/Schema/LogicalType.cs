namespace DataPipeline.Parquet;

/// <summary>What a column's stored values mean, with the parameters of that meaning.</summary>
/// <param name="Kind">The meaning.</param>
/// <param name="BitWidth">For integers: 8, 16, 32 or 64.</param>
/// <param name="IsSigned">For integers: whether values may be negative.</param>
/// <param name="Scale">For decimals: digits after the point.</param>
/// <param name="Precision">For decimals: digits in all.</param>
/// <param name="Unit">For times and timestamps: the unit of the stored number.</param>
/// <param name="IsUtc">For times and timestamps: whether the value is an instant in UTC rather than a local clock reading.</param>
public sealed record LogicalType(
    LogicalKind Kind, int BitWidth = 0, bool IsSigned = true, int Scale = 0, int Precision = 0, TimeUnit Unit = TimeUnit.Millis, bool IsUtc = false)
{
    /// <summary>No meaning beyond the stored type.</summary>
    public static LogicalType None { get; } = new(LogicalKind.None);

    /// <summary>UTF-8 text.</summary>
    public static LogicalType String { get; } = new(LogicalKind.String);

    /// <summary>An integer of the given width in bits.</summary>
    public static LogicalType Integer(int bitWidth, bool isSigned) => new(LogicalKind.Integer, bitWidth, isSigned);

    /// <summary>Whether values are shown as text.</summary>
    public bool IsText => Kind is LogicalKind.String or LogicalKind.Enum or LogicalKind.Json;

    internal bool IsUnsigned => Kind == LogicalKind.Integer && !IsSigned;

    internal ConvertedType Converted => Kind switch
    {
        LogicalKind.String => ConvertedType.Utf8,
        LogicalKind.Integer => (BitWidth, IsSigned) switch
        {
            (8, false) => ConvertedType.UInt8,
            (16, false) => ConvertedType.UInt16,
            (32, false) => ConvertedType.UInt32,
            (64, false) => ConvertedType.UInt64,
            (8, true) => ConvertedType.Int8,
            (16, true) => ConvertedType.Int16,
            (32, true) => ConvertedType.Int32,
            _ => ConvertedType.Int64,
        },
        LogicalKind.Date => ConvertedType.Date,
        LogicalKind.Json => ConvertedType.Json,
        LogicalKind.Enum => ConvertedType.Enum,
        _ => ConvertedType.None,
    };

    internal static LogicalType FromConverted(ConvertedType converted, int scale, int precision) => converted switch
    {
        ConvertedType.Utf8 => String,
        ConvertedType.Enum => new(LogicalKind.Enum),
        ConvertedType.Json => new(LogicalKind.Json),
        ConvertedType.Bson => new(LogicalKind.Bson),
        ConvertedType.Decimal => new(LogicalKind.Decimal, Scale: scale, Precision: precision),
        ConvertedType.Date => new(LogicalKind.Date),
        ConvertedType.TimeMillis => new(LogicalKind.Time, Unit: TimeUnit.Millis, IsUtc: true),
        ConvertedType.TimeMicros => new(LogicalKind.Time, Unit: TimeUnit.Micros, IsUtc: true),
        ConvertedType.TimestampMillis => new(LogicalKind.Timestamp, Unit: TimeUnit.Millis, IsUtc: true),
        ConvertedType.TimestampMicros => new(LogicalKind.Timestamp, Unit: TimeUnit.Micros, IsUtc: true),
        ConvertedType.UInt8 => Integer(8, false),
        ConvertedType.UInt16 => Integer(16, false),
        ConvertedType.UInt32 => Integer(32, false),
        ConvertedType.UInt64 => Integer(64, false),
        ConvertedType.Int8 => Integer(8, true),
        ConvertedType.Int16 => Integer(16, true),
        ConvertedType.Int32 => Integer(32, true),
        ConvertedType.Int64 => Integer(64, true),
        ConvertedType.Interval => new(LogicalKind.Interval),
        _ => None,
    };
}
