namespace DataPipeline.Parquet;

/// <summary>A schema as indented lines that people read: name, type, and "?" where a field may be null.</summary>
public static class SchemaText
{
    /// <summary>One line a field; list items, map keys and values stand below their field.</summary>
    public static IEnumerable<string> Lines(ParquetSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema.Fields.SelectMany(field => Lines(field, ""));
    }

    /// <summary>A column's type as stored and meant: "int32", "uint16", "string", "decimal(10, 2) in int64", "timestamp(micros, UTC)".</summary>
    public static string Type(DataField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        LogicalType logical = field.LogicalType;
        string stored = field.PhysicalType switch
        {
            PhysicalType.ByteArray => "bytes",
            PhysicalType.FixedLenByteArray => $"bytes({field.TypeLength})",
            _ => $"{field.PhysicalType}".ToLowerInvariant(),
        };
        return logical.Kind switch
        {
            LogicalKind.None or LogicalKind.Unknown => stored,
            LogicalKind.Integer => $"{(logical.IsSigned ? "" : "u")}int{logical.BitWidth}",
            LogicalKind.Decimal => $"decimal({logical.Precision}, {logical.Scale}) in {stored}",
            LogicalKind.Time or LogicalKind.Timestamp => $"{logical.Kind}({logical.Unit}{(logical.IsUtc ? ", UTC)" : ")")}".ToLowerInvariant().Replace("utc", "UTC", StringComparison.Ordinal),
            _ => $"{logical.Kind}".ToLowerInvariant(),
        };
    }

    private static IEnumerable<string> Lines(Field field, string indent)
    {
        (string type, IReadOnlyList<Field> below) = field switch
        {
            DataField leaf => (Type(leaf), []),
            StructField group => ("group", group.Fields),
            ListField list => ("list of", [list.Item]),
            MapField map => ("map of", [map.Key, map.Value]),
            _ => throw new InvalidOperationException($"Field '{field.Name}' is of an unknown kind."),
        };
        return below.SelectMany(inner => Lines(inner, indent + "  ")).Prepend($"{indent}{field.Name}: {type}{(field.IsNullable ? "?" : "")}");
    }
}
