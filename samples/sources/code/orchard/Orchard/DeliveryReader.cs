using System.Globalization;

namespace Orchard;

/// <summary>Reads deliveries from lines such as <c>17;Hansen;Boskoop;420;2024-09-30</c>.</summary>
public static class DeliveryReader
{
    /// <summary>Reads all lines and reports every mistake with its line number, not only the first.</summary>
    public static (List<Delivery> Deliveries, List<string> Mistakes) Read(TextReader reader)
    {
        var deliveries = new List<Delivery>();
        var mistakes = new List<string>();
        var lineNumber = 0;
        while (reader.ReadLine() is { } line)
        {
            lineNumber++;
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split(';');
            if (fields.Length != 5)
            {
                mistakes.Add($"line {lineNumber}: {fields.Length} fields, expected 5");
            }
            else if (!int.TryParse(fields[0], CultureInfo.InvariantCulture, out var number))
            {
                mistakes.Add($"line {lineNumber}: '{fields[0]}' is not a delivery number");
            }
            else if (!int.TryParse(fields[3], CultureInfo.InvariantCulture, out var kilograms))
            {
                mistakes.Add($"line {lineNumber}: '{fields[3]}' is not a weight in kilograms");
            }
            else if (!DateOnly.TryParseExact(fields[4], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                mistakes.Add($"line {lineNumber}: '{fields[4]}' is not a date (year-month-day)");
            }
            else
            {
                deliveries.Add(new Delivery(number, fields[1].Trim(), fields[2].Trim(), kilograms, day));
            }
        }

        return (deliveries, mistakes);
    }
}
