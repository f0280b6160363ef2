using System.Globalization;

namespace DataPipeline.Ingest.Remote;

/// <summary>How long to wait before the next try.</summary>
internal static class RetryAfter
{
    /// <summary>What a server asks for (RFC 9110, 10.2.3): seconds, or a date; null where it says nothing that can be read.</summary>
    public static TimeSpan? Parse(string? field, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(field))
            return null;
        string text = field.Trim();
        if (!text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return TimeSpan.FromSeconds(text.Length > 9 ? 999_999_999 : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset date))
            return null;
        return date > now ? date - now : TimeSpan.Zero;
    }
}
