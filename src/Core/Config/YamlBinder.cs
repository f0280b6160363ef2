using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace DataPipeline.Core.Config;

/// <summary>Makes objects from YAML: the constructor is the schema, and every mistake is noted with its place before anything runs.</summary>
/// <remarks>A value whose type is a kind of stage is chosen by name: <c>name</c>, or <c>name: { settings }</c>. Any other class is a mapping of
/// its constructor's parameters. A filter also takes <c>part:</c>, which makes it judge and edit the parts of that role only.</remarks>
public sealed class YamlBinder(StageCatalog catalog, Mistakes mistakes)
{
    private readonly ConditionalWeakTable<object, YamlNode> _origins = [];
    private readonly List<object> _made = [];

    /// <summary>The value a node describes, or null after noting why it is none.</summary>
    public T? Bind<T>(YamlNode node) where T : class => (T?)Bind(typeof(T), node, null);

    /// <summary>Everything of a type that was made so far, even if what it belongs to could not be made.</summary>
    public IEnumerable<T> Made<T>() => _made.OfType<T>();

    /// <summary>Where an object was described; for mistakes found after binding.</summary>
    public Position? PositionOf(object made) => _origins.TryGetValue(made, out YamlNode? node) ? node.At : null;

    /// <summary>The settings an object was made from as one line of canonical text, one of them left out if it is named; empty for an object made otherwise.</summary>
    public string SettingsOf(object made, string? without = null)
    {
        if (!_origins.TryGetValue(made, out YamlNode? node))
            return "";
        return node is YamlMapping mapping && without is not null
            ? new YamlMapping(mapping.At, [.. mapping.Entries.Where(entry => entry.Key.Value != without)]).ToString() : node.ToString()!;
    }

    private object? Bind(Type type, YamlNode node, Setting? setting)
    {
        if (node is YamlScalar { IsNull: true } && setting is { AllowsNull: true })
            return null;
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (catalog.IsKind(bare))
            return Stage(bare, node);
        if (ItemType(bare, typeof(IReadOnlyList<>)) is { } item)
            return List(item[0], node);
        if (ItemType(bare, typeof(IReadOnlyDictionary<,>)) is { } pair)
            return Dictionary(pair[1], node);
        if (bare == typeof(string) || bare.IsPrimitive || bare.IsEnum)
            return Scalar(bare, node, setting);
        return Class(bare, node, bare.Name);
    }

    private object? Stage(Type kind, YamlNode node)
    {
        if (node is YamlMapping unnamed && Usual(kind, unnamed) is { } usual)
            return Class(usual, node, kind.GetCustomAttribute<DefaultStageAttribute>()!.Name);
        YamlNode? settings = null;
        if (node is YamlMapping { Entries: [var only] })
            (node, settings) = (only.Key, only.Value);
        if (node is not YamlScalar { IsNull: false } name)
        {
            string example = catalog.Names(kind) is [var first, ..] ? $", such as `{first}`" : "";
            mistakes.Add(node.At, $"expected the name of a {Setting.SnakeCase(kind.Name)}{example}, alone or as `name: {{ settings }}`, found {node.Kind}");
            return null;
        }
        if (catalog.Find(kind, name.Value) is not { } type)
        {
            mistakes.Add(name.At, $"there is no {Setting.SnakeCase(kind.Name)} `{name.Value}`{Mistakes.Suggest(name.Value, catalog.Names(kind))}");
            return null;
        }
        string? part = null;
        if (kind == typeof(Filter) && settings is YamlMapping given && given["part"] is YamlScalar role && StageCatalog.Settings(type).All(s => s.Name != "part"))
        {
            part = role.Value;
            settings = new YamlMapping(given.At, [.. given.Entries.Where(entry => entry.Key.Value != "part")]);
        }
        object? made = Class(type, settings is null or YamlScalar { IsNull: true } ? new YamlMapping(name.At, []) : settings, name.Value);
        if (part is null || made is null)
            return made;
        var narrowed = new PartFilter((Filter)made, part);
        _origins.AddOrUpdate(narrowed, node);
        return narrowed;
    }

