namespace DataPipeline.Core.Config;

/// <summary>Gives a class its name in pipeline files. Its constructor is its schema: parameters are settings in snake_case, defaults are
/// defaults, <c>[Range]</c> is the bound, the XML <c>&lt;param&gt;</c> is the documentation.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class StageAttribute(string name) : Attribute
{
    /// <summary>The name in YAML, snake_case; never renamed.</summary>
    public string Name { get; } = name;
}
