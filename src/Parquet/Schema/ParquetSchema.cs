namespace DataPipeline.Parquet;

/// <summary>The fields of a Parquet file, in order.</summary>
public sealed class ParquetSchema
{
    private readonly List<DataField> _leaves = [];

    /// <summary>Makes a schema from its top-level fields; every field belongs to one schema only.</summary>
    public ParquetSchema(params Field[] fields) : this((IReadOnlyList<Field>)fields)
    {
    }

    /// <summary>Makes a schema from its top-level fields; every field belongs to one schema only.</summary>
    public ParquetSchema(IReadOnlyList<Field> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        Fields = fields;
        foreach (Field field in fields)
            field.Attach(new Levels(0, 0, -1, false), [], _leaves);
    }

    /// <summary>The top-level fields.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>The leaf columns in file order.</summary>
    public IReadOnlyList<DataField> DataFields => _leaves;

    /// <summary>The leaf columns in file order, as Parquet.Net names them.</summary>
    public DataField[] GetDataFields() => [.. _leaves];

    /// <summary>Finds a top-level field by name, or returns null.</summary>
    public Field? Find(string name)
    {
        foreach (Field field in Fields)
        {
            if (field.Name == name)
                return field;
        }

        return null;
    }

    /// <summary>Finds a leaf column by its dotted path, or by the name of a top-level field with a single leaf (as a list of values has).</summary>
    /// <exception cref="ArgumentException">There is no such column, or the name covers several.</exception>
    public DataField FindDataField(string path)
    {
        foreach (DataField leaf in _leaves)
        {
            if (leaf.ToString() == path)
                return leaf;
        }

        return Find(path) is { LeafCount: 1 } field
            ? _leaves[field.LeafStart]
            : throw new ArgumentException($"There is no column '{path}'; the columns are {string.Join(", ", _leaves)}.", nameof(path));
    }

    internal List<SchemaElement> ToElements()
    {
        List<SchemaElement> elements = [new SchemaElement { Name = "schema", ChildCount = Fields.Count, IsRoot = true }];
        foreach (Field field in Fields)
            field.AppendElements(elements);
        return elements;
    }
}
