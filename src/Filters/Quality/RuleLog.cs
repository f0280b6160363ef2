using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Runs the same rules for a verdict and for an explanation: a verdict stops at the first broken rule, an explanation sees all.</summary>
internal struct RuleLog(List<Measurement>? all)
{
    private Measurement _broken;

    /// <summary>True when every number is wanted exactly; a verdict asks only on which side of its limit one lies.</summary>
    public readonly bool IsExplaining => all is not null;

    /// <summary>True when the rules stopped at a broken one.</summary>
    public readonly bool IsBroken => _broken.Rule is not null;

    /// <summary>Drops when the value is above the limit; true when the caller shall stop.</summary>
    public bool Above(string reason, double value, double limit) => Note(reason, value, limit, value > limit);

    /// <summary>Drops when the value is below the limit; true when the caller shall stop.</summary>
    public bool Below(string reason, double value, double limit) => Note(reason, value, limit, value < limit);

    /// <summary>Drops when <paramref name="broken"/>; true when the caller shall stop.</summary>
    public bool Note(string reason, double value, double limit, bool broken)
    {
        if (all is not null)
            all.Add(new Measurement(reason, value, limit, !broken));
        else if (broken)
            _broken = new Measurement(reason, value, limit, false);
        return broken && all is null;
    }

    /// <summary>The document kept, or dropped for the broken rule.</summary>
    public readonly Verdict Decide(Document kept, string? detail = null) => IsBroken ? Verdict.Drop(_broken.Rule, _broken.Value, _broken.Limit, detail) : Verdict.Keep(kept);

    /// <summary>The share, 0 where there is nothing to divide by.</summary>
    public static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
