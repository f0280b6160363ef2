using System.Globalization;
using System.Text;

namespace DataPipeline.Bench;

/// <summary>What a contest gave.</summary>
internal sealed record ContestResult(Contest Contest, IReadOnlyList<SideResult> Sides)
{
    /// <summary>The contest as a table in Markdown. A ratio says how many times faster the first side is.</summary>
    public string Markdown()
    {
        string[] figures = [.. Sides.SelectMany(side => side.Runs[0].Figures.Keys).Distinct()];
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"### {Contest.Name}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Contest.Bytes:N0} bytes, {Sides[0].Runs.Count} alternating runs.").AppendLine();
        text.AppendLine($"| side | median s | min – max s | CPU s | MB/s | {string.Concat(figures.Select(name => name + " | "))}peak MB | ratio | target |");
        text.AppendLine($"|---|---|---|---|---|{string.Concat(figures.Select(_ => "---|"))}---|---|---|");
        foreach (SideResult side in Sides)
        {
            string extra = string.Concat(figures.Select(name => (side.Figure(name) is { } value ? Number(value) : "") + " | "));
            double ratio = side.Median / Sides[0].Median;
            string met = side.Target is { } target ? $"{Number(target)}: {(ratio >= target ? "met" : "missed")}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {side.Name} | {side.Median:F4} | {side.Runs.Min(run => run.Seconds):F4} – {side.Runs.Max(run => run.Seconds):F4} | {side.ProcessorMedian:F3} | {Number(Contest.Bytes / side.Median / 1e6)} | {extra}{side.PeakBytes / 1e6:F0} | {(side == Sides[0] ? "" : ratio.ToString("F2", CultureInfo.InvariantCulture))} | {met} |");
        }
        return text.ToString();
    }

    /// <summary>Targets that were not reached.</summary>
    public int Missed => Sides.Count(side => side.Target is { } target && side.Median / Sides[0].Median < target);

    private static string Number(double value) =>
        value >= 1000 ? value.ToString("N0", CultureInfo.InvariantCulture) : value.ToString("G4", CultureInfo.InvariantCulture);
}

/// <summary>The runs of one side.</summary>
internal sealed record SideResult(string Name, double? Target, IReadOnlyList<Timing> Runs, long PeakBytes)
{
    public double Median => MedianOf(run => run.Seconds);

    public double ProcessorMedian => MedianOf(run => run.ProcessorSeconds);

    /// <summary>Median of a further figure, or null if this side does not give it.</summary>
    public double? Figure(string name) => Runs[0].Figures.ContainsKey(name) ? MedianOf(run => run.Figures[name]) : null;

    private double MedianOf(Func<Timing, double> figure)
    {
        double[] sorted = [.. Runs.Select(figure).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
