using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>A filter whose limits differ by language.</summary>
public abstract class LimitedFilter : RuleFilter
{
    private readonly Thresholds _thresholds;

    /// <summary>Starts from published limits.</summary>
    /// <param name="thresholds">Whose.</param>
    /// <param name="edit">Puts the settings given by hand over them.</param>
    private protected LimitedFilter(Thresholds thresholds, Func<Limits, Limits> edit)
    {
        _thresholds = thresholds;
        LimitSets = Limits.For(edit);
    }

    /// <summary>A set of limits for each language group.</summary>
    private protected Limits[] LimitSets { get; }

    /// <summary>Every number by the English limits, for text that was cut into words elsewhere.</summary>
    internal IReadOnlyList<Measurement> Measure(TextView view)
    {
        var all = new List<Measurement>();
        var log = new RuleLog(all);
        Check(view, LimitSets[0], ref log);
        return all;
    }

    private protected sealed override void Check(Document document, ref RuleLog log) =>
        Check(document.View, Limits.Choose(LimitSets, _thresholds, document), ref log);

    /// <summary>Notes the rules in order against one set of limits.</summary>
    private protected abstract void Check(TextView view, Limits limits, ref RuleLog log);
}
