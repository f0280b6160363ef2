namespace DataPipeline.Core.Config;

/// <summary>A place in a pipeline file.</summary>
/// <param name="File">Path as the user gave it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public readonly record struct Position(string File, long Line, long Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>A piece of YAML that remembers where it stands.</summary>
public abstract class YamlNode(Position at)
{
    /// <summary>Where it starts.</summary>
    public Position At { get; } = at;

    /// <summary>What it is, for messages: <c>a list</c>, <c>a mapping</c>, <c>"text"</c>.</summary>
    public abstract string Kind { get; }
}

/// <summary>One value.</summary>
public sealed class YamlScalar(Position at, string value, bool quoted) : YamlNode(at)
{
    /// <summary>The text with <c>${name}</c> filled in.</summary>
    public string Value { get; } = value;

    /// <summary>True when quotes stood around it, so that it is text even if it looks like a number or null.</summary>
    public bool Quoted { get; } = quoted;

    /// <summary>True for an empty value, <c>~</c> and <c>null</c>.</summary>
    public bool IsNull => !Quoted && Value is "" or "~" or "null";

    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : $"\"{Value}\"";

    /// <summary>One line of canonical text; equal text means equal settings.</summary>
    public override string ToString() => IsNull ? "null" : System.Text.Json.JsonSerializer.Serialize(Value);
}

/// <summary>A list.</summary>
public sealed class YamlList(Position at, IReadOnlyList<YamlNode> items) : YamlNode(at)
{
    /// <summary>Its items in order.</summary>
    public IReadOnlyList<YamlNode> Items { get; } = items;

    /// <inheritdoc/>
    public override string Kind => "a list";

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", Items)}]";
}

/// <summary>Keys and values in the order of the file; no key stands twice.</summary>
public sealed class YamlMapping(Position at, IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> entries) : YamlNode(at)
{
    /// <summary>Its entries in order.</summary>
    public IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> Entries { get; } = entries;

    /// <inheritdoc/>
    public override string Kind => "a mapping";

    /// <inheritdoc/>
    public override string ToString() => $"{{{string.Join(", ", Entries.Select(entry => $"{entry.Key}: {entry.Value}"))}}}";

    /// <summary>The value of a key, or null.</summary>
    public YamlNode? this[string key] => Entries.FirstOrDefault(entry => entry.Key.Value == key).Value;
}
