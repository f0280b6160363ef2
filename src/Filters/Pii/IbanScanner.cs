using System.Collections.Frozen;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>International bank account numbers (ISO 13616): a country of the registry, its length, and the remainder 1 modulo 97; in one piece or in groups of four.</summary>
internal sealed class IbanScanner : PiiScanner
{
    // Country and length, from the registry that SWIFT keeps.
    private const string Registry =
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 "
        + "GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 "
        + "PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

    private static readonly FrozenDictionary<(char, char), int> Lengths = Registry.Split(' ').ToFrozenDictionary(entry => (entry[0], entry[1]), entry => int.Parse(entry[2..]));

    public override string Kind => "iban";

    public override int Rank => 50;

    public override IReadOnlyList<string> StandIns { get; } = ["<IBAN>"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        int start = at - 2;
        if (start < floor || !Lengths.TryGetValue((Letter(text, start), Letter(text, start + 1)), out int length) || PiiText.IsWord(PiiText.At(text, start - 1)))
            return default;
        Span<char> value = stackalloc char[length];
        bool spaced = false;
        int end = start;
        for (int i = 0; i < length; i++, end++)
        {
            // All groups of four are parted, or none.
            if (i % 4 == 0 && i > 0 && PiiText.At(text, end) == ' ' && (spaced || i == 4))
                (spaced, end) = (true, end + 1);
            else if (i % 4 == 0 && i > 4 && spaced)
                return default;
            char c = PiiText.At(text, end);
            if (!char.IsAsciiLetterOrDigit(c))
                return default;
            value[i] = char.ToUpperInvariant(c);
        }
        return PiiText.IsWord(PiiText.At(text, end)) || !IsValid(value) ? default : Between(start, end);
    }

    /// <summary>True when country code and check digits, moved behind the rest and letters read as 10 to 35, leave the remainder 1 modulo 97.</summary>
    internal static bool IsValid(ReadOnlySpan<char> iban)
    {
        int remainder = 0;
        for (int i = 0; i < iban.Length; i++)
        {
            char c = iban[(i + 4) % iban.Length];
            remainder = char.IsAsciiDigit(c) ? (remainder * 10 + c - '0') % 97 : (remainder * 100 + c - 'A' + 10) % 97;
        }
        // Check digits run from 02 to 98.
        return remainder == 1 && char.IsAsciiDigit(iban[2]) && char.IsAsciiDigit(iban[3]) && iban[2..4] is not ("00" or "01" or "99");
    }

    private static char Letter(ReadOnlySpan<char> text, int at) => char.ToUpperInvariant(PiiText.At(text, at));
}
