namespace DataPipeline.Parquet;

/// <summary>
/// Turns the flat schema of a footer into fields, recognising lists and maps in the standard and in the legacy forms
/// (the backward-compatibility rules of the format's LogicalTypes page).
/// </summary>
internal sealed class SchemaTree(List<SchemaElement> elements)
{
    private const int MaxDepth = 64;
    private int _next;

    public static ParquetSchema Build(List<SchemaElement> elements)
    {
        if (elements.Count == 0)
            throw new ParquetException("the schema is empty");

        var tree = new SchemaTree(elements);
        Node root = tree.Read(0);
        if (tree._next != elements.Count)
            throw new ParquetException($"the schema lists {elements.Count} elements but its groups hold {tree._next}");

        return new ParquetSchema(root.Children.ConvertAll(ToField));
    }

    private Node Read(int depth)
    {
        if (depth > MaxDepth)
            throw new ParquetException($"the schema is nested more than {MaxDepth} levels deep");
        if (_next >= elements.Count)
            throw new ParquetException("a group of the schema has more children than the schema lists");

        SchemaElement element = elements[_next++];
        if (element.ChildCount < 0 || element.ChildCount > elements.Count)
            throw new ParquetException($"group '{element.Name}' of the schema claims {element.ChildCount} children");
        if (depth > 0 && element.Name.Length == 0)
            throw new ParquetException("the schema holds a field with no name");
        if (depth > 0 && element.Type is null && element.ChildCount == 0)
            throw new ParquetException($"field '{element.Name}' of the schema has neither a type nor children");

        var children = new List<Node>();
        for (int i = 0; i < element.ChildCount; i++)
            children.Add(Read(depth + 1));
        return new Node(element, children);
    }

    private static Field ToField(Node node) =>
        node.Element.Repetition == Repetition.Repeated
            ? new ListField(node.Element.Name, ToItem(node, node.Element.Name), false, null)
            : ToSingle(node, node.Element.Name, node.Element.Repetition == Repetition.Optional);

    /// <summary>The node read as if it were required: what one occurrence of a repeated node is.</summary>
    private static Field ToItem(Node node, string name) => ToSingle(node, name, false);

    private static Field ToSingle(Node node, string name, bool isNullable)
    {
        SchemaElement element = node.Element;
        if (element.Type is { } type)
            return new DataField(name, type, CheckedLogical(element, type), CheckedLength(element, type), isNullable);
        if (element.Converted is ConvertedType.List && IsRepeatedGroup(node, out Node inner))
            return ToList(node, inner, isNullable);
        if (element.Converted is ConvertedType.Map or ConvertedType.MapKeyValue && IsRepeatedGroup(node, out inner) && IsPair(inner))
            return new MapField(name, ToSingle(inner.Children[0], inner.Children[0].Element.Name, inner.Children[0].Element.Repetition == Repetition.Optional), ToField(inner.Children[1]), isNullable, inner.Element.Name);

        return new StructField(name, isNullable, node.Children.ConvertAll(ToField));
    }

    private static ListField ToList(Node node, Node repeated, bool isNullable)
    {
        string name = node.Element.Name;
        bool isItem = repeated.Element.Type is not null
            || repeated.Children.Count > 1
            || repeated.Children[0].Element.Repetition == Repetition.Repeated
            || repeated.Element.Name == "array"
            || repeated.Element.Name == name + "_tuple";
        return isItem
            ? new ListField(name, ToItem(repeated, repeated.Element.Name), isNullable, [])
            : new ListField(name, ToField(repeated.Children[0]), isNullable, [repeated.Element.Name]);
    }

    private static bool IsRepeatedGroup(Node node, out Node inner)
    {
        inner = node.Children[0];
        return node.Children.Count == 1 && inner.Element.Repetition == Repetition.Repeated;
    }

    private static bool IsPair(Node node) => node.Children.Count == 2 && node.Children[0].Element.Repetition != Repetition.Repeated;

    private static int CheckedLength(SchemaElement element, PhysicalType type)
    {
        if (type != PhysicalType.FixedLenByteArray)
            return 0;
        return element.TypeLength > 0
            ? element.TypeLength
            : throw new ParquetException($"column '{element.Name}' has a fixed length of {element.TypeLength} bytes");
    }

    /// <summary>The meaning where it fits the stored type; a meaning that cannot hold there is ignored, as readers must.</summary>
    private static LogicalType CheckedLogical(SchemaElement element, PhysicalType type)
    {
        LogicalType logical = element.Logical ?? LogicalType.FromConverted(element.Converted, element.Scale, element.Precision);
        return logical.Fits(type, element.TypeLength) ? logical : LogicalType.None;
    }

    private sealed record Node(SchemaElement Element, List<Node> Children);
}
