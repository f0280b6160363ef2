namespace DataPipeline.Parquet;

/// <summary>A group of named fields.</summary>
public sealed class StructField : Field
{
    /// <summary>Makes a group that is never null.</summary>
    public StructField(string name, params Field[] fields) : this(name, false, fields)
    {
    }

    /// <summary>Makes a group.</summary>
    public StructField(string name, bool isNullable, IReadOnlyList<Field> fields) : base(name, isNullable)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Count == 0)
            throw new ArgumentException($"Group '{name}' has no fields.", nameof(fields));
        Fields = fields;
    }

    /// <summary>The fields of the group, in order.</summary>
    public IReadOnlyList<Field> Fields { get; }

    private protected override void AttachBelow(in Levels levels, string[] path, List<DataField> leaves)
    {
        string[] below = [.. path, StoredName];
        foreach (Field field in Fields)
            field.Attach(levels, below, leaves);
    }

    internal override void AppendElements(List<SchemaElement> elements)
    {
        elements.Add(new SchemaElement { Name = Name, Repetition = OwnRepetition, ChildCount = Fields.Count });
        foreach (Field field in Fields)
            field.AppendElements(elements);
    }
}
