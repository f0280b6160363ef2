using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>US social security numbers: <c>AAA-GG-SSSS</c>, or with spaces or in one piece behind a word such as "SSN". Never issued: areas 000, 666 and from 900,
/// group 00, serial 0000, and two numbers known from advertisements.</summary>
internal sealed class UsSsnScanner : PiiScanner
{
    private static readonly SearchValues<string> Words = SearchValues.Create(["ssn", "ssns", "social", "soc sec", "ss#", "社会安全号码", "社安号", "社會安全號碼"], StringComparison.OrdinalIgnoreCase);

    private const int Digits9 = 9, Window = 40, Woolworth = 078_05_1120, Pamphlet = 219_09_9999;

    public override string Kind => "us_ssn";

    public override int Rank => 80;

    public override IReadOnlyList<string> StandIns { get; } = ["<US_SSN>"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        if (!PiiText.BeginsAlone(text, at))
            return default;
        Span<byte> digits = stackalloc byte[DigitGroups.MostDigits];
        Span<DigitGroup> groups = stackalloc DigitGroup[DigitGroups.Most];
        int count = DigitGroups.Read(text, at, digits, groups, " -");
        bool inOne = count >= 1 && groups[0].Length == Digits9;
        bool inThree = count >= 3 && groups[0].Length == 3 && groups[1].Length == 2 && groups[2].Length == 4 && groups[1].Before == groups[2].Before;
        if (!inOne && !inThree)
            return default;
        int end = inOne ? groups[0].End : groups[2].End;
        if (!PiiText.EndsAlone(text, end) || !IsIssued(digits))
            return default;
        bool needsWord = inOne || groups[1].Before == ' ';
        return needsWord && !PiiText.Follows(text, at, Words, Window) ? default : Between(at, end);
    }

    /// <summary>True for nine digits (values, not characters) that may have been issued.</summary>
    internal static bool IsIssued(ReadOnlySpan<byte> digits)
    {
        int number = 0;
        foreach (byte digit in digits[..Digits9])
            number = number * 10 + digit;
        int area = number / 1_000_000, group = number / 10_000 % 100, serial = number % 10_000;
        return area is > 0 and < 900 and not 666 && group > 0 && serial > 0 && number is not (Woolworth or Pamphlet);
    }
}
