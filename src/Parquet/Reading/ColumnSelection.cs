namespace DataPipeline.Parquet;

/// <summary>
/// The fields of a file that were asked for, by name or by a dotted path below the top level; steps that lists add ("list.element") may be left out.
/// A map's key is read with its value, since pairs have no meaning without it.
/// </summary>
internal sealed class ColumnSelection
{
    private readonly HashSet<int> _leaves = [];
    private readonly List<Field> _fields = [];

    private ColumnSelection()
    {
    }

    /// <summary>The top-level fields, in the order they were asked for.</summary>
    public IReadOnlyList<Field> Fields => _fields;

    /// <summary>The leaf columns to read, in file order.</summary>
    public IEnumerable<int> Leaves => _leaves.Order();

    public static ColumnSelection All(ParquetSchema schema)
    {
        var selection = new ColumnSelection();
        foreach (Field field in schema.Fields)
            selection.Add(field, field);
        return selection;
    }

    /// <summary>Finds each path, or says which columns there are.</summary>
    public static ColumnSelection Of(ParquetSchema schema, IReadOnlyList<string> paths, string fileName)
    {
        var selection = new ColumnSelection();
        foreach (string path in paths)
        {
            if (!selection.TryAdd(schema.Fields, path))
                throw new ArgumentException($"{fileName} has no column '{path}'; it has {string.Join(", ", schema.Fields.Select(field => field.Name))}.", nameof(paths));
        }

        return selection;
    }

    /// <summary>Whether the field or a part of it is read.</summary>
    public bool Holds(Field field) => First(field) >= 0;

    /// <summary>The first leaf below the field that is read, or -1.</summary>
    public int First(Field field)
    {
        for (int i = field.LeafStart; i < field.LeafStart + field.LeafCount; i++)
        {
            if (_leaves.Contains(i))
                return i;
        }

        return -1;
    }

    private bool TryAdd(IReadOnlyList<Field> fields, string path)
    {
        foreach (Field field in fields)
        {
            if (field.Name == path || (path.StartsWith(field.Name + '.', StringComparison.Ordinal) && TryAddBelow(field, field, path[(field.Name.Length + 1)..])))
            {
                if (field.Name == path)
                    Add(field, field);
                return true;
            }
        }

        return false;
    }

    private bool TryAddBelow(Field top, Field field, string path)
    {
        IReadOnlyList<Field> below = field switch
        {
            StructField group => group.Fields,
            ListField list => [list.Item],
            MapField map => [map.Key, map.Value],
            _ => [],
        };
        foreach (Field inner in below)
        {
            if (inner.Name == path)
            {
                Add(top, inner);
                AddKey(top, field);
                return true;
            }

            if (path.StartsWith(inner.Name + '.', StringComparison.Ordinal) && TryAddBelow(top, inner, path[(inner.Name.Length + 1)..]))
            {
                AddKey(top, field);
                return true;
            }
        }

        // Steps that only the stored form has: the repeated group of a list or map, and a list's item.
        if (field is ListField { Item: not DataField } items && TryAddBelow(top, items.Item, path))
            return true;
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        return field is ListField or MapField && dot > 0 && IsBetween(field, path[..dot]) && TryAddBelow(top, field, path[(dot + 1)..]);
    }

    private static bool IsBetween(Field field, string name) => name == (field is ListField list ? list.Between : ((MapField)field).Between);

    private void AddKey(Field top, Field field)
    {
        if (field is MapField map)
            Add(top, map.Key);
    }

    private void Add(Field top, Field field)
    {
        if (!_fields.Contains(top))
            _fields.Add(top);
        for (int i = field.LeafStart; i < field.LeafStart + field.LeafCount; i++)
            _leaves.Add(i);
    }
}
