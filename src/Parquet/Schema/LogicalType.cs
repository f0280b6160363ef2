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

    /// <summary>Days since 1970-01-01 in 32 bits.</summary>
    public static LogicalType Date { get; } = new(LogicalKind.Date);

    /// <summary>A JSON text.</summary>
    public static LogicalType Json { get; } = new(LogicalKind.Json);

    /// <summary>A text of few distinct values.</summary>
    public static LogicalType Enum { get; } = new(LogicalKind.Enum);

    /// <summary>16 bytes, most significant first (RFC 4122).</summary>
    public static LogicalType Uuid { get; } = new(LogicalKind.Uuid);

    /// <summary>A half-precision number in two bytes, least significant first.</summary>
    public static LogicalType Float16 { get; } = new(LogicalKind.Float16);

    /// <summary>An integer times 10 to the power of minus <paramref name="scale"/>; in 32 bits up to 9 digits, in 64 up to 18, else in bytes, most significant first.</summary>
    public static LogicalType Decimal(int precision, int scale) => new(LogicalKind.Decimal, Precision: precision, Scale: scale);

    /// <summary>Time since midnight: milliseconds in 32 bits, else in 64.</summary>
    public static LogicalType Time(TimeUnit unit, bool isUtc) => new(LogicalKind.Time, Unit: unit, IsUtc: isUtc);

    /// <summary>Time since 1970-01-01 00:00 in 64 bits, as an instant in UTC or as a local clock shows it.</summary>
    public static LogicalType Timestamp(TimeUnit unit, bool isUtc) => new(LogicalKind.Timestamp, Unit: unit, IsUtc: isUtc);

    /// <summary>Whether values are shown as text.</summary>
    public bool IsText => Kind is LogicalKind.String or LogicalKind.Enum or LogicalKind.Json;

    /// <summary>Whether values stored so can have this meaning; a meaning that cannot hold is ignored by readers.</summary>
    internal bool Fits(PhysicalType type, int typeLength) => Kind switch
    {
        LogicalKind.String or LogicalKind.Enum or LogicalKind.Json or LogicalKind.Bson => type is PhysicalType.ByteArray,
        LogicalKind.Uuid => type == PhysicalType.FixedLenByteArray && typeLength == 16,
        LogicalKind.Float16 => type == PhysicalType.FixedLenByteArray && typeLength == 2,
        LogicalKind.Interval => type == PhysicalType.FixedLenByteArray && typeLength == 12,
        LogicalKind.Date => type == PhysicalType.Int32,
        LogicalKind.Time => type == (Unit == TimeUnit.Millis ? PhysicalType.Int32 : PhysicalType.Int64),
        LogicalKind.Timestamp => type == PhysicalType.Int64,
        LogicalKind.Integer => BitWidth is 8 or 16 or 32 ? type == PhysicalType.Int32 : BitWidth == 64 && type == PhysicalType.Int64,
        LogicalKind.Decimal => type is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.ByteArray or PhysicalType.FixedLenByteArray
            && Precision > 0 && Scale >= 0 && Scale <= Precision,
        _ => true,
    };

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
        LogicalKind.Bson => ConvertedType.Bson,
        LogicalKind.Decimal => ConvertedType.Decimal,
        LogicalKind.Interval => ConvertedType.Interval,
        LogicalKind.Time when IsUtc && Unit != TimeUnit.Nanos => Unit == TimeUnit.Millis ? ConvertedType.TimeMillis : ConvertedType.TimeMicros,
        LogicalKind.Timestamp when IsUtc && Unit != TimeUnit.Nanos => Unit == TimeUnit.Millis ? ConvertedType.TimestampMillis : ConvertedType.TimestampMicros,
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
