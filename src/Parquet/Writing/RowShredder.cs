using System.Collections;
using System.Reflection;

namespace DataPipeline.Parquet;

/// <summary>
/// Takes rows apart into columns with definition and repetition levels (Dremel, Melnik et al. 2010): each leaf gets an entry for each value, and one
/// where a group or list above it is missing or empty, which says at which step.
/// </summary>
internal sealed class RowShredder(ParquetSchema schema, ColumnBuffer[] columns)
{
    private readonly Dictionary<(Type Type, string Name), PropertyInfo?> _properties = [];
    private readonly List<string> _place = [];

    /// <summary>Appends a row to the columns; after a fault they do not agree any more.</summary>
    public void Add(object row, long number)
    {
        _place.Clear();
        try
        {
            AddFields(schema.Fields, row, 0);
        }
        catch (Exception fault) when (fault is ArgumentException or OverflowException or FormatException or InvalidCastException)
        {
            throw new ArgumentException($"Row {number}, {string.Join('.', _place)}: {fault.Message}", nameof(row), fault);
        }
    }

    private void AddFields(IReadOnlyList<Field> fields, object group, int repetition)
    {
        int found = 0;
        foreach (Field field in fields)
        {
            _place.Add(field.Name);
            found += TryGet(group, field.Name, out object? value) ? 1 : 0;
            Add(field, value, repetition);
            _place.RemoveAt(_place.Count - 1);
        }

        if (group is IReadOnlyDictionary<string, object?> values && values.Count != found)
            throw new ArgumentException($"there is no field {string.Join(", ", values.Keys.Where(name => fields.All(field => field.Name != name)))}");
    }

    private void Add(Field field, object? value, int repetition)
    {
        if (value is null)
        {
            if (!field.IsNullable)
                throw new ArgumentException("the value is missing or null, but the field is required");
            AddNothing(field, repetition, field.DefinitionLevel - 1);
            return;
        }

        switch (field)
        {
            case StructField group:
                AddFields(group.Fields, value, repetition);
                break;
            case ListField list:
                AddItems(list, value, repetition);
                break;
            case MapField map:
                AddPairs(map, value, repetition);
                break;
            default:
                ValueStore.Add(columns[field.LeafStart], value, repetition);
                break;
        }
    }

    private void AddItems(ListField list, object value, int repetition)
    {
        if (value is not IEnumerable items || value is string)
            throw new ArgumentException($"a list is needed, not {value.GetType().Name}");
        if (list.Item is DataField { IsNullable: false } && value is Array && columns[list.LeafStart].TryAddItems(value, repetition, list.RepetitionLevel))
            return;

        bool any = false;
        foreach (object? item in items)
        {
            Add(list.Item, item, any ? list.RepetitionLevel : repetition);
            any = true;
        }

        if (!any)
            AddNothing(list, repetition, list.DefinitionLevel);
    }

    private void AddPairs(MapField map, object value, int repetition)
    {
        if (value is not IEnumerable pairs || value is string)
            throw new ArgumentException($"a map is needed, not {value.GetType().Name}");

        bool any = false;
        foreach (object? pair in pairs)
        {
            (object? key, object? held) = pair switch
            {
                KeyValuePair<object, object?> typed => (typed.Key, typed.Value),
                KeyValuePair<string, object?> typed => (typed.Key, typed.Value),
                DictionaryEntry entry => (entry.Key, entry.Value),
                _ => Pair(pair),
            };
            int level = any ? map.RepetitionLevel : repetition;
            Add(map.Key, key ?? throw new ArgumentException("a map has a null key"), level);
            Add(map.Value, held, level);
            any = true;
        }

        if (!any)
            AddNothing(map, repetition, map.DefinitionLevel);
    }

    private (object? Key, object? Value) Pair(object? pair) =>
        pair is not null && TryGet(pair, "Key", out object? key) && TryGet(pair, "Value", out object? value)
            ? (key, value)
            : throw new ArgumentException($"a map holds pairs of Key and Value, not {pair?.GetType().Name ?? "null"}");

    private void AddNothing(Field field, int repetition, int definition)
    {
        for (int i = field.LeafStart; i < field.LeafStart + field.LeafCount; i++)
            columns[i].AddNull(repetition, definition);
    }

    private bool TryGet(object group, string name, out object? value)
    {
        switch (group)
        {
            case IReadOnlyDictionary<string, object?> values:
                return values.TryGetValue(name, out value);
            case IDictionary values:
                value = values[name];
                return values.Contains(name);
        }

        Type type = group.GetType();
        if (!_properties.TryGetValue((type, name), out PropertyInfo? property))
            _properties.Add((type, name), property = type.GetProperty(name));
        if (type.IsPrimitive || group is string)
            throw new ArgumentException($"a group of fields is needed, not {type.Name}");
        value = property?.GetValue(group);
        return property is not null;
    }
}
