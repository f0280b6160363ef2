using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Finds IPv4 addresses that are routed globally.</summary>
internal static class Ipv4Scanner
{
    // First address and prefix length of what is not routed globally (IANA special-purpose registry, as Python's ipaddress.is_global).
    private static readonly (uint Network, int Bits)[] NotGlobal =
    [
        (Of(0, 0, 0, 0), 8), (Of(10, 0, 0, 0), 8), (Of(100, 64, 0, 0), 10), (Of(127, 0, 0, 0), 8), (Of(169, 254, 0, 0), 16), (Of(172, 16, 0, 0), 12),
        (Of(192, 0, 0, 0), 29), (Of(192, 0, 0, 170), 31), (Of(192, 0, 2, 0), 24), (Of(192, 168, 0, 0), 16), (Of(198, 18, 0, 0), 15),
        (Of(198, 51, 100, 0), 24), (Of(203, 0, 113, 0), 24), (Of(240, 0, 0, 0), 4),
    ];

    /// <summary>The next address at or behind <paramref name="from"/>, which moves behind it; null when there is none.</summary>
    public static Slice? Next(ReadOnlySpan<char> text, ref int from, PiiBoundaries boundaries)
    {
        while (true)
        {
            int digit = text[from..].IndexOfAnyInRange('0', '9');
            if (digit < 0)
            {
                from = text.Length;
                return null;
            }
            int start = from + digit, length = LengthAt(text[start..]);
            if (length == 0)
            {
                from = start + 1;
                continue;
            }
            // A number that looks like an address is passed over as a whole, masked or not.
            from = start + length;
            if (boundaries == PiiBoundaries.Exact && !StandsAlone(text, start, ref from))
                continue;
            if (IsGlobal(text.Slice(start, length)))
                return new Slice(start, length);
        }
    }

    /// <summary>Length of an address at the beginning of a text, 0 where there is none: three numbers up to 255 with a point, then the longest fourth.</summary>
    public static int LengthAt(ReadOnlySpan<char> text)
    {
        int at = 0;
        for (int part = 0; part < 3; part++)
        {
            int digits = Digits(text[at..]);
            if (digits == 0 || LongestNumber(text[at..]) < digits || at + digits >= text.Length || text[at + digits] != '.')
                return 0;
            at += digits + 1;
        }
        int last = LongestNumber(text[at..]);
        return last == 0 ? 0 : at + last;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int count = 0;
        while (count < text.Length && char.IsAsciiDigit(text[count]))
            count++;
        return count;
    }

    // 250-255, 200-249, or up to two digits with a leading 0 or 1 before them.
    private static int LongestNumber(ReadOnlySpan<char> text)
    {
        int digits = Math.Min(Digits(text), 3);
        if (digits < 3 || text[0] is '0' or '1')
            return digits;
        return text[0] == '2' && (text[1] < '5' || (text[1] == '5' && text[2] <= '5')) ? 3 : 2;
    }

    // Neither part of a word (v1.2.3.4) nor of a longer number (1.2.3.4.5, 999.8.8.8); if not, moves behind that.
    private static bool StandsAlone(ReadOnlySpan<char> text, int start, ref int end)
    {
        bool alone = start == 0 || !(IsWord(text[start - 1]) || (text[start - 1] == '.' && start > 1 && char.IsAsciiDigit(text[start - 2])));
        int stop = end;
        while (stop < text.Length && (IsWord(text[stop]) || (text[stop] == '.' && stop + 1 < text.Length && char.IsAsciiDigit(text[stop + 1]))))
            stop++;
        alone &= stop == end;
        end = stop;
        return alone;
    }

    private static bool IsWord(char c) => c == '_' || char.IsAsciiLetterOrDigit(c);

    private static bool IsGlobal(ReadOnlySpan<char> address)
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

    private static uint Of(uint a, uint b, uint c, uint d) => (a << 24) | (b << 16) | (c << 8) | d;
}
