namespace DataPipeline.Core;

/// <summary>A stage that looks at one document and keeps, edits or drops it.</summary>
/// <remarks>Pure: the verdict depends on the document and the settings alone, and any number of threads may ask at once.
/// Mark it with <see cref="Config.StageAttribute"/>; its constructor parameters are its settings in YAML.</remarks>
public abstract class Filter
{
    /// <summary>Decides about one document. Never throws for odd text: every document gets a verdict.</summary>
    public abstract Verdict Judge(Document document);

    /// <summary>Every number this filter compares, passed or not, in the order of its rules; empty for stages that only edit.</summary>
    public virtual IReadOnlyList<Measurement> Measure(Document document) => [];

    /// <summary>Files that it read when it was made (a model, test sets): what it says depends on their bytes.</summary>
    public virtual IReadOnlyList<string> FilesRead => [];

    /// <summary>Sets of things that it looks for in documents and lists as <see cref="Finding"/>s, by name, with the number of things in each; most filters have none.</summary>
    public virtual IReadOnlyDictionary<string, long> Wanted => System.Collections.Immutable.ImmutableDictionary<string, long>.Empty;
}
