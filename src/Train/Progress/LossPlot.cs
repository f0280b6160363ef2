using System.Globalization;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Train;

/// <summary>Draws the losses of a training over its steps, with their moving average, the validations and the learning rate, as an SVG for light and dark pages.</summary>
/// <remarks>
/// A column of pixels keeps its lowest and highest loss, so that a spike of one step among 100,000 is seen and the file stays below some 60 kB. The moving average is of
/// the steps behind it, a fiftieth of the run and at least five.
/// </remarks>
internal sealed class LossPlot
{
    private const double Width = 1000, Height = 600, Left = 72, Top = 64, PlotWidth = 680, PlotHeight = 360, RateTop = Top + PlotHeight + 28, RateHeight = 76;
    private const int MostNames = 14, LongestName = 24, MostMarkers = 60, WindowShare = 50, LeastWindow = 5;

    private const string Style = """
        <style>
        .paper{fill:#fff}.ink{fill:#222}.soft{fill:#666}.grid{stroke:#e3e3e3}.frame{stroke:#999;fill:none}.line{fill:none;stroke-linejoin:round}
        .each{stroke:#a9c1de}.mean{stroke:#14539a}.rate{stroke:#777}.edge{stroke:#fff}
        .v0{color:#c0392b}.v1{color:#1e7d4f}.v2{color:#8e44ad}.v3{color:#b9770e}.v4{color:#117a8b}.v5{color:#a0345e}.v6{color:#5d6d1e}.v7{color:#5b4b3a}
        @media(prefers-color-scheme:dark){
        .paper{fill:#14171c}.ink{fill:#e6e6e6}.soft{fill:#a0a0a0}.grid{stroke:#2b3038}.frame{stroke:#6b7280}
        .each{stroke:#2f4d70}.mean{stroke:#7db8ff}.rate{stroke:#9a9a9a}.edge{stroke:#14171c}
        .v0{color:#ff7b6b}.v1{color:#5fd49a}.v2{color:#c99bf0}.v3{color:#f2b84b}.v4{color:#5cc8dc}.v5{color:#f28bb4}.v6{color:#c0d060}.v7{color:#c8b49c}}
        </style>
        """;

    private readonly LossHistory history;
    private readonly Svg svg = new();
    private readonly int last;
    private readonly double low, high;

    private LossPlot(LossHistory history)
    {
        this.history = history;
        double[] losses = [.. history.Training.Concat(history.Validations.Values.SelectMany(points => points)).Select(point => point.Value)];
        last = Math.Max(1, history.Training.Concat(history.Validations.Values.SelectMany(points => points)).Max(point => (int?)point.Step) ?? 1);
        (low, high) = losses.Length == 0 ? (0, 1) : (losses.Min(), losses.Max());
        double margin = high > low ? (high - low) * 0.04 : Math.Max(1e-6, Math.Abs(high) * 0.1);
        (low, high) = (low >= 0 ? Math.Max(0, low - margin) : low - margin, high + margin);
    }

    /// <summary>The plot.</summary>
    /// <param name="history">The losses.</param>
    /// <param name="title">What was trained.</param>
    public static string Draw(LossHistory history, string title) => new LossPlot(history).Draw(title);

