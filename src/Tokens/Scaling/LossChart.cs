using System.Globalization;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Draws the loss that a rule predicts over tokens and parameters, both on log axes: bands of equal loss, lines of equal compute, the best use of compute by each rule, and a plan.</summary>
/// <remarks>A contour is found by bisection at each column: the loss of every rule falls with parameters. Contours stand where the best loss of evenly spaced computes lies, so that they are evenly
/// spaced to the eye.</remarks>
public sealed class LossChart
{
    private const double Width = 960, Height = 640, Left = 84, Top = 66, PlotWidth = 620, PlotHeight = 500;
    private const int Levels = 10, Columns = 80;

    /// <summary>A line for each of <see cref="ScalingRule.All"/>, the same in every chart.</summary>
    private static readonly (string Colour, string Dash)[] Strokes = [("#333", "12 3"), ("#1e6b45", "7 4"), ("#7d2f96", "2 4"), ("#a8480f", "10 3 2 3")];

    private readonly TrainingPlan _plan;
    private readonly ScalingRule _rule;
    private readonly double _left, _right, _bottom, _top;
    private readonly Svg _svg = new();

    private LossChart(TrainingPlan plan, ScalingRule rule)
    {
        _plan = plan;
        _rule = rule;
        PlanOptimum best = plan.Optima[0];
        (_left, _right) = Range(best.Tokens, plan.Tokens);
        (_bottom, _top) = Range(best.Parameters, plan.Parameters);

        static (double, double) Range(double a, double b) => (Math.Log10(Math.Min(a, b)) - 1.6, Math.Log10(Math.Max(a, b)) + 1.6);
    }

    /// <summary>The chart as SVG.</summary>
    public static string Draw(TrainingPlan plan, ScalingRule rule) => new LossChart(plan, rule).Draw();

    private string Draw()
    {
        Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12" fill="#222">""");
        Add($"""<rect width="{Width}" height="{Height}" fill="#fff"/><clipPath id="plot"><rect x="{Left}" y="{Top}" width="{PlotWidth}" height="{PlotHeight}"/></clipPath>""");
        Add($"""<text x="{Left}" y="28" font-size="17" font-weight="bold">Predicted loss over tokens and parameters</text>""");
        Add($"""<text x="{Left}" y="48" fill="#555">{Escape(_rule.Name)}: nats a token; bands of equal loss, darker is lower</text>""");
        Contours();
        Compute();
        Axes();
        Frontiers();
        Corpus();
        Points();
        Legend();
        Add($"</svg>");
        return _svg.ToString();
    }

    private void Contours()
    {
        double low = Math.Log(_rule.Loss(Math.Pow(10, _bottom), Math.Pow(10, _left))), least = Math.Pow(10, _bottom + _left) * 6, most = Math.Pow(10, _top + _right) * 6;
        double[] levels = [.. Enumerable.Range(1, Levels).Select(i => PlanOptimum.Of(_rule, Math.Exp(Math.Log(least) + i * Math.Log(most / least) / (Levels + 1))).Loss)
            .Where(loss => Math.Log(loss) < low).OrderDescending()];
        Add($"""<g clip-path="url(#plot)"><rect x="{Left}" y="{Top}" width="{PlotWidth}" height="{PlotHeight}" fill="{Shade(0)}"/>""");
        var labels = new List<(double X, double Y, string Text)>();
        foreach ((int i, double level) in levels.Index())
        {
            double start = Start(level);
            if (start >= _right)
                continue;
            // Columns crowd where the contour begins, since it falls steeply there.
            (double X, double Y)[] line = [.. Enumerable.Range(0, Columns + 1).Select(column => start + (_right - start) * column * column / (Columns * Columns))
                .Select(x => (X(x), Y(ParametersFor(level, x))))];
            string points = string.Join(' ', line.Select(point => $"{F(point.X)},{F(point.Y)}"));
            Add($"""<polygon points="{points} {F(Left + PlotWidth)},{F(Top - 1)} {F(line[0].X)},{F(Top - 1)}" fill="{Shade(i + 1)}"/><polyline points="{points}" fill="none" stroke="#fff" stroke-width="1.2"/>""");
            if (line[^1].Y > Top + 8 && line[^1].Y < Top + PlotHeight)
                labels.Add((Left + PlotWidth + 6, line[^1].Y + 4, level.ToString("0.00", CultureInfo.InvariantCulture)));
        }
        Add($"</g>");
        foreach ((double x, double y, string text) in labels)
            Add($"""<text x="{F(x)}" y="{F(y)}" font-size="11" fill="#555">{text}</text>""");
        Add($"""<text x="{F(Left + PlotWidth + 6)}" y="{Top - 6}" font-size="11" fill="#555">loss</text>""");
    }

