namespace DataPipeline.Parquet;

/// <summary>A column of values: a leaf of the schema.</summary>
public class DataField : Field
{
    /// <summary>Makes a column for values of a .NET type.</summary>
    /// <param name="name">Name in its group.</param>
    /// <param name="clrType">bool, an integer of 8 to 64 bits, float, double, string, byte[] or the nullable form of one of them.</param>
    /// <param name="isNullable">Whether values may be null; the default is what the type says, and true for string and byte[].</param>
    public DataField(string name, Type clrType, bool? isNullable = null)
        : this(name, Describe(clrType), isNullable ?? (!clrType.IsValueType || Nullable.GetUnderlyingType(clrType) is not null))
    {
    }

    /// <summary>Makes a column by what is stored and what it means: dates, times, decimals, UUIDs, which buffers take in their stored form.</summary>
    /// <param name="name">Name in its group.</param>
    /// <param name="physicalType">How values are stored.</param>
    /// <param name="logicalType">What they mean.</param>
    /// <param name="typeLength">Bytes of a value of a fixed-length column, else 0.</param>
    /// <param name="isNullable">Whether values may be null.</param>
    /// <exception cref="ArgumentException">Values stored so cannot have that meaning.</exception>
    public DataField(string name, PhysicalType physicalType, LogicalType logicalType, int typeLength, bool isNullable) : base(name, isNullable)
    {
        ArgumentNullException.ThrowIfNull(logicalType);
        if ((physicalType == PhysicalType.FixedLenByteArray) != (typeLength > 0) || !logicalType.Fits(physicalType, typeLength))
            throw new ArgumentException($"Column '{name}': {physicalType} of {typeLength} bytes cannot hold {logicalType.Kind}.", nameof(logicalType));
        PhysicalType = physicalType;
        LogicalType = logicalType;
        TypeLength = typeLength;
    }

    private DataField(string name, (PhysicalType Physical, LogicalType Logical) type, bool isNullable) : this(name, type.Physical, type.Logical, 0, isNullable)
    {
    }

    /// <summary>How values are stored.</summary>
    public PhysicalType PhysicalType { get; }

    /// <summary>What values mean.</summary>
    public LogicalType LogicalType { get; }

    /// <summary>Bytes of a value of a fixed-length column, else 0.</summary>
    public int TypeLength { get; }

    /// <summary>The names from the root of the file's schema to this column, as stored.</summary>
    public IReadOnlyList<string> Path { get; private set; } = [];

    /// <summary>Definition level of a value that is there: the number of optional and repeated steps above and including the column.</summary>
    public int MaxDefinitionLevel { get; private set; }

    /// <summary>Number of lists that the column lies in.</summary>
    public int MaxRepetitionLevel { get; private set; }

    /// <summary>Position among the leaf columns of the schema.</summary>
    public int Index => LeafStart;

    /// <summary>The definition level that says that the innermost list is there but empty; -1 outside lists.</summary>
    internal int EmptyListLevel { get; private set; }

    internal bool IsInNullableList { get; private set; }

    /// <summary>The path joined by dots.</summary>
    public override string ToString() => Path.Count == 0 ? Name : string.Join('.', Path);

    private protected override void AttachBelow(in Levels levels, string[] path, List<DataField> leaves)
    {
        Path = [.. path, StoredName];
        MaxDefinitionLevel = levels.Definition;
        MaxRepetitionLevel = levels.Repetition;
        EmptyListLevel = levels.EmptyList;
        IsInNullableList = levels.IsNullableList;
        leaves.Add(this);
    }

    internal override void AppendElements(List<SchemaElement> elements) => elements.Add(new SchemaElement
    {
        Name = Name,
        Type = PhysicalType,
        TypeLength = TypeLength,
        Repetition = OwnRepetition,
        Converted = LogicalType.Converted,
        Logical = LogicalType,
    });

    private static (PhysicalType Physical, LogicalType Logical) Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => (PhysicalType.Boolean, LogicalType.None),
            TypeCode.SByte => (PhysicalType.Int32, LogicalType.Integer(8, true)),
            TypeCode.Byte => (PhysicalType.Int32, LogicalType.Integer(8, false)),
            TypeCode.Int16 => (PhysicalType.Int32, LogicalType.Integer(16, true)),
            TypeCode.UInt16 => (PhysicalType.Int32, LogicalType.Integer(16, false)),
            TypeCode.Int32 => (PhysicalType.Int32, LogicalType.None),
            TypeCode.UInt32 => (PhysicalType.Int32, LogicalType.Integer(32, false)),
            TypeCode.Int64 => (PhysicalType.Int64, LogicalType.None),
            TypeCode.UInt64 => (PhysicalType.Int64, LogicalType.Integer(64, false)),
            TypeCode.Single => (PhysicalType.Float, LogicalType.None),
            TypeCode.Double => (PhysicalType.Double, LogicalType.None),
            TypeCode.String => (PhysicalType.ByteArray, LogicalType.String),
            _ when type == typeof(byte[]) => (PhysicalType.ByteArray, LogicalType.None),
            _ => throw new ArgumentException($"A Parquet column cannot be made for {type.Name}.", nameof(type)),
        };
    }
}

/// <summary>A column of values of a .NET type.</summary>
/// <typeparam name="T">bool, an integer of 8 to 64 bits, float, double, string, byte[] or the nullable form of one of them.</typeparam>
public sealed class DataField<T> : DataField
{
    /// <summary>Makes a column; values may be null where <typeparamref name="T"/> is Nullable, string or byte[], unless <paramref name="isNullable"/> says otherwise.</summary>
    public DataField(string name, bool? isNullable = null) : base(name, typeof(T), isNullable)
    {
    }
}
