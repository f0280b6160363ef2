namespace DataPipeline.Parquet;

/// <summary>A list of items; written in the standard three levels, read in any of the forms that files hold.</summary>
public sealed class ListField : Field
{
    private readonly string[] _between;

    /// <summary>Makes a list, which may be empty but not null unless <paramref name="isNullable"/>.</summary>
    /// <param name="name">Name of the list.</param>
    /// <param name="item">The item; its name is "element" in files by the standard, whatever is given here is kept.</param>
    /// <param name="isNullable">Whether the list itself may be null.</param>
    public ListField(string name, Field item, bool isNullable = false) : this(name, item, isNullable, ["list"])
    {
    }

    /// <summary>A list as a file describes it: <paramref name="between"/> names the repeated group between list and item, where there is one.</summary>
    internal ListField(string name, Field item, bool isNullable, string[]? between) : base(name, isNullable)
    {
        ArgumentNullException.ThrowIfNull(item);
        Item = item;
        IsBare = between is null;
        _between = between ?? [];
    }

    /// <summary>What the list holds.</summary>
    public Field Item { get; }

    /// <summary>Repetition level of an item after the first.</summary>
    internal int RepetitionLevel { get; private set; }

    /// <summary>Name of the repeated group between list and item, where there is one.</summary>
    internal string? Between => _between.Length == 1 ? _between[0] : null;

    /// <summary>Whether the file has a repeated field with no group around it (legacy).</summary>
    private bool IsBare { get; }

    private protected override void AttachBelow(in Levels levels, string[] path, List<DataField> leaves)
    {
        RepetitionLevel = levels.Repetition + 1;
        var inner = new Levels(levels.Definition + 1, RepetitionLevel, levels.Definition, IsNullable);
        Item.Attach(inner, IsBare ? path : [.. path, StoredName, .. _between], leaves);
    }

    internal override void AppendElements(List<SchemaElement> elements)
    {
        if (IsBare || _between.Length != 1)
            throw new NotSupportedException($"List '{Name}' has a legacy form, which is read but not written.");

        elements.Add(new SchemaElement { Name = Name, Repetition = OwnRepetition, ChildCount = 1, Converted = ConvertedType.List });
        elements.Add(new SchemaElement { Name = _between[0], Repetition = Repetition.Repeated, ChildCount = 1 });
        Item.AppendElements(elements);
    }
}
