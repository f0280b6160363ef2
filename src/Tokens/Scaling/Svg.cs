using System.Globalization;
using System.Security;
using System.Text;
using System.Xml;

namespace DataPipeline.Tokens.Scaling;

/// <summary>An SVG drawing as it is written: numbers the same in every culture, names that may hold any character.</summary>
public sealed class Svg
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds elements; numbers in them are written with a point.</summary>
    public void Add(FormattableString markup) => _text.Append(markup.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>The drawing.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>A coordinate, to a hundredth of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A text inside an element; what XML cannot hold becomes U+FFFD.</summary>
    public static string Escape(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? Rune.ReplacementChar : rune);
        return SecurityElement.Escape(clean.ToString());
    }

    /// <summary>Round numbers from <paramref name="from"/> to <paramref name="to"/>: multiples of 1, 2 or 5 times a power of ten, about <paramref name="count"/> of them.</summary>
    public static IReadOnlyList<double> Ticks(double from, double to, int count)
    {
        double rough = (to - from) / count, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        long first = (long)Math.Ceiling(from / step - 1e-9), last = (long)Math.Floor(to / step + 1e-9);
        // A product for each, since a sum of steps would drift off the round numbers.
        return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => Math.Round((first + i) * step, 12))];
    }
}
