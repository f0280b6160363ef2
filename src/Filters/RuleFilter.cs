using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>A filter of rules in order: the first broken one is the drop reason, and an explanation sees the number of every one.</summary>
public abstract class RuleFilter : Filter
{
    private protected RuleFilter()
    {
    }

    /// <inheritdoc/>
    public sealed override Verdict Judge(Document document)
    {
        var log = new RuleLog(null);
        Check(document, ref log);
        return log.Decide(document);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Measurement> Measure(Document document)
    {
        var all = new List<Measurement>();
        var log = new RuleLog(all);
        Check(document, ref log);
        return all;
    }

    /// <summary>Notes the rules in order and returns as soon as the log says so.</summary>
    private protected abstract void Check(Document document, ref RuleLog log);
}
