using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Numbers as people write them on a command line: 1.3B, 300G, 6e23, 2T, 1_000_000.</summary>
public static class Quantity
{
    private static readonly (string Suffixes, double Factor)[] Units =
        [("K", 1e3), ("M", 1e6), ("BG", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18), ("Z", 1e21), ("Y", 1e24)];

    /// <summary>The number of a text: digits with <c>_</c> or <c>,</c> between them, an exponent, a unit (K, M, B or G, T, P, E, Z, Y in any case).</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What it stands for, such as <c>--tokens</c>.</param>
    /// <exception cref="ConfigurationException">It is no finite number above zero.</exception>
    public static double Parse(string text, string name)
    {
        string digits = text.Trim().Replace("_", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal);
        double factor = 1;
        if (!Number(digits, out double value) && digits.Length > 1)
        {
            factor = Units.FirstOrDefault(unit => unit.Suffixes.Contains(char.ToUpperInvariant(digits[^1]), StringComparison.Ordinal)).Factor;
            if (factor == 0 || !Number(digits[..^1].TrimEnd(), out value))
                value = double.NaN;
        }
        return value * factor is > 0 and < double.PositiveInfinity and double quantity ? quantity
            : throw new ConfigurationException($"{name} '{text}' is no number above zero: write 1300000000, 1.3e9 or 1.3B (K, M, B or G, T, P, E, Z)");
    }

    /// <summary>The hours of a text: <c>720</c>, <c>720h</c>, <c>30d</c> or <c>90m</c>.</summary>
    /// <exception cref="ConfigurationException">It is no time above zero.</exception>
    public static double Hours(string text, string name)
    {
        string digits = text.Trim();
        double unit = digits.Length == 0 ? 0 : char.ToLowerInvariant(digits[^1]) switch { 'd' => 24, 'h' => 1, 'm' => 1 / 60.0, _ => 0 };
        return Number(unit == 0 ? digits : digits[..^1], out double value) && value > 0 && !double.IsInfinity(value) ? value * (unit == 0 ? 1 : unit)
            : throw new ConfigurationException($"{name} '{text}' is no time: write hours (720), 720h, 30d or 90m");
    }

    /// <summary>Three significant digits with the unit: 1.30B; from 1e15 on an exponent: 5.76e+23.</summary>
    public static string Format(double value)
    {
        if (!double.IsFinite(value))
            return "-";
        if (value >= 1e15 || (value > 0 && value < 0.001))
            return value.ToString("0.00e+0", CultureInfo.InvariantCulture);
        // 999.6 would print as 1000: the unit above says 1.00.
        (string unit, double factor) = value switch { >= 999.5e9 => ("T", 1e12), >= 999.5e6 => ("B", 1e9), >= 999.5e3 => ("M", 1e6), >= 999.5 => ("K", 1e3), _ => ("", 1) };
        double scaled = value / factor;
        return scaled.ToString(scaled >= 99.95 ? "0" : scaled >= 9.995 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + unit;
    }

    private static bool Number(string digits, out double value) => double.TryParse(
        digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
