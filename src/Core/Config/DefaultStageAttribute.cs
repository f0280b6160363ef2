namespace DataPipeline.Core.Config;

/// <summary>Names the stage of a kind whose settings may be given without its name: <c>model: { layers: 4 }</c> for <c>model: { llama: { layers: 4 } }</c>.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DefaultStageAttribute(string name) : Attribute
{
    /// <summary>The stage's name.</summary>
    public string Name { get; } = name;
}
