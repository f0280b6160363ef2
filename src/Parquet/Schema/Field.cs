namespace DataPipeline.Parquet;

/// <summary>A column or a group of columns of a <see cref="ParquetSchema"/>.</summary>
public abstract class Field
{
    private protected Field(string name, bool isNullable)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = StoredName = name;
        IsNullable = isNullable;
    }

    /// <summary>The name in its group.</summary>
    public string Name { get; }

    /// <summary>The name in the file: another one where a group of the file has two fields of one name.</summary>
    internal string StoredName { get; set; }

    /// <summary>Whether the field itself may be null.</summary>
    public bool IsNullable { get; }

    /// <summary>The definition level at which this field is present (for a list: present, perhaps empty).</summary>
    internal int DefinitionLevel { get; private protected set; }

    /// <summary>The first of the leaf columns below this field, as an index into <see cref="ParquetSchema.DataFields"/>.</summary>
    internal int LeafStart { get; private set; } = -1;

    /// <summary>How many leaf columns lie below this field.</summary>
    internal int LeafCount { get; private set; }

    internal void Attach(in Levels levels, string[] path, List<DataField> leaves)
    {
        if (LeafStart >= 0)
            throw new InvalidOperationException($"Field '{Name}' already belongs to a schema: make a new field for each.");

        LeafStart = leaves.Count;
        DefinitionLevel = levels.Definition + (IsNullable ? 1 : 0);
        AttachBelow(levels with { Definition = DefinitionLevel }, path, leaves);
        LeafCount = leaves.Count - LeafStart;
    }

    private protected abstract void AttachBelow(in Levels levels, string[] path, List<DataField> leaves);

    internal abstract void AppendElements(List<SchemaElement> elements);

    private protected Repetition OwnRepetition => IsNullable ? Repetition.Optional : Repetition.Required;
}

/// <summary>The levels reached on the way down to a field.</summary>
/// <param name="Definition">Optional and repeated steps so far.</param>
/// <param name="Repetition">Repeated steps so far.</param>
/// <param name="EmptyList">The definition level that says that the innermost list is there but empty; -1 outside lists.</param>
/// <param name="IsNullableList">Whether the innermost list may be null.</param>
internal readonly record struct Levels(int Definition, int Repetition, int EmptyList, bool IsNullableList);
