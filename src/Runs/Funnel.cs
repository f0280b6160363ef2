namespace DataPipeline.Runs;

/// <summary>What became of every source over the whole run: read = dropped + kept, by stage and reason.</summary>
public sealed class Funnel
{
    private readonly List<FunnelRow> _rows = [];

    /// <summary>Adds up the manifests of a run's steps.</summary>
    public Funnel(IEnumerable<StepManifest> manifests)
    {
        foreach (StepManifest manifest in manifests)
        {
            foreach ((string source, SourceCounts counts) in manifest.Sources)
            {
                FunnelRow row = _rows.Find(row => row.Source == source) ?? Add(source, counts.Read);
                foreach ((string key, long count) in counts.Dropped)
                    row.Dropped.Add((key, count));
                row.Kept = counts.Kept;
                if (counts.Characters > 0)
                    row.Characters = counts.Characters;
                if (counts.Tokens > 0)
                    row.Tokens = counts.Tokens;
            }
        }
    }

    /// <summary>One row a source, in corpus order.</summary>
    public IReadOnlyList<FunnelRow> Rows => _rows;

    private FunnelRow Add(string source, long read)
    {
        var row = new FunnelRow(source, read);
        _rows.Add(row);
        return row;
    }
}

/// <summary>The way of one source through a run.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Read">Documents and unreadable records at the beginning.</param>
public sealed record FunnelRow(string Source, long Read)
{
    /// <summary>Documents after the last step that counted.</summary>
    public long Kept { get; set; }

    /// <summary>Code points of the kept documents.</summary>
    public long Characters { get; set; }

    /// <summary>Tokens of the kept documents; 0 before there are tokens.</summary>
    public long Tokens { get; set; }

    /// <summary>Documents that ended, by <c>stage/reason</c>, in the order of the steps.</summary>
    public List<(string Reason, long Documents)> Dropped { get; } = [];

    /// <summary>Documents that ended.</summary>
    public long DroppedDocuments => Dropped.Sum(drop => drop.Documents);
}
