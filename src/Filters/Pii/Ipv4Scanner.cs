using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>IPv4 addresses: four numbers up to 255 that stand alone, and are no version or section by the word before them. Those not routed globally are reserved.</summary>
internal sealed class Ipv4Scanner : PiiScanner
{
    // First address and prefix length of what is not routed globally (IANA special-purpose registry, as Python's ipaddress.is_global).
    private static readonly (uint Network, int Bits)[] NotGlobal =
    [
        (Of(0, 0, 0, 0), 8), (Of(10, 0, 0, 0), 8), (Of(100, 64, 0, 0), 10), (Of(127, 0, 0, 0), 8), (Of(169, 254, 0, 0), 16), (Of(172, 16, 0, 0), 12),
        (Of(192, 0, 0, 0), 29), (Of(192, 0, 0, 170), 31), (Of(192, 0, 2, 0), 24), (Of(192, 168, 0, 0), 16), (Of(198, 18, 0, 0), 15),
        (Of(198, 51, 100, 0), 24), (Of(203, 0, 113, 0), 24), (Of(240, 0, 0, 0), 4),
    ];

    private static readonly SearchValues<string> NumberedParts = SearchValues.Create(
        ["v", "ver", "version", "versions", "release", "build", "revision", "firmware", "section", "sections", "sec", "chapter", "figure", "table", "版本", "版本号", "章节", "バージョン"],
        StringComparison.OrdinalIgnoreCase);

    private const int NumberedWindow = 12;

    public override string Kind => "ipv4";

    public override int Rank => 40;

    public override IReadOnlyList<string> StandIns { get; } =
        ["22.214.171.124", "126.96.36.199", "188.8.131.52", "220.127.116.11", "184.108.40.206", "18.104.22.168"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        int length = LengthAt(text[at..]);
        return length > 0 && StandsAlone(text, at, at + length) && !PiiText.Follows(text, at, NumberedParts, NumberedWindow) ? new Slice(at, length) : default;
    }

    public override bool IsReserved(ReadOnlySpan<char> value) => !IsGlobal(value);

    /// <summary>Length of an address at the beginning of a text, 0 where there is none: three numbers up to 255 with a point, then the longest fourth.</summary>
    public static int LengthAt(ReadOnlySpan<char> text)
    {
        int at = 0;
        for (int part = 0; part < 3; part++)
        {
            int digits = CountDigits(text[at..]);
            if (digits == 0 || LongestNumber(text[at..]) < digits || at + digits >= text.Length || text[at + digits] != '.')
                return 0;
            at += digits + 1;
        }
        int last = LongestNumber(text[at..]);
        return last == 0 ? 0 : at + last;
    }

    /// <summary>True for an address that is routed globally; false also for one written with leading zeros.</summary>
    public static bool IsGlobal(ReadOnlySpan<char> address)
    {
        uint value = 0;
        foreach (Range range in address.Split('.'))
        {
            ReadOnlySpan<char> part = address[range];
            if (part.Length > 1 && part[0] == '0')
                return false;
            value = (value << 8) | uint.Parse(part);
        }
        foreach ((uint network, int bits) in NotGlobal)
        {
            if ((value ^ network) >> (32 - bits) == 0)
                return false;
        }
        return true;
    }

    // Neither part of a word (v1.2.3.4, name-1.2.3.4) nor of a longer number (1.2.3.4.5, 999.8.8.8); a port or a network's size may follow.
    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end)
    {
        char before = PiiText.At(text, start - 1), behind = PiiText.At(text, end);
        return !PiiText.IsWord(before) && !PiiText.IsWord(behind)
            && !(before == '.' && PiiText.IsDigit(text, start - 2)) && !(before == '-' && char.IsAsciiLetter(PiiText.At(text, start - 2))) && !(behind == '.' && PiiText.IsDigit(text, end + 1));
    }

    // Four digits and more are none of an address, so no more are counted: long runs stay linear.
    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int count = 0;
        while (count < Math.Min(text.Length, 4) && char.IsAsciiDigit(text[count]))
            count++;
        return count;
    }

    // 250-255, 200-249, or up to two digits with a leading 0 or 1 before them.
    private static int LongestNumber(ReadOnlySpan<char> text)
    {
        int digits = Math.Min(CountDigits(text), 3);
        if (digits < 3 || text[0] is '0' or '1')
            return digits;
        return text[0] == '2' && (text[1] < '5' || (text[1] == '5' && text[2] <= '5')) ? 3 : 2;
    }

    private static uint Of(uint a, uint b, uint c, uint d) => (a << 24) | (b << 16) | (c << 8) | d;
}
