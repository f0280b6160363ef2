using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace DataPipeline.Core.Config;

/// <summary>Every stage of the program by its kind and its name in YAML, found through <see cref="StageAttribute"/>.</summary>
public sealed class StageCatalog
{
    private readonly Dictionary<(Type Kind, string Name), Type> _types = [];
    private readonly Type[] _kinds;

    /// <summary>Looks through assemblies once.</summary>
    /// <param name="kinds">The abstract classes that a pipeline file may choose from (Filter, Source, ...).</param>
    /// <param name="assemblies">Where stages are.</param>
    public StageCatalog(IEnumerable<Type> kinds, IEnumerable<Assembly> assemblies)
    {
        _kinds = [.. kinds];
        foreach (Type type in assemblies.SelectMany(assembly => assembly.GetTypes()))
            Add(type, wrong => new InvalidOperationException(wrong));
    }

    /// <summary>Adds the stages of an assembly from outside.</summary>
    /// <exception cref="ConfigurationException">It holds no stage, or one that is wrong or has a name that is taken.</exception>
    public void Add(Assembly assembly)
    {
        int before = _types.Count;
        Type[] types;
        try
        {
            types = assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException error)
        {
            throw new ConfigurationException($"the plugin {assembly.GetName().Name} was made for another version of this program: compile it again ({error.LoaderExceptions.FirstOrDefault()?.Message})");
        }
        foreach (Type type in types)
            Add(type, wrong => new ConfigurationException(wrong));
        if (_types.Count == before)
            throw new ConfigurationException($"the plugin {assembly.GetName().Name} holds no class marked [Stage(\"name\")]");
    }

    private void Add(Type type, Func<string, Exception> wrong)
    {
        if (type.GetCustomAttribute<StageAttribute>() is not { } stage)
            return;
        Type kind = _kinds.FirstOrDefault(kind => type.IsSubclassOf(kind))
            ?? throw wrong($"{type} is marked as a stage but derives from none of {string.Join(", ", _kinds.Select(k => k.Name))}");
        if (!_types.TryAdd((kind, stage.Name), type))
            throw wrong($"{type} and {_types[(kind, stage.Name)]} are both named `{stage.Name}`");
    }

    /// <summary>The abstract classes that a pipeline file may choose from, in the order they were given.</summary>
    public IReadOnlyList<Type> Kinds => _kinds;

    /// <summary>True when values of this type are chosen by name.</summary>
    public bool IsKind(Type type) => _kinds.Contains(type);

    /// <summary>The class of a name, or null.</summary>
    public Type? Find(Type kind, string name) => _types.GetValueOrDefault((kind, name));

    /// <summary>All names of a kind, sorted.</summary>
    public IReadOnlyList<string> Names(Type kind) =>
        [.. _types.Keys.Where(key => key.Kind == kind).Select(key => key.Name).Order(StringComparer.Ordinal)];

    /// <summary>The settings of a class: its constructor's parameters.</summary>
    public static IReadOnlyList<Setting> Settings(Type type) =>
        [.. Constructor(type).GetParameters().Select(parameter => new Setting(parameter))];

    /// <summary>The constructor that is the schema: the only public one.</summary>
    public static ConstructorInfo Constructor(Type type) =>
        type.GetConstructors() is [var only] ? only : throw new InvalidOperationException($"{type} needs exactly one public constructor: it is its YAML schema");
}

/// <summary>One setting of a stage.</summary>
public sealed class Setting(ParameterInfo parameter)
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Name in YAML.</summary>
    public string Name { get; } = SnakeCase(parameter.Name!);

    /// <summary>Type of the parameter.</summary>
    public Type Type => Parameter.ParameterType;

    /// <summary>The constructor parameter itself.</summary>
    public ParameterInfo Parameter { get; } = parameter;

    /// <summary>Position among the parameters.</summary>
    public int Index => Parameter.Position;

    /// <summary>True when YAML must give it.</summary>
    public bool IsRequired => !Parameter.HasDefaultValue;

    /// <summary>Value when YAML does not give it.</summary>
    public object? Default => Parameter.HasDefaultValue ? Parameter.DefaultValue : null;

    /// <summary>True when <c>null</c> may be given.</summary>
    public bool AllowsNull
    {
        get
        {
            lock (Nullability)
                return Nullability.Create(Parameter).WriteState == NullabilityState.Nullable;
        }
    }

    /// <summary>Its bounds, if it has any.</summary>
    public RangeAttribute? Range { get; } = parameter.GetCustomAttribute<RangeAttribute>();

    /// <summary>The default when a value type's default stands as null in metadata.</summary>
    public object? DefaultValue() => Default ?? (Type.IsValueType && Nullable.GetUnderlyingType(Type) is null ? Activator.CreateInstance(Type) : null);

    /// <summary>minWords becomes min_words.</summary>
    public static string SnakeCase(string name) => string.Concat(name.Select((c, i) =>
        char.IsUpper(c) && i > 0 && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))) ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