    /// <summary>Lines of equal C = 6 N D, a line for a decade, and that of the plan.</summary>
    private void Compute()
    {
        Add($"""<g clip-path="url(#plot)">""");
        for (double decade = Math.Ceiling(_left + _bottom + Math.Log10(6)); decade < _right + _top + Math.Log10(6); decade++)
        {
            double sum = decade - Math.Log10(6);
            Add($"""<line x1="{F(X(_left))}" y1="{F(Y(sum - _left))}" x2="{F(X(_right))}" y2="{F(Y(sum - _right))}" stroke="#33445c" stroke-opacity="0.5" stroke-width="0.7" stroke-dasharray="2 5"/>""");
            // The label stands where the line leaves the plot at the bottom.
            if (sum - _bottom > _left + 0.1 && sum - _bottom < _right - 0.15)
                Add($"""<text x="{F(X(sum - _bottom) + 5)}" y="{F(Top + PlotHeight - 6)}" font-size="10" fill="#33445c">1e{decade:0} FLOPs</text>""");
        }
        double plan = Math.Log10(_plan.Flops / 6);
        Add($"""<line x1="{F(X(_left))}" y1="{F(Y(plan - _left))}" x2="{F(X(_right))}" y2="{F(Y(plan - _right))}" stroke="#222" stroke-width="1" stroke-dasharray="5 4"/></g>""");
    }

    private void Axes()
    {
        Add($"""<rect x="{Left}" y="{Top}" width="{PlotWidth}" height="{PlotHeight}" fill="none" stroke="#444"/>""");
        foreach (double at in Ticks(_left, _right))
        {
            double x = X(at);
            Add($"""<line x1="{F(x)}" y1="{Top + PlotHeight}" x2="{F(x)}" y2="{Top + PlotHeight + 5}" stroke="#444"/><text x="{F(x)}" y="{Top + PlotHeight + 20}" text-anchor="middle">{Label(at)}</text>""");
        }
        foreach (double at in Ticks(_bottom, _top))
        {
            double y = Y(at);
            Add($"""<line x1="{Left - 5}" y1="{F(y)}" x2="{Left}" y2="{F(y)}" stroke="#444"/><text x="{Left - 9}" y="{F(y + 4)}" text-anchor="end">{Label(at)}</text>""");
        }
        Add($"""<text x="{Left + PlotWidth / 2}" y="{Top + PlotHeight + 44}" text-anchor="middle">training tokens D</text>""");
        Add($"""<text transform="translate(22 {Top + PlotHeight / 2}) rotate(-90)" text-anchor="middle">parameters N</text>""");
    }

    /// <summary>Powers of ten, and 3 between them where there are few.</summary>
    private static IEnumerable<double> Ticks(double from, double to)
    {
        for (double decade = Math.Floor(from); decade <= to; decade++)
        {
            if (decade >= from)
                yield return decade;
            double three = decade + Math.Log10(3);
            if (to - from < 4.5 && three >= from && three <= to)
                yield return three;
        }
    }

    private static string Label(double log10)
    {
        double value = Math.Round(Math.Pow(10, log10 - Math.Floor(log10))) * Math.Pow(10, Math.Floor(log10));
        (string unit, double factor) = value switch { >= 0.9e15 => ("", 1), >= 0.9e12 => ("T", 1e12), >= 0.9e9 => ("B", 1e9), >= 0.9e6 => ("M", 1e6), >= 0.9e3 => ("K", 1e3), _ => ("", 1) };
        return value >= 0.9e15 ? value.ToString("0e+0", CultureInfo.InvariantCulture) : F(Math.Round(value / factor)) + unit;
    }

    private void Frontiers()
    {
        Add($"""<g clip-path="url(#plot)" fill="none">""");
        foreach ((int i, ScalingRule rule) in Compared)
            Line(rule.Frontier, Strokes[i].Colour, 1.6, Strokes[i].Dash);
        Line(_rule.Frontier, "#111", 2.6, "");
        Add($"</g>");

        void Line(Frontier frontier, string colour, double width, string dash)
        {
            ScalingPoint first = frontier.ForTokens(Math.Pow(10, _left)), last = frontier.ForTokens(Math.Pow(10, _right));
            string dashes = dash.Length > 0 ? $" stroke-dasharray=\"{dash}\"" : "";
            Add($"""<line x1="{F(X(_left))}" y1="{F(Y(Math.Log10(first.Parameters)))}" x2="{F(X(_right))}" y2="{F(Y(Math.Log10(last.Parameters)))}" stroke="{colour}" stroke-width="{F(width)}"{dashes}/>""");
        }
    }

    private IEnumerable<(int Index, ScalingRule Rule)> Compared => ScalingRule.All.Index().Where(rule => rule.Item.Name != _rule.Name);

    /// <summary>The tokens at hand, once and as often as repeating is good.</summary>
    private void Corpus()
    {
        if (_plan.Corpus is not { } corpus)
            return;
        (double Tokens, string Text)[] marks = [(corpus.Available, "corpus once"), (corpus.Budget, "4 epochs")];
        foreach ((double tokens, string text) in marks)
        {
            // The label of the first line stands on its left, so that lines close together do not run through each other's.
            double offset = tokens == marks.Min(mark => mark.Tokens) ? -5 : 13;
            double x = X(Math.Log10(tokens));
            if (x > Left && x < Left + PlotWidth)
            {
                Add($"""<line x1="{F(x)}" y1="{Top}" x2="{F(x)}" y2="{Top + PlotHeight}" stroke="#c0392b" stroke-width="1.2" stroke-dasharray="3 3"/>""");
                Add($"""<text transform="translate({F(x + offset)} {Top + PlotHeight - 22}) rotate(-90)" font-size="11" fill="#c0392b" stroke="#fff" stroke-width="3" paint-order="stroke">{text}</text>""");
            }
        }
    }

