using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Dedup;

/// <summary>Which document of a cluster stays, once the priority of sources is equal; the earlier one where this is equal too.</summary>
public enum SurvivorRule
{
    /// <summary>The first in the order of the corpus.</summary>
    First,

    /// <summary>The one with most characters.</summary>
    Longest,

    /// <summary>The one with the latest date in its metadata; one without a date stays behind all others.</summary>
    Newest,

    /// <summary>The one with the highest number in its metadata; one without a number stays behind all others.</summary>
    Highest,
}

/// <summary>What a rule looks at, as a number that is larger for the document that stays.</summary>
internal static class SurvivorValue
{
    /// <summary>The metadata column of a rule, unless the setting names one.</summary>
    public static string KeyOf(SurvivorRule rule, string? named) => named ?? (rule == SurvivorRule.Newest ? "date" : "score");

    public static long Of(Document document, SurvivorRule rule, string key) => rule switch
    {
        SurvivorRule.Longest => document.CodePoints,
        SurvivorRule.Newest => Date(document.Metadata.GetValueOrDefault(key)),
        SurvivorRule.Highest => Number(document.Metadata.GetValueOrDefault(key)),
        _ => 0,
    };

    /// <summary>Ticks in UTC of a date as ISO 8601 or RFC 1123 write it, of <c>yyyyMMdd</c>, <c>yyyyMMddHHmmss</c> or a bare year.</summary>
    private static long Date(string? text)
    {
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;
        string[] bare = ["yyyyMMdd", "yyyyMMddHHmmss", "yyyy", "yyyy-MM"];
        return DateTime.TryParseExact(text, bare, CultureInfo.InvariantCulture, Styles, out DateTime date)
            || DateTime.TryParse(text, CultureInfo.InvariantCulture, Styles, out date) ? date.Ticks : long.MinValue;
    }

    /// <summary>The order of doubles as an order of whole numbers.</summary>
    private static long Number(string? text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || double.IsNaN(number))
            return long.MinValue;
        long bits = BitConverter.DoubleToInt64Bits(number + 0.0);
        return bits < 0 ? long.MinValue - bits : bits;
    }
}
