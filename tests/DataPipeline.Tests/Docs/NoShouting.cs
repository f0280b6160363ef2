using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops documents written mostly in capitals.</summary>
/// <param name="maxCapitals">Largest share of letters that may be capitals.</param>
[Stage("no_shouting")]
public sealed class NoShouting([Range(0.0, 1.0)] double maxCapitals = 0.5) : Filter
{
    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        double share = CapitalShare(document.Text);
        return share > maxCapitals ? Verdict.Drop("shouting", measured: share, limit: maxCapitals) : Verdict.Keep(document);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        double share = CapitalShare(document.Text);
        return [new Measurement("shouting", share, maxCapitals, Passed: share <= maxCapitals)];
    }

    private static double CapitalShare(string text)
    {
        int letters = text.Count(char.IsLetter);
        return letters == 0 ? 0 : (double)text.Count(char.IsUpper) / letters;
    }
}
