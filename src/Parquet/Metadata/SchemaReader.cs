namespace DataPipeline.Parquet;

/// <summary>Reads the schema elements of a footer.</summary>
internal static class SchemaReader
{
    public static SchemaElement Read(ref ThriftReader reader)
    {
        var element = new SchemaElement();
        bool isNamed = false;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    element.Type = Checked<PhysicalType>(reader.Int32(type), 7, "physical type");
                    break;
                case 2:
                    element.TypeLength = reader.Int32(type);
                    break;
                case 3:
                    element.Repetition = Checked<Repetition>(reader.Int32(type), 2, "repetition");
                    break;
                case 4:
                    element.Name = reader.Text(type);
                    isNamed = true;
                    break;
                case 5:
                    element.ChildCount = reader.Int32(type);
                    break;
                case 6:
                    element.Converted = (ConvertedType)reader.Int32(type);
                    break;
                case 7:
                    element.Scale = reader.Int32(type);
                    break;
                case 8:
                    element.Precision = reader.Int32(type);
                    break;
                case 10:
                    ReadLogical(ref reader, element);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct(saved);
        if (!isNamed)
            throw new ParquetException("the schema holds an element with no name");

        // A group may carry a stray type-less child count of 0 in the root only; a leaf never has children.
        if (element.ChildCount > 0)
            element.Type = null;
        return element;
    }

    private static T Checked<T>(int value, int largest, string what) where T : struct, Enum =>
        value >= 0 && value <= largest ? (T)(object)value : throw new ParquetException($"the schema holds the unknown {what} {value}");

    private static void ReadLogical(ref ThriftReader reader, SchemaElement element)
    {
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    element.Logical = LogicalType.String;
                    break;
                case 2:
                    element.Converted = ConvertedType.Map;
                    break;
                case 3:
                    element.Converted = ConvertedType.List;
                    break;
                case 5:
                    element.Logical = ReadDecimal(ref reader);
                    continue;
                case 7 or 8:
                    element.Logical = ReadTime(ref reader, id == 7 ? LogicalKind.Time : LogicalKind.Timestamp);
                    continue;
                case 10:
                    element.Logical = ReadInteger(ref reader);
                    continue;
                default:
                    element.Logical = new LogicalType(id switch
                    {
                        4 => LogicalKind.Enum,
                        6 => LogicalKind.Date,
                        11 => LogicalKind.Null,
                        12 => LogicalKind.Json,
                        13 => LogicalKind.Bson,
                        14 => LogicalKind.Uuid,
                        15 => LogicalKind.Float16,
                        _ => LogicalKind.Unknown,
                    });
                    break;
            }

            reader.Skip(type);
        }

        reader.EndStruct(saved);
    }

    private static LogicalType ReadDecimal(ref ThriftReader reader)
    {
        int scale = 0, precision = 0;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                scale = reader.Int32(type);
            else if (id == 2)
                precision = reader.Int32(type);
            else
                reader.Skip(type);
        }

        reader.EndStruct(saved);
        return new LogicalType(LogicalKind.Decimal, Scale: scale, Precision: precision);
    }

    private static LogicalType ReadTime(ref ThriftReader reader, LogicalKind kind)
    {
        bool isUtc = false;
        TimeUnit? unit = null;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                isUtc = ThriftReader.Bool(type);
            else if (id == 2)
                unit = ReadUnit(ref reader);
            else
                reader.Skip(type);
        }

        reader.EndStruct(saved);

        // A unit of a later format makes the meaning unknown, not the file damaged.
        return unit is { } known ? new LogicalType(kind, Unit: known, IsUtc: isUtc) : new LogicalType(LogicalKind.Unknown);
    }

    private static TimeUnit? ReadUnit(ref ThriftReader reader)
    {
        TimeUnit? unit = null;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            unit = id switch
            {
                1 => TimeUnit.Millis,
                2 => TimeUnit.Micros,
                3 => TimeUnit.Nanos,
                _ => null,
            };
            reader.Skip(type);
        }

        reader.EndStruct(saved);
        return unit;
    }

    private static LogicalType ReadInteger(ref ThriftReader reader)
    {
        int width = 0;
        bool isSigned = true;
        int saved = reader.BeginStruct();
        while (reader.NextField(out int id, out ThriftType type))
        {
            if (id == 1)
                width = reader.Int32(type);
            else if (id == 2)
                isSigned = ThriftReader.Bool(type);
            else
                reader.Skip(type);
        }

        reader.EndStruct(saved);
        return LogicalType.Integer(width, isSigned);
    }
}
