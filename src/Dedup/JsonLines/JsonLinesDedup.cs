using DataPipeline.Core;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>Deduplication alone, over files of JSON lines: the steps of a pipeline, but its end writes the lines that stay as they were read.</summary>
public static class JsonLinesDedup
{
    /// <summary>Metadata key under which the source of such a run keeps the id of a line as it stands in the JSON, quotes and all.</summary>
    public const string IdKey = "id";

    /// <summary>Name of the last step, whose folder holds <c>kept.jsonl</c>, <c>removed.jsonl</c> and <c>summary.json</c>.</summary>
    public const string OutputStep = "output";

    /// <summary>Files of that folder.</summary>
    public const string Kept = "kept.jsonl", Removed = "removed.jsonl", Edits = "edits.jsonl", Summary = "summary.json";

    /// <summary>The line of a record of a source with another text.</summary>
    public delegate byte[] LineWithText(Source source, RawRecord record, string text);

    /// <summary>The steps of a planned run whose sources are files of JSON lines, a file each, with a <c>dedup</c> section.</summary>
    /// <param name="planned">The run.</param>
    /// <param name="withText">Writes a changed text into its line.</param>
    public static IReadOnlyList<Step> Steps(PlannedRun planned, LineWithText withText)
    {
        DedupSection section = planned.File.Sections.OfType<DedupSection>().Single();
        return section.JsonLinesSteps(planned.Steps, planned.File.Sources, withText);
    }

    /// <summary>The id of a document for the files of such a run.</summary>
    internal static string NameOf(Document document) => document.Metadata.GetValueOrDefault(IdKey) ?? document.Id;
}

/// <summary>What <c>summary.json</c> says.</summary>
/// <param name="Kinds">The kinds in order.</param>
/// <param name="Settings">Settings of the section as they stood in the configuration.</param>
/// <param name="Files">Input files.</param>
/// <param name="Read">Lines read.</param>
/// <param name="Kept">Documents in <c>kept.jsonl</c>.</param>
/// <param name="Copies">Lines repeated in <c>kept.jsonl</c> by <c>rehydrate</c>.</param>
/// <param name="Removed">Lines in <c>removed.jsonl</c>.</param>
/// <param name="RemovedBy">Removed lines by reason.</param>
/// <param name="Unreadable">Lines that are no documents, by reason; they are in neither file.</param>
/// <param name="Edited">Lines in <c>kept.jsonl</c> whose text lost something; <c>edits.jsonl</c> says what.</param>
/// <param name="CutCharacters">Characters cut, from dropped lines too.</param>
/// <param name="Clusters">Clusters of two or more documents.</param>
/// <param name="LargestCluster">Documents of the largest cluster; 0 without one.</param>
/// <param name="TopClusters">The largest clusters with the start of the survivor's text.</param>
/// <param name="ClusterSizes">Number of clusters by kind and by size, rounded down to a power of two.</param>
public sealed record DedupSummary(
    IReadOnlyList<string> Kinds, string Settings, IReadOnlyList<string> Files, long Read, long Kept, long Copies, long Removed,
    IReadOnlyDictionary<string, long> RemovedBy, IReadOnlyDictionary<string, long> Unreadable, long Edited, long CutCharacters, long Clusters, long LargestCluster, IReadOnlyList<TopCluster> TopClusters,
    IReadOnlyDictionary<string, IReadOnlyDictionary<int, long>> ClusterSizes);