    // The stage that settings without a name are for.
    private Type? Usual(Type kind, YamlMapping settings) =>
        kind.GetCustomAttribute<DefaultStageAttribute>() is not { } usual || (settings.Entries is [var only] && catalog.Find(kind, only.Key.Value) is not null) ? null
        : catalog.Find(kind, usual.Name);

    private object? Class(Type type, YamlNode node, string name)
    {
        if (node is not YamlMapping mapping)
        {
            mistakes.Add(node.At, $"expected settings as `name: value`, found {node.Kind}");
            return null;
        }
        IReadOnlyList<Setting> settings = StageCatalog.Settings(type);
        int before = mistakes.Count;
        foreach ((YamlScalar key, _) in mapping.Entries)
        {
            if (settings.All(setting => setting.Name != key.Value))
                mistakes.Add(key.At, $"{Where(name)}has no setting `{key.Value}`{Mistakes.Suggest(key.Value, settings.Select(setting => setting.Name))}");
        }
        var values = new object?[settings.Count];
        foreach (Setting setting in settings)
        {
            if (mapping[setting.Name] is { } value)
                values[setting.Index] = Bind(setting.Type, value, setting);
            else if (setting.IsRequired)
                mistakes.Add(mapping.At, $"{Where(name)}needs the setting `{setting.Name}`");
            else
                values[setting.Index] = setting.DefaultValue();
        }
        if (mistakes.Count > before)
            return null;
        try
        {
            object made = StageCatalog.Constructor(type).Invoke(values);
            _origins.AddOrUpdate(made, mapping);
            _made.Add(made);
            return made;
        }
        catch (TargetInvocationException error) when (error.InnerException is ArgumentException or ConfigurationException or IOException or UnauthorizedAccessException)
        {
            string message = error.InnerException is ArgumentException { ParamName: { } parameter } argument
                ? $"`{Setting.SnakeCase(parameter)}`: {argument.Message.Split(" (Parameter")[0]}"
                : error.InnerException.Message;
            mistakes.Add(mapping.At, message);
            return null;
        }

        static string Where(string name) => char.IsLower(name[0]) ? $"`{name}` " : "this section ";
    }

    private Array? List(Type itemType, YamlNode node)
    {
        // One value stands for a list of one: `files: a.txt`.
        IReadOnlyList<YamlNode> items = node is YamlList list ? list.Items : node is YamlScalar { IsNull: true } ? [] : [node];
        var values = Array.CreateInstance(itemType, items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            if (Bind(itemType, items[i], null) is { } value)
                values.SetValue(value, i);
        }
        return values;
    }

    private IDictionary? Dictionary(Type valueType, YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            mistakes.Add(node.At, $"expected `name: value` pairs, found {node.Kind}");
            return null;
        }
        var values = (IDictionary)Activator.CreateInstance(typeof(OrderedDictionary<,>).MakeGenericType(typeof(string), valueType))!;
        foreach ((YamlScalar key, YamlNode value) in mapping.Entries)
        {
            if (Bind(valueType, value, null) is { } made)
                values.Add(key.Value, made);
        }
        return values;
    }

    private object? Scalar(Type type, YamlNode node, Setting? setting)
    {
        if (node is not YamlScalar scalar)
        {
            mistakes.Add(node.At, $"expected {ScalarText.Describe(type)}, found {node.Kind}");
            return null;
        }
        if (ScalarText.Parse(type, scalar.Value) is not { } value)
        {
            string suggestion = type.IsEnum ? Mistakes.Suggest(scalar.Value, ScalarText.Names(type)) : "";
            mistakes.Add(node.At, $"expected {ScalarText.Describe(type)}, found {node.Kind}{suggestion}");
            return null;
        }
        if (setting?.Range is { } range && !range.IsValid(value))
        {
            mistakes.Add(node.At, $"`{setting.Name}` must lie between {range.Minimum} and {range.Maximum}, found {scalar.Value}");
            return null;
        }
        return value;
    }

    private static Type[]? ItemType(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments() : null;
}