    private void Points()
    {
        PlanOptimum best = _plan.Optima[0];
        double x = X(Math.Log10(best.Tokens)), y = Y(Math.Log10(best.Parameters));
        if (IsApart)
            Add($"""<path d="M{F(x)} {F(y - 7)} L{F(x + 7)} {F(y)} L{F(x)} {F(y + 7)} L{F(x - 7)} {F(y)} Z" fill="#fff" stroke="#111" stroke-width="1.8"/>""");
        Add($"""<circle cx="{F(X(Math.Log10(_plan.Tokens)))}" cy="{F(Y(Math.Log10(_plan.Parameters)))}" r="7" fill="#f39c12" stroke="#111" stroke-width="1.8"/>""");
    }

    /// <summary>Whether the plan is far enough from the best use of its compute to show both.</summary>
    private bool IsApart => Math.Abs(Math.Log(_plan.Parameters / _plan.Optima[0].Parameters)) > 0.05;

    private void Legend()
    {
        double x = Left + PlotWidth + 58, y = Top + 12;
        PlanOptimum best = _plan.Optima[0];
        Add($"""<circle cx="{x + 10}" cy="{y - 4}" r="6" fill="#f39c12" stroke="#111" stroke-width="1.6"/>""");
        Entry("the plan", $"{Quantity.Format(_plan.Parameters)} parameters", $"{Quantity.Format(_plan.Tokens)} tokens", $"loss {_plan.Loss.ToString("0.000", CultureInfo.InvariantCulture)}");
        if (IsApart)
        {
            Add($"""<path d="M{x + 10} {y - 11} l7 7 l-7 7 l-7 -7 Z" fill="#fff" stroke="#111" stroke-width="1.6"/>""");
            Entry("best for its FLOPs", $"{Quantity.Format(best.Parameters)} parameters", $"{Quantity.Format(best.Tokens)} tokens", $"loss {best.Loss.ToString("0.000", CultureInfo.InvariantCulture)}");
        }
        Stroke("#111", 2.6, "");
        Entry("best use of compute", _rule.Name);
        foreach ((int i, ScalingRule rule) in Compared)
        {
            Stroke(Strokes[i].Colour, 1.6, Strokes[i].Dash);
            Entry(rule.Name);
        }
        Stroke("#222", 1, "5 4");
        Entry("equal compute", $"{Quantity.Format(_plan.Flops)} FLOPs");

        void Stroke(string colour, double width, string dash) =>
            Add($"""<line x1="{x}" y1="{y - 4}" x2="{x + 22}" y2="{y - 4}" stroke="{colour}" stroke-width="{F(width)}" stroke-dasharray="{(dash.Length > 0 ? dash : "none")}"/>""");

        void Entry(string title, params string[] lines)
        {
            Add($"""<text x="{x + 30}" y="{y}">{Escape(title)}</text>""");
            foreach (string line in lines)
                Add($"""<text x="{x + 30}" y="{y += 16}" font-size="11" fill="#555">{Escape(line)}</text>""");
            y += 26;
        }
    }

    /// <summary>Logarithm of the tokens at which a contour enters the plot, from above or from the left.</summary>
    private double Start(double loss) => _rule.Loss(Math.Pow(10, _top), Math.Pow(10, _left)) <= loss ? _left
        : Bisect(_left, _right, x => _rule.Loss(Math.Pow(10, _top), Math.Pow(10, x)) > loss);

    /// <summary>Logarithm of the parameters at which a loss is reached with 10^x tokens.</summary>
    private double ParametersFor(double loss, double x) => Bisect(_bottom - 1, _top, y => _rule.Loss(Math.Pow(10, y), Math.Pow(10, x)) > loss);

    private static double Bisect(double low, double high, Func<double, bool> isBelow)
    {
        for (int i = 0; i < 50; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = isBelow(middle) ? (middle, high) : (low, middle);
        }
        return high;
    }

    /// <summary>From a pale to a deep blue.</summary>
    private static string Shade(int level)
    {
        double t = level / (double)Levels;
        return string.Create(CultureInfo.InvariantCulture, $"rgb({226 - 170 * t:0},{236 - 140 * t:0},{246 - 92 * t:0})");
    }

    private double X(double log10) => Left + (log10 - _left) / (_right - _left) * PlotWidth;

    private double Y(double log10) => Top + PlotHeight - (log10 - _bottom) / (_top - _bottom) * PlotHeight;

    private static string F(double value) => Svg.Number(value);

    private static string Escape(string text) => Svg.Escape(text);

    private void Add(FormattableString markup) => _svg.Add(markup);
}
