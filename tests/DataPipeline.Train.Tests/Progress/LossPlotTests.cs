using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace DataPipeline.Train.Tests.Progress;

public class LossPlotTests
{
    private const int Steps = 100_000, Spike = 54_321, Dip = 70_007;

    private static IEnumerable<string> Log(int steps, string source = "all")
    {
        yield return JsonSerializer.Serialize(new { step = 0, kind = "validation", source, loss = 5.0 });
        for (int step = 1; step <= steps; step++)
        {
            double loss = step switch { Spike => 9, Dip => 0.5, _ => 3 + 2.0 / (1 + step * 0.001) + 0.2 * Math.Sin(step * 1.7) };
            yield return JsonSerializer.Serialize(new { step, kind = "train", loss, learning_rate = 1e-3 });
        }
        yield return JsonSerializer.Serialize(new { step = steps, kind = "validation", source, loss = 3.1 });
    }

    [Fact]
    public void Draw_HundredThousandSteps_IsSmallAndKeepsExtremes()
    {
        string svg = LossPlot.Draw(LossHistory.Read(Log(Steps)), "long");

        Assert.True(svg.Length < 60_000, $"{svg.Length} bytes");
        (double X, double Y)[] points = Line(svg, "each");
        (double X, double Y) highest = points.MinBy(p => p.Y), lowest = points.MaxBy(p => p.Y);
        Assert.Equal(XOf(Spike), highest.X, 0.1);
        Assert.Equal(XOf(Dip), lowest.X, 0.1);
        // The two stand apart as far as their losses do on the axis that the labels give.
        Assert.Equal((9 - 0.5) * PixelsOfOne(svg), lowest.Y - highest.Y, 0.5);
        Assert.True(points.Zip(points.Skip(1)).All(pair => pair.First.X <= pair.Second.X), "from left to right");
    }

    [Fact]
    public void Draw_FewSteps_HasEachOfThemAndTheirMean()
    {
        string svg = LossPlot.Draw(LossHistory.Read(Log(20)), "short");

        Assert.Equal(20, Line(svg, "each").Length);
        (double, double Y)[] mean = Line(svg, "mean"), each = Line(svg, "each");
        Assert.Equal(each.Skip(5).Take(5).Average(p => p.Y), mean[9].Y, 0.2);
    }

    [Fact]
    public void Draw_NamesOfAnyCharacters_IsXmlForLightAndDark()
    {
        string source = "書籍 <&>\u0001\ud800" + new string('長', 50);

        string svg = LossPlot.Draw(LossHistory.Read(Log(3, source)), "走れメロス <b> & \"c\"");

        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Contains("走れメロス <b> & \"c\"", texts);
        Assert.Contains(texts, text => text.StartsWith("書籍 <&>", StringComparison.Ordinal) && text.EndsWith("長…", StringComparison.Ordinal) && text.Length < 30);
        Assert.Contains("prefers-color-scheme:dark", svg);
    }

    [Fact]
    public void Draw_OneStepOrEqualLosses_HasNoNumberThatIsNone()
    {
        foreach (int steps in (int[])[0, 1])
            Assert.DoesNotContain("NaN", LossPlot.Draw(LossHistory.Read(Log(steps)), "tiny"));
        Assert.DoesNotContain("NaN", LossPlot.Draw(LossHistory.Read(["{\"step\":1,\"kind\":\"train\",\"loss\":0,\"learning_rate\":0}", "{\"step\":2,\"kind\":\"train\",\"loss\":null}"]), "zero"));
        Assert.DoesNotContain("NaN", LossPlot.Draw(LossHistory.Read([]), "nothing"));
    }

    private static double XOf(int step) => 72 + 680.0 * step / Steps;

    private static double PixelsOfOne(string svg)
    {
        (double Y, double Value)[] ticks = [.. XDocument.Parse(svg).Descendants().Where(e => e.Name.LocalName == "text" && (string?)e.Attribute("x") == "64" && double.Parse(e.Attribute("y")!.Value, CultureInfo.InvariantCulture) < 430)
            .Select(e => (double.Parse(e.Attribute("y")!.Value, CultureInfo.InvariantCulture), double.Parse(e.Value, CultureInfo.InvariantCulture)))];
        return (ticks[0].Y - ticks[^1].Y) / (ticks[^1].Value - ticks[0].Value);
    }

    private static (double X, double Y)[] Line(string svg, string kind) =>
        [.. XDocument.Parse(svg).Descendants().Single(e => (string?)e.Attribute("class") == $"line {kind}").Attribute("points")!.Value.Split(' ')
            .Select(point => point.Split(',')).Select(point => (double.Parse(point[0], CultureInfo.InvariantCulture), double.Parse(point[1], CultureInfo.InvariantCulture)))];
}
