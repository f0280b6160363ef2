using System.Globalization;

namespace DataPipeline.Parquet;

/// <summary>
/// Dates and times as .NET values where those hold them exactly, else as ISO 8601 text, so that no digit is lost: nanoseconds between the 100 that .NET
/// counts in ("1970-01-01T00:00:00.000000001Z"), and years before 1 or after 9999 with a sign and six digits ("+290000-12-31").
/// </summary>
internal static class IsoTime
{
    private const long NanosOfDay = 86_400_000_000_000;
    private const int TickDigits = 7;
    private static readonly long s_epochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static object ToDate(long days) =>
        days + s_epochDay is var number && number >= 0 && number <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber((int)number) : DateText(days);

    /// <summary>Time since midnight; what is no time of a day stays the number that is stored.</summary>
    public static object ToTime(long value, TimeUnit unit)
    {
        Int128 nanos = value * (Int128)NanosOf(unit);
        if (nanos < 0 || nanos >= NanosOfDay)
            return value;
        return nanos % 100 == 0 ? new TimeOnly((long)nanos / 100) : ClockText((long)nanos);
    }

    public static object ToTimestamp(Int128 nanosSinceEpoch, bool isUtc)
    {
        (Int128 day, Int128 rest) = Int128.DivRem(nanosSinceEpoch, NanosOfDay);
        (long days, long nanos) = rest < 0 ? ((long)day - 1, (long)rest + NanosOfDay) : ((long)day, (long)rest);
        long number = days + s_epochDay;
        if (number >= 0 && number <= DateOnly.MaxValue.DayNumber && nanos % 100 == 0)
            return new DateTime((number * TimeSpan.TicksPerDay) + (nanos / 100), isUtc ? DateTimeKind.Utc : DateTimeKind.Unspecified);
        return $"{DateText(days)}T{ClockText(nanos)}{(isUtc ? "Z" : "")}";
    }

    public static long NanosOf(TimeUnit unit) => unit switch
    {
        TimeUnit.Millis => 1_000_000,
        TimeUnit.Micros => 1_000,
        _ => 1,
    };

    /// <summary>Compares a text that this class made with a date or time.</summary>
    public static int Compare(string text, object bound)
    {
        if (text[0] is '+' or '-' || text.StartsWith("0000-", StringComparison.Ordinal))
            return text[0] == '+' ? 1 : -1;

        // The text has digits beyond the ticks, so it lies behind the value that they are cut from.
        string ticks = text[..(text.IndexOf('.', StringComparison.Ordinal) + 1 + TickDigits)];
        int order = bound switch
        {
            DateTime stamp => DateTime.ParseExact(ticks, "yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture).Ticks.CompareTo(stamp.Ticks),
            TimeOnly clock => TimeOnly.ParseExact(ticks, "HH:mm:ss.fffffff", CultureInfo.InvariantCulture).CompareTo(clock),
            _ => throw new ArgumentException($"A time is not compared with {bound.GetType().Name}."),
        };
        return order == 0 ? 1 : order;
    }

    private static string ClockText(long nanos)
    {
        long seconds = nanos / 1_000_000_000;
        string fraction = (nanos % 1_000_000_000).ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}{(fraction.Length > 0 ? "." : "")}{fraction}");
    }

    /// <summary>The date of the proleptic Gregorian calendar, by eras of 400 years that start in March (Hinnant, "chrono-Compatible Low-Level Date Algorithms").</summary>
    private static string DateText(long days)
    {
        const long DaysOfEra = 146_097;
        long shifted = days + 719_468;
        long era = (shifted >= 0 ? shifted : shifted - (DaysOfEra - 1)) / DaysOfEra;
        long dayOfEra = shifted - (era * DaysOfEra);
        long yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        long dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        long fromMarch = ((5 * dayOfYear) + 2) / 153;
        long day = dayOfYear - (((153 * fromMarch) + 2) / 5) + 1;
        long month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
        long year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
        string text = year is >= 0 and <= 9999
            ? year.ToString("D4", CultureInfo.InvariantCulture)
            : (year < 0 ? "-" : "+") + Math.Abs(year).ToString("D6", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text}-{month:D2}-{day:D2}");
    }
}
