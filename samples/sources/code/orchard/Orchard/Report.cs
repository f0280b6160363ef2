using System.Text;

namespace Orchard;

/// <summary>Prints payments as a table with aligned columns.</summary>
public static class Report
{
    /// <summary>One line a grower in the order of names, then a line with the sum.</summary>
    public static string Print(string variety, IReadOnlyDictionary<string, long> shares)
    {
        var names = shares.Keys.OrderBy(name => name, StringComparer.Ordinal).ToList();
        var width = Math.Max(12, names.Count == 0 ? 0 : names.Max(name => name.Length));
        var text = new StringBuilder();
        text.AppendLine($"Payments for {variety}");
        foreach (var name in names)
        {
            text.AppendLine($"  {name.PadRight(width)} {Money(shares[name]),12}");
        }

        text.AppendLine($"  {"sum".PadRight(width)} {Money(shares.Values.Sum()),12}");
        return text.ToString();
    }

    private static string Money(long cents)
    {
        var sign = cents < 0 ? "-" : "";
        var value = Math.Abs(cents);
        return $"{sign}{value / 100}.{value % 100:00}";
    }
}
