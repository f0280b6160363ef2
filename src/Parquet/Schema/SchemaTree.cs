namespace DataPipeline.Parquet;

/// <summary>
/// Turns the flat schema of a footer into fields, recognising lists and maps in the standard and in the legacy forms
/// (the backward-compatibility rules of the format's LogicalTypes page).
/// </summary>
internal sealed class SchemaTree(List<SchemaElement> elements)
{
    private const int MaxDepth = 250;

    // Each column keeps its path: bounds what many columns in deep groups can make us take.
    private const int MaxPathSteps = 1 << 24;
    private int _next;
    private int _pathSteps;

    public static ParquetSchema Build(List<SchemaElement> elements)
    {
        if (elements.Count == 0)
            throw new ParquetException("the schema is empty");

        var tree = new SchemaTree(elements);
        Node root = tree.Read(0);
        if (tree._next != elements.Count)
            throw new ParquetException($"the schema lists {elements.Count} elements but its groups hold {tree._next}");

        return new ParquetSchema(ToFields(root.Children));
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
        if (depth > 0 && element.Type is null && element.ChildCount == 0)
            throw new ParquetException($"field '{element.Name}' of the schema has neither a type nor children");

        if (element.ChildCount == 0 && (_pathSteps += depth) > MaxPathSteps)
            throw new ParquetException($"the schema has too many columns in deep groups: more than {MaxPathSteps} names of groups and columns");

        var children = new List<Node>();
        for (int i = 0; i < element.ChildCount; i++)
            children.Add(Read(depth + 1));
        return new Node(element, children);
    }

    /// <summary>The fields of a group; where two have one name the later is renamed (a, a_1), since rows hold values by name.</summary>
    private static List<Field> ToFields(List<Node> nodes)
    {
        var names = new HashSet<string>(nodes.Select(node => node.Element.Name));
        var copies = new Dictionary<string, int>();
        var fields = new List<Field>(nodes.Count);
        foreach (Node node in nodes)
        {
            string name = node.Element.Name;
            if (!copies.TryAdd(name, 0))
            {
                do
                    name = $"{node.Element.Name}_{++copies[node.Element.Name]}";
                while (!names.Add(name));
            }

            fields.Add(ToField(node, name));
        }

        return fields;
    }

    private static Field ToField(Node node) => ToField(node, node.Element.Name);

    private static Field ToField(Node node, string name)
    {
        Field field = node.Element.Repetition == Repetition.Repeated
            ? new ListField(name, ToItem(node, node.Element.Name), false, null)
            : ToSingle(node, name, node.Element.Repetition == Repetition.Optional);
        field.StoredName = node.Element.Name;
        return field;
    }

    /// <summary>The node read as if it were required: what one occurrence of a repeated node is.</summary>
    private static Field ToItem(Node node, string name) => ToSingle(node, name, false);

    private static Field ToSingle(Node node, string name, bool isNullable)
    {
        SchemaElement element = node.Element;
        if (element.Type is { } type)
            return new DataField(name, type, CheckedLogical(element, type), CheckedLength(element, type), isNullable);
        if (element.Converted is ConvertedType.List && IsRepeatedGroup(node, out Node inner))
            return ToList(node, inner, isNullable);
        if (element.Converted is ConvertedType.Map or ConvertedType.MapKeyValue && IsRepeatedGroup(node, out inner) && inner.Element.Type is null)
        {
            // A map whose values were left out is the list of its keys.
            if (inner.Children.Count == 1)
                return new ListField(name, ToField(inner.Children[0]), isNullable, [inner.Element.Name]);
            if (IsPair(inner))
                return ToMap(name, inner, isNullable);
        }

        return new StructField(name, isNullable, ToFields(node.Children));
    }

    private static MapField ToMap(string name, Node inner, bool isNullable)
    {
        Node key = inner.Children[0];
        return new MapField(name, ToSingle(key, key.Element.Name, key.Element.Repetition == Repetition.Optional), ToField(inner.Children[1]), isNullable, inner.Element.Name);
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
        LogicalType converted = LogicalType.FromConverted(element.Converted, element.Scale, element.Precision);
        LogicalType logical = element.Logical is null or { Kind: LogicalKind.Unknown } && converted.Kind != LogicalKind.None ? converted : element.Logical ?? LogicalType.None;
        return logical.Fits(type, element.TypeLength) ? logical : LogicalType.None;
    }

    private sealed record Node(SchemaElement Element, List<Node> Children);
}