    private string Draw(string title)
    {
        svg.Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="DejaVu Sans, Helvetica, Arial, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Zen Hei, sans-serif" font-size="12">""");
        svg.Add($"""{Style}<rect class="paper" width="{Width}" height="{Height}"/>""");
        svg.Add($"""<text class="ink" x="{Left}" y="28" font-size="17" font-weight="bold">{Svg.Escape(Shortened(title, 70))}</text>""");
        svg.Add($"""<text class="soft" x="{Left}" y="48">loss in nats over {last:N0} steps</text>""");
        Axes();
        int window = Math.Max(LeastWindow, history.Training.Count / WindowShare);
        Curve(Decimated(history.Training), "each", 1);
        Curve(Decimated(MovingAverage(window)), "mean", 2.2);
        foreach ((int i, List<(int, double)> points) in history.Validations.Values.Index()) Validation(points, i);
        LearningRate();
        Legend(window);
        svg.Add($"</svg>");
        return svg.ToString();
    }

    private void Axes()
    {
        IReadOnlyList<double> ticks = Svg.Ticks(low, high, 7);
        string decimals = $"F{(ticks.Count > 1 ? Math.Clamp((int)Math.Ceiling(-Math.Log10(ticks[1] - ticks[0]) - 1e-9), 0, 9) : 2)}";
        foreach (double at in ticks)
        {
            string y = Svg.Number(Y(at));
            svg.Add($"""<line class="grid" x1="{Left}" y1="{y}" x2="{Left + PlotWidth}" y2="{y}"/><text class="ink" x="{Left - 8}" y="{Svg.Number(Y(at) + 4)}" text-anchor="end">{at.ToString(decimals, CultureInfo.InvariantCulture)}</text>""");
        }
        foreach (double at in Svg.Ticks(0, last, 8).Where(at => at == Math.Floor(at)))
        {
            string x = Svg.Number(X(at));
            svg.Add($"""<line class="grid" x1="{x}" y1="{Top}" x2="{x}" y2="{RateTop + RateHeight}"/><text class="ink" x="{x}" y="{RateTop + RateHeight + 18}" text-anchor="middle">{at:N0}</text>""");
        }
        svg.Add($"""<rect class="frame" x="{Left}" y="{Top}" width="{PlotWidth}" height="{PlotHeight}"/><rect class="frame" x="{Left}" y="{RateTop}" width="{PlotWidth}" height="{RateHeight}"/>""");
        svg.Add($"""<text class="ink" x="{Left + PlotWidth / 2}" y="{RateTop + RateHeight + 38}" text-anchor="middle">step</text>""");
        svg.Add($"""<text class="ink" transform="translate(18 {Top + PlotHeight / 2}) rotate(-90)" text-anchor="middle">loss</text>""");
    }

    private void LearningRate()
    {
        if (history.LearningRates.Count == 0) return;
        double most = Math.Max(1e-30, history.LearningRates.Max(point => point.Value));
        string points = Points(Decimated(history.LearningRates), value => RateTop + RateHeight - value / most * (RateHeight - 8));
        svg.Add($"""<polyline class="line rate" stroke-width="1.6" points="{points}"/>""");
        svg.Add($"""<text class="ink" x="{Left - 8}" y="{RateTop + 12}" text-anchor="end">{Short(most)}</text><text class="ink" x="{Left - 8}" y="{RateTop + RateHeight}" text-anchor="end">0</text>""");
        svg.Add($"""<text class="soft" x="{Left + PlotWidth + 20}" y="{RateTop + 14}">learning rate,</text><text class="soft" x="{Left + PlotWidth + 20}" y="{RateTop + 30}">{Short(history.LearningRates[^1].Value)} at the end</text>""");
    }

    private void Curve(IReadOnlyList<(int, double)> points, string kind, double width) =>
        svg.Add($"""<polyline class="line {kind}" stroke-width="{width}" points="{Points(points, Y)}"/>""");

    private void Validation(List<(int Step, double Value)> points, int index)
    {
        double width = index == 0 ? 2 : 1.3, radius = index == 0 ? 3.6 : 2.6;
        svg.Add($"""<g class="v{index % 8}"><polyline class="line" stroke="currentColor" stroke-width="{width}" points="{Points(Decimated(points), Y)}"/>""");
        if (points.Count <= MostMarkers)
        {
            foreach ((int step, double value) in points)
                svg.Add($"""<circle class="edge" fill="currentColor" cx="{Svg.Number(X(step))}" cy="{Svg.Number(Y(value))}" r="{radius}"/>""");
        }
        svg.Add($"</g>");
    }

    private void Legend(int window)
    {
        double x = Left + PlotWidth + 20, y = Top + 10;
        if (history.Training.Count > 0)
        {
            Entry("each", "training, each step", null);
            Entry("mean", $"mean of {window:N0} steps", MovingAverage(window)[^1].Value);
        }
        foreach ((int i, (string name, List<(int Step, double Value)> points)) in history.Validations.Index().Take(MostNames))
            Entry($"v{i % 8}", i == 0 && name == "all" ? "validation" : name, points[^1].Value);
        if (history.Validations.Count > MostNames)
            svg.Add($"""<text class="soft" x="{x + 26}" y="{y}">and {history.Validations.Count - MostNames} more</text>""");

        void Entry(string kind, string name, double? value)
        {
            svg.Add($"""<g class="{kind}"><line x1="{x}" y1="{y - 4}" x2="{x + 18}" y2="{y - 4}" stroke-width="2.4"{(kind[0] == 'v' ? " stroke=\"currentColor\"" : "")}/></g><text class="ink" x="{x + 26}" y="{y}">{Svg.Escape(Shortened(name, LongestName))}</text>""");
            if (value is { } number) svg.Add($"""<text class="soft" x="{Width - 12}" y="{y}" text-anchor="end">{number:0.000}</text>""");
            y += 22;
        }
    }

    private List<(int Step, double Value)> MovingAverage(int window)
    {
        var average = new List<(int, double)>(history.Training.Count);
        double sum = 0;
        foreach ((int i, (int step, double value)) in history.Training.Index())
        {
            sum += value - (i >= window ? history.Training[i - window].Value : 0);
            average.Add((step, sum / Math.Min(window, i + 1)));
        }
        return average;
    }

    // The lowest and the highest of each column of pixels, in the order in which they came.
    private List<(int Step, double Value)> Decimated(List<(int Step, double Value)> points)
    {
        if (points.Count <= 2 * PlotWidth) return points;
        var kept = new List<(int, double)>();
        foreach (IGrouping<int, (int Step, double Value)> column in points.GroupBy(point => (int)X(point.Step)))
        {
            (int Step, double Value) least = column.MinBy(point => point.Value), most = column.MaxBy(point => point.Value);
            kept.AddRange(least.Step == most.Step ? [least] : least.Step < most.Step ? [least, most] : [most, least]);
        }
        return kept;
    }

    private string Points(IReadOnlyList<(int Step, double Value)> points, Func<double, double> y) =>
        string.Join(' ', points.Select(point => $"{Svg.Number(Math.Round(X(point.Step), 1))},{Svg.Number(Math.Round(y(point.Value), 1))}"));

    private double X(double step) => Left + step / last * PlotWidth;

    private double Y(double value) => Top + PlotHeight - (value - low) / (high - low) * PlotHeight;

    private static string Short(double value) => value.ToString(value is > 0 and < 1e-3 ? "0.##e-0" : "0.####", CultureInfo.InvariantCulture);

    // By characters as people see them, so that none is cut in two.
    private static string Shortened(string text, int length)
    {
        var parts = new StringInfo(text);
        return parts.LengthInTextElements <= length ? text : parts.SubstringByTextElements(0, length - 1) + "…";
    }
}
