using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Mobile numbers of mainland China: eleven digits with a prefix in use, in one piece or as 3-4-4, also behind <c>+86</c>, <c>0086</c> or <c>86</c>.</summary>
internal sealed class CnMobileScanner : PiiScanner
{
    // For the second digit 3 to 9: the third digits in use (numbering plan of the ministry, with virtual operators).
    private static readonly string[] ThirdDigits = ["0123456789", "01456789", "012356789", "2567", "012345678", "0123456789", "012356789"];

    public override string Kind => "cn_mobile";

    public override int Rank => 90;

    public override IReadOnlyList<string> StandIns { get; } = ["<CN_MOBILE>"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        int start = at > floor && PiiText.At(text, at - 1) == '+' ? at - 1 : at;
        bool plus = start < at;
        if (!(plus ? !PiiText.IsWord(PiiText.At(text, start - 1)) : PiiText.BeginsAlone(text, at)))
            return default;
        // A minus sign makes it a number to reckon with.
        if (PiiText.At(text, start - 1) == '-' && PiiText.At(text, start - 2) is ' ' or '=' or '\0')
            return default;
        Span<byte> digits = stackalloc byte[DigitGroups.MostDigits];
        Span<DigitGroup> groups = stackalloc DigitGroup[DigitGroups.Most];
        int count = DigitGroups.Read(text, at, digits, groups, " -");
        int code = CodeLength(digits, plus);
        for (int i = 0; i < Math.Min(count, 4); i++)
        {
            if (groups[i].DigitsSoFar != code + 11 || code < 0 || !HasLayout(groups[..(i + 1)], code) || !IsMobile(digits[code..]))
                continue;
            return PiiText.EndsAlone(text, groups[i].End) && !PiiText.IsInUrl(text, at) && !PiiText.IsNumberedThing(text, at) ? Between(start, groups[i].End) : default;
        }
        return default;
    }

    private static bool IsMobile(ReadOnlySpan<byte> digits) => digits[0] == 1 && digits[1] >= 3 && ThirdDigits[digits[1] - 3].Contains((char)('0' + digits[2]));

    private static int CodeLength(ReadOnlySpan<byte> digits, bool plus) =>
        digits[0] == 8 && digits[1] == 6 ? 2 : plus ? -1 : digits[0] == 0 && digits[1] == 0 && digits[2] == 8 && digits[3] == 6 ? 4 : 0;

    // [86] 13800138000 or [86] 138 0013 8000, the code also directly before.
    private static bool HasLayout(ReadOnlySpan<DigitGroup> groups, int code)
    {
        if (code > 0 && groups[0].Length == code)
            groups = groups[1..];
        int first = groups[0].DigitsSoFar - code;
        return groups.Length == 1 ? first == 11 : groups.Length == 3 && first == 3 && groups[1].Length == 4 && groups[2].Length == 4;
    }
}
