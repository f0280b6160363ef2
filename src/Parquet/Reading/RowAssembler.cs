namespace DataPipeline.Parquet;

/// <summary>
/// Puts rows together from definition and repetition levels (Dremel, Melnik et al. 2010): each field asks its first leaf how far the
/// next entry is defined, and lists go on while the next entry repeats at their level.
/// </summary>
internal sealed class RowAssembler : IDisposable
{
    private readonly Dictionary<int, LeafCursor> _leaves = [];
    private readonly ColumnSelection _columns;
    private readonly string _place;
    private long _row;

    /// <summary>Opens the columns at a row; <paramref name="open"/> gives the chunk of each.</summary>
    public RowAssembler(ColumnSelection columns, IReadOnlyList<DataField> fields, Func<DataField, ColumnChunkReader> open, long firstRow, string place)
    {
        (_columns, _place, _row) = (columns, place, firstRow);
        foreach (int i in columns.Leaves)
            _leaves.Add(i, Placed(() => new LeafCursor(open(fields[i]), fields[i], firstRow)));
    }

    /// <summary>Goes on to a later row.</summary>
    public void SkipTo(long row)
    {
        if (row == _row)
            return;
        foreach (LeafCursor leaf in _leaves.Values)
        {
            Placed(() =>
            {
                leaf.SkipTo(_row, row);
                return leaf;
            });
        }

        _row = row;
    }

    public Dictionary<string, object?> Next()
    {
        try
        {
            var row = new Dictionary<string, object?>(_columns.Fields.Count);
            foreach (Field field in _columns.Fields)
                row[field.Name] = Take(field);
            foreach (LeafCursor leaf in _leaves.Values)
            {
                if (leaf.Repetition != 0)
                    throw new ParquetException("the columns disagree on where a row ends");
            }

            _row++;
            return row;
        }
        catch (ParquetException fault) when (!fault.IsPlaced)
        {
            throw At(fault);
        }
    }

    public void CheckEnd()
    {
        foreach (LeafCursor leaf in _leaves.Values)
        {
            if (!leaf.IsAtEnd)
                throw ParquetException.At(_place, "a column holds more rows than the group claims");
        }
    }

    public void Dispose()
    {
        foreach (LeafCursor leaf in _leaves.Values)
            leaf.Dispose();
    }

    private T Placed<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ParquetException fault) when (!fault.IsPlaced)
        {
            throw At(fault);
        }
    }

    private ParquetException At(ParquetException fault) => ParquetException.At($"{_place}, row {_row}", fault.Message, fault);

    private object? Take(Field field)
    {
        LeafCursor first = _leaves[_columns.First(field)];
        if (field is not DataField && first.Definition < field.DefinitionLevel)
        {
            TakeNothing(field);
            return null;
        }

        switch (field)
        {
            case StructField group:
                var values = new Dictionary<string, object?>(group.Fields.Count);
                foreach (Field inner in group.Fields)
                {
                    if (_columns.Holds(inner))
                        values[inner.Name] = Take(inner);
                }

                return values;
            case ListField list:
                var items = new List<object?>();
                if (IsEmpty(list, first))
                    return items;
                do
                    items.Add(Take(list.Item));
                while (HasMore(list, first, list.RepetitionLevel));
                return items;
            case MapField map:
                var pairs = new List<KeyValuePair<object, object?>>();
                if (IsEmpty(map, first))
                    return pairs;
                do
                    pairs.Add(new(Take(map.Key) ?? throw new ParquetException($"map {map.Name} has a null key"), _columns.Holds(map.Value) ? Take(map.Value) : null));
                while (HasMore(map, first, map.RepetitionLevel));
                return pairs;
            default:
                return first.Take();
        }
    }

    private bool IsEmpty(Field field, LeafCursor first)
    {
        if (first.Definition > field.DefinitionLevel)
            return false;
        TakeNothing(field);
        return true;
    }

    /// <summary>Whether the list goes on; all leaves below have to say the same, else values would slip into other rows.</summary>
    private bool HasMore(Field field, LeafCursor first, int level)
    {
        if (first.Repetition > level)
            throw new ParquetException($"the levels of list {field.Name} go deeper than its items");

        bool hasMore = first.Repetition == level;
        for (int i = field.LeafStart; i < field.LeafStart + field.LeafCount; i++)
        {
            if (_leaves.TryGetValue(i, out LeafCursor? leaf) && (leaf.Repetition == level) != hasMore)
                throw new ParquetException($"the columns of list {field.Name} disagree on how many items it has");
        }

        return hasMore;
    }

    /// <summary>Where a group or list is missing or empty, every leaf below holds one entry that says so.</summary>
    private void TakeNothing(Field field)
    {
        int level = _leaves[_columns.First(field)].Definition;
        for (int i = field.LeafStart; i < field.LeafStart + field.LeafCount; i++)
        {
            if (!_leaves.TryGetValue(i, out LeafCursor? leaf))
                continue;
            if (leaf.Definition != level)
                throw new ParquetException($"the columns of {field.Name} disagree on whether it is there");
            leaf.Skip();
        }
    }
}
