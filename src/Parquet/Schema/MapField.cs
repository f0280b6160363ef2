namespace DataPipeline.Parquet;

/// <summary>A map: pairs of a key that is never null and a value.</summary>
public sealed class MapField : Field
{
    private readonly string _between;

    /// <summary>Makes a map, which may be empty but not null unless <paramref name="isNullable"/>.</summary>
    public MapField(string name, Field key, Field value, bool isNullable = false) : this(name, key, value, isNullable, "key_value")
    {
    }

    internal MapField(string name, Field key, Field value, bool isNullable, string between) : base(name, isNullable)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        (Key, Value, _between) = (key, value, between);
    }

    /// <summary>The key of each pair.</summary>
    public Field Key { get; }

    /// <summary>The value of each pair.</summary>
    public Field Value { get; }

    /// <summary>Name of the repeated group between map and pair.</summary>
    internal string Between => _between;

    internal int RepetitionLevel { get; private set; }

    private protected override void AttachBelow(in Levels levels, string[] path, List<DataField> leaves)
    {
        RepetitionLevel = levels.Repetition + 1;
        var inner = new Levels(levels.Definition + 1, RepetitionLevel, levels.Definition, IsNullable);
        string[] below = [.. path, StoredName, _between];
        Key.Attach(inner, below, leaves);
        Value.Attach(inner, below, leaves);
    }

    internal override void AppendElements(List<SchemaElement> elements)
    {
        elements.Add(new SchemaElement { Name = Name, Repetition = OwnRepetition, ChildCount = 1, Converted = ConvertedType.Map });
        elements.Add(new SchemaElement { Name = _between, Repetition = Repetition.Repeated, ChildCount = 2 });
        Key.AppendElements(elements);
        Value.AppendElements(elements);
    }
}
