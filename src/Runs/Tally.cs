using System.Text.Json.Serialization;
using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>Counts by source: what was read, kept and dropped by stage and reason. Nothing disappears: read = kept + dropped.</summary>
/// <remarks>Not shared between threads: a task's ordered consumer counts.</remarks>
public sealed class Tally
{
    private readonly SortedDictionary<string, SourceCounts> _sources = new(StringComparer.Ordinal);

    /// <summary>Counts by source name.</summary>
    public IReadOnlyDictionary<string, SourceCounts> Sources => _sources;

    /// <summary>The counts of a source, made on first use.</summary>
    public SourceCounts this[string source]
    {
        get
        {
            if (!_sources.TryGetValue(source, out SourceCounts? counts))
                _sources[source] = counts = new SourceCounts();
            return counts;
        }
    }

    /// <summary>Adds the counts of another task.</summary>
    public void Add(IReadOnlyDictionary<string, SourceCounts> other)
    {
        foreach ((string source, SourceCounts counts) in other)
            this[source].Add(counts);
    }

    /// <summary>Fails the run when a document is missing from the sum.</summary>
    public void Check(string where)
    {
        foreach ((string source, SourceCounts counts) in _sources)
        {
            if (counts.Read != counts.Kept + counts.Dropped.Values.Sum())
                throw new InvalidOperationException($"{where}: source {source} read {counts.Read} but kept {counts.Kept} and dropped {counts.Dropped.Values.Sum()}");
        }
    }
}

/// <summary>Counts of one source in one step.</summary>
public sealed class SourceCounts
{
    /// <summary>Documents that came in, with the records that could not be read.</summary>
    public long Read { get; set; }

    /// <summary>Documents that went on.</summary>
    public long Kept { get; set; }

    /// <summary>Code points of the documents that went on.</summary>
    public long Characters { get; set; }

    /// <summary>Tokens of the documents that went on, once there are tokens.</summary>
    public long Tokens { get; set; }

    /// <summary>Documents that ended here, by <c>stage/reason</c>.</summary>
    public SortedDictionary<string, long> Dropped { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What stages looked for and met, by set; null when none looks for anything.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, FoundCounts>? Found { get; set; }

    /// <summary>Counts one document that ended at a stage.</summary>
    public void Drop(string stage, string reason)
    {
        string key = $"{stage}/{reason}";
        Dropped[key] = Dropped.GetValueOrDefault(key) + 1;
    }

    internal void Add(SourceCounts other)
    {
        Read += other.Read;
        Kept += other.Kept;
        Characters += other.Characters;
        Tokens += other.Tokens;
        foreach ((string key, long count) in other.Dropped)
            Dropped[key] = Dropped.GetValueOrDefault(key) + count;
        if (other.Found is not null)
            FoundCounts.Add(Found ??= new SortedDictionary<string, FoundCounts>(StringComparer.Ordinal), other.Found);
    }
}
