using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>What was met of one set that stages look for, such as a test set: which of its things, in how many documents.</summary>
public sealed class FoundCounts
{
    /// <summary>Things of the set.</summary>
    public long Things { get; set; }

    /// <summary>Documents with any of them.</summary>
    public long Documents { get; set; }

    /// <summary>Documents by thing; those that were met, by <see cref="WantedThing.Place"/>.</summary>
    public SortedDictionary<string, long> ByThing { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Nothing met yet of all that stages look for; null when they look for nothing.</summary>
    public static SortedDictionary<string, FoundCounts>? Of(IEnumerable<Filter> stages)
    {
        SortedDictionary<string, FoundCounts>? sets = null;
        foreach ((string set, long things) in stages.SelectMany(stage => stage.Wanted))
            (sets ??= new SortedDictionary<string, FoundCounts>(StringComparer.Ordinal))[set] = new FoundCounts { Things = things };
        return sets;
    }

    /// <summary>Counts one document.</summary>
    public static void Count(SortedDictionary<string, FoundCounts> sets, IEnumerable<Finding> findings)
    {
        foreach (IGrouping<string, WantedThing> met in findings.SelectMany(finding => finding.Things).Distinct().GroupBy(thing => thing.Set))
        {
            FoundCounts counts = sets[met.Key];
            counts.Documents++;
            foreach (WantedThing thing in met)
                counts.ByThing[thing.Place] = counts.ByThing.GetValueOrDefault(thing.Place) + 1;
        }
    }

    /// <summary>Adds counts of other documents.</summary>
    public static void Add(SortedDictionary<string, FoundCounts> sets, IReadOnlyDictionary<string, FoundCounts> others)
    {
        foreach ((string set, FoundCounts other) in others)
        {
            if (!sets.TryGetValue(set, out FoundCounts? counts))
                sets[set] = counts = new FoundCounts { Things = other.Things };
            counts.Documents += other.Documents;
            foreach ((string place, long documents) in other.ByThing)
                counts.ByThing[place] = counts.ByThing.GetValueOrDefault(place) + documents;
        }
    }

    /// <summary>A line for people.</summary>
    public static string Say(string set, FoundCounts counts) =>
        $"test set {set}: {counts.ByThing.Count:N0} of {counts.Things:N0} items met, in {counts.Documents:N0} documents";
}
