using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Payment card numbers (ISO/IEC 7812): a prefix and length that an issuer uses, and the check digit of Luhn; in one piece, in groups of four, or as
/// 4-6-5 and 4-6-4. Not inside the address of a page, not behind "ISBN", "DOI" and the like.</summary>
internal sealed class CreditCardScanner : PiiScanner
{
    // First and last prefix, then the fewest and most digits, as the issuers publish them.
    private static readonly (int First, int Last, int Shortest, int Longest)[] Issuers =
    [
        (34, 34, 15, 15), (37, 37, 15, 15), // American Express
        (300, 305, 14, 19), (3095, 3095, 14, 19), (36, 36, 14, 19), (38, 39, 14, 19), // Diners Club
        (2131, 2131, 15, 15), (1800, 1800, 15, 15), (3528, 3589, 16, 19), // JCB
        (51, 55, 16, 16), (2221, 2720, 16, 16), // Mastercard
        (6011, 6011, 16, 19), (644, 649, 16, 19), (65, 65, 16, 19), // Discover
        (62, 62, 16, 19), (81, 81, 16, 19), // UnionPay
        (5018, 5018, 12, 19), (5020, 5020, 12, 19), (5038, 5038, 12, 19), (5893, 5893, 12, 19), (6304, 6304, 12, 19), (6759, 6759, 12, 19), (6761, 6763, 12, 19), // Maestro
        (2200, 2204, 16, 19), // Mir
        (9792, 9792, 16, 16), // Troy
        (60, 60, 16, 16), (82, 82, 16, 16), (508, 508, 16, 16), (353, 353, 16, 16), // RuPay
        (506099, 506198, 16, 19), (650002, 650027, 16, 19), // Verve
    ];

    private const int Shortest = 12, Longest = 19;

    public override string Kind => "credit_card";

    public override int Rank => 70;

    public override IReadOnlyList<string> StandIns { get; } = ["<CREDIT_CARD>"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        if (!PiiText.BeginsAlone(text, at))
            return default;
        Span<byte> digits = stackalloc byte[DigitGroups.MostDigits];
        Span<DigitGroup> groups = stackalloc DigitGroup[DigitGroups.Most];
        int count = DigitGroups.Read(text, at, digits, groups, " -");
        for (; count > 0; count--)
        {
            ReadOnlySpan<DigitGroup> some = groups[..count];
            int total = some[^1].DigitsSoFar;
            if (total is < Shortest or > Longest || !HasLayout(some) || !PiiText.EndsAlone(text, some[^1].End) || !IsCard(digits[..total]))
                continue;
            return PiiText.IsInUrl(text, at) || PiiText.IsNumberedThing(text, at) ? default : Between(at, some[^1].End);
        }
        return default;
    }

    /// <summary>True for the digits (values, not characters) of a card that exists by its issuer, its length and its check digit.</summary>
    internal static bool IsCard(ReadOnlySpan<byte> digits) => IsIssued(digits) && PassesLuhn(digits);

    /// <summary>True when every second digit from the right, doubled and its digits added, and the others add up to a multiple of ten.</summary>
    internal static bool PassesLuhn(ReadOnlySpan<byte> digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)];
            sum += i % 2 == 0 ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
        }
        return sum % 10 == 0;
    }

    private static bool IsIssued(ReadOnlySpan<byte> digits)
    {
        // Visa also issued numbers of 13 digits.
        if (digits[0] == 4)
            return digits.Length is 13 or 16 or 19;
        int six = 0;
        foreach (byte digit in digits[..6])
            six = six * 10 + digit;
        foreach ((int first, int last, int shortest, int longest) in Issuers)
        {
            int unit = first < 100 ? 10_000 : first < 1000 ? 1000 : first < 10_000 ? 100 : 1;
            if (six / unit >= first && six / unit <= last && digits.Length >= shortest && digits.Length <= longest)
                return true;
        }
        return false;
    }

    private static bool HasLayout(ReadOnlySpan<DigitGroup> groups)
    {
        if (groups.Length == 1)
            return true;
        for (int i = 2; i < groups.Length; i++)
        {
            if (groups[i].Before != groups[1].Before)
                return false;
        }
        if (groups.Length == 3 && groups[0].Length == 4 && groups[1].Length == 6)
            return groups[2].Length is 4 or 5;
        foreach (DigitGroup group in groups[..^1])
        {
            if (group.Length != 4)
                return false;
        }
        return groups[^1].Length <= 4;
    }
}
