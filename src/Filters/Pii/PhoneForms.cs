using System.Collections.Frozen;

namespace DataPipeline.Filters;

/// <summary>How sure it is, by its digits and groups alone, that a number is one of a telephone.</summary>
internal enum PhoneForm
{
    /// <summary>It is none.</summary>
    None,

    /// <summary>It may be one, and many other things.</summary>
    Possible,

    /// <summary>Written as national numbers are.</summary>
    National,

    /// <summary>With a plus sign and the code of a country.</summary>
    International,
}

/// <summary>The forms of telephone numbers (ITU-T E.164 and E.123, the North American and the Chinese numbering plans).</summary>
internal static class PhoneForms
{
    /// <summary>Fewest digits of any form.</summary>
    public const int Shortest = 7;

    // Most and fewest digits with the country's code (E.164).
    private const int ShortestInternational = 8, LongestInternational = 15, LongestBeforeYear = 10;

    private static readonly FrozenSet<int> CountryCodes = Codes(
        "1 7 20 27 30-34 36 39-41 43-49 51-58 60-66 81 82 84 86 90-95 98 211-213 216 218 220-269 290 291 297-299 350-359 370-383 385-387 389 420 421 423 500-509 590-599 "
        + "670 672-683 685-692 800 808 850 852 853 855 856 870 878 880-883 886 888 960-968 970-977 979 992-996 998");

    /// <summary>The form of some digits (values, not characters) in groups.</summary>
    public static PhoneForm Of(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups, bool plus)
    {
        if (plus)
            return IsInternational(digits, groups) ? PhoneForm.International : PhoneForm.None;
        // +44 is written 0044, from North America 01144.
        if (groups.Length >= 2 && digits is [0, 0, > 0, ..])
            return IsInternational(digits[2..], groups) ? PhoneForm.National : PhoneForm.None;
        if (IsNorthAmerican(digits, groups) || IsChineseService(digits, groups))
            return PhoneForm.National;
        if (digits[0] == 0 && groups.Length >= 2)
            return TrunkForm(digits, groups);
        return PossibleForm(digits, groups);
    }

    /// <summary>True for a code that the ITU has given to a country or a network.</summary>
    internal static bool IsCountryCode(int code) => CountryCodes.Contains(code);

    private static bool IsInternational(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups)
    {
        if (digits.Length is < ShortestInternational or > LongestInternational || digits[0] == 0)
            return false;
        // North America and Russia have numbers of one length; a year behind a number of any country is not taken with it.
        if (digits[0] is 1 or 7)
            return digits.Length == 11;
        if (digits.Length > LongestBeforeYear + 4 && groups[^1].Length == 4 && groups[^1].Before == ' ' && IsYear(digits[^4..]))
            return false;
        int two = digits[0] * 10 + digits[1];
        return (CountryCodes.Contains(two) || CountryCodes.Contains(two * 10 + digits[2])) && groups[^1].Length > 1;
    }

    // [1] NPA NXX XXXX: area and exchange begin with 2 to 9, an area code does not end in 11.
    private static bool IsNorthAmerican(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups)
    {
        int skip = groups[0].Length == 1 && digits[0] == 1 ? 1 : 0;
        if (digits.Length - skip != 10 || groups.Length - skip is not (2 or 3) || groups[skip].Length != 3 || digits[skip] < 2 || digits[skip + 3] < 2
            || (digits[skip + 1] == 1 && digits[skip + 2] == 1))
            return false;
        // (555) 1234567 too; without brackets two groups are something else.
        return groups.Length - skip == 3 ? groups[skip + 1].Length == 3 && groups[skip + 2].Length == 4 : groups[skip].Before == '(';
    }

    // 400-123-4567, 800 1234 567.
    private static bool IsChineseService(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups) =>
        digits.Length == 10 && digits is [4 or 8, 0, 0, ..] && groups.Length is 2 or 3 && groups[0].Length == 3 && groups[^1].Before == groups[1].Before;

    // 0 and an area code: 010-62345678, 01.84.17.61.18, 0211/123456, (08) 8747 6301.
    private static PhoneForm TrunkForm(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups)
    {
        if (digits[1] == 0 || groups[0].Length is < 2 or > 5 || digits.Length is < 8 or > 12 || IsDate(groups))
            return PhoneForm.None;
        for (int i = 1; i < groups.Length; i++)
        {
            // A slash stands only behind the area code; points part all groups or none.
            if (groups[i].Length < 2 || (groups[i].Before == '/' && i > 1) || (groups[i].Before == '.') != (groups[1].Before == '.'))
                return PhoneForm.None;
        }
        bool national = digits.Length is 10 or 11 || (digits.Length == 12 && groups[0].Length == 4);
        return national || groups[0].Before == '(' ? PhoneForm.National : PhoneForm.Possible;
    }

    private static PhoneForm PossibleForm(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups)
    {
        if (digits.Length > 12)
            return PhoneForm.None;
        if (groups.Length == 1)
            return groups[0].Before == '\0' && !(digits.Length == 8 && IsYear(digits)) ? PhoneForm.Possible : PhoneForm.None;
        if (groups[0].Before == '(')
            return BracketForm(digits, groups);
        if (groups.Length > 5 || digits.Length > 11 || IsDate(groups))
            return PhoneForm.None;
        bool years = groups.Length == 2 && groups[0].Length == 4 && (groups[1].Before != ' ' || IsYear(digits));
        bool ssn = groups.Length == 3 && groups[0].Length == 3 && groups[1].Length == 2 && groups[2].Length == 4;
        foreach (DigitGroup group in groups)
        {
            if (group.Length is < 2 or > 4)
                return PhoneForm.None;
        }
        return years || ssn ? PhoneForm.None : PhoneForm.Possible;
    }

    // (71) 4233-6306. A year in brackets and pages behind it are a reference.
    private static PhoneForm BracketForm(ReadOnlySpan<byte> digits, ReadOnlySpan<DigitGroup> groups)
    {
        int rest = digits.Length - groups[0].Length;
        if (groups[0].Length is < 2 or > 4 || (groups[0].Length == 4 && IsYear(digits)) || rest is < 6 or > 9 || groups.Length > 4)
            return PhoneForm.None;
        foreach (DigitGroup group in groups[1..])
        {
            if (group.Length < 2)
                return PhoneForm.None;
        }
        return rest >= 7 && groups[^1].Before == '-' ? PhoneForm.National : PhoneForm.Possible;
    }

    // 28-08-2003, also with an hour behind it, and 2003 08 28.
    private static bool IsDate(ReadOnlySpan<DigitGroup> groups) => groups.Length is 3 or 4 && groups[0].Before != '('
        && ((groups[0].Length, groups[1].Length, groups[2].Length) == (2, 2, 4) || (groups.Length == 3 && (groups[0].Length, groups[1].Length, groups[2].Length) == (4, 2, 2)));

    private static bool IsYear(ReadOnlySpan<byte> digits) => digits[0] * 10 + digits[1] is >= 17 and <= 20;

    private static FrozenSet<int> Codes(string list) => list.Split(' ').SelectMany(entry =>
    {
        int[] ends = [.. entry.Split('-').Select(int.Parse)];
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }).ToFrozenSet();
}
