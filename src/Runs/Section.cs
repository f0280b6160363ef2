using DataPipeline.Core.Config;

namespace DataPipeline.Runs;

/// <summary>A top-level section of a pipeline file (<c>dedup:</c>, <c>tokenizer:</c>, <c>train:</c>, ...); the room it belongs to brings it.</summary>
/// <remarks>Mark it with <see cref="StageAttribute"/>: its constructor is its YAML schema.</remarks>
public abstract class Section
{
    /// <summary>Sections run in this order, whatever their order in the file: sources 10, dedup 20, tokenizer 30, shards 40, mix 50, train 60.</summary>
    public abstract int Order { get; }

    /// <summary>The steps of this section. Called before anything is read: cross references to other sections are checked here and noted in <see cref="Plan.Mistakes"/>.</summary>
    public abstract IEnumerable<Step> Steps(Plan plan);
}

/// <summary>What sections see of the whole pipeline file while it becomes steps.</summary>
public sealed class Plan(PipelineFile file, IReadOnlyList<RunFolder> from, YamlBinder binder, Mistakes mistakes)
{
    /// <summary>The pipeline file.</summary>
    public PipelineFile File { get; } = file;

    /// <summary>Finished runs that this one starts from.</summary>
    public IReadOnlyList<RunFolder> From { get; } = from;

    /// <summary>False where a finished run is only looked at: files beside the pipeline may be gone.</summary>
    public bool ReadsInput { get; init; } = true;

    /// <summary>Mistakes found so far.</summary>
    public Mistakes Mistakes { get; } = mistakes;

    /// <summary>Names of the sources whose documents reach the end of the data side, in their order: those of this file, then those of earlier runs.</summary>
    public IReadOnlyList<string> Sources =>
        [.. File.Sources.Keys.Concat(From.SelectMany(run => run.Documents.SelectMany(documents => documents.Manifest.Sources.Keys))).Distinct()];

    /// <summary>Another section of the same file, or null.</summary>
    public T? Find<T>() where T : Section => File.Sections.OfType<T>().FirstOrDefault();

    /// <summary>True when an artifact of this kind will exist: an earlier run has it, or a section of the file makes it.</summary>
    public bool Has(ArtifactKind kind, bool madeHere) => madeHere || From.Any(run => run.Latest(kind) is not null);

    /// <summary>Notes a mistake at the place where a section or stage is described.</summary>
    public void Mistake(object described, string message) =>
        Mistakes.Add(binder.PositionOf(described) ?? new Position(File.Path, 1, 1), message);

    /// <summary>The settings of a section or stage as one line of canonical text: part of the key that tells whether a task is already done.</summary>
    /// <param name="described">The section or stage.</param>
    /// <param name="without">A setting that says where work is done and changes no output; left out.</param>
    public string SettingsOf(object described, string? without = null) => binder.SettingsOf(described, without);
}
