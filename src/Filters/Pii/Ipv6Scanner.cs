using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>IPv6 addresses in full or with one <c>::</c> (RFC 4291). Times (<c>12:30:45</c>) and MAC addresses have too few groups; names of programs such as
/// <c>std::cafe</c> are letters beside them. Those outside 2000::/3 and the documentation networks are reserved.</summary>
internal sealed class Ipv6Scanner : PiiScanner
{
    private const int Groups = 8, LongestAddress = 39;

    public override string Kind => "ipv6";

    public override int Rank => 30;

    // RFC 3849: for documentation only.
    public override IReadOnlyList<string> StandIns { get; } = ["2001:db8::1", "2001:db8::2", "2001:db8::3"];

    public override string Anchors => ":";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        if (text[at] != ':')
            return default;
        int start = at;
        while (start > floor && at - start < 4 && char.IsAsciiHexDigit(text[start - 1]))
            start--;
        if (start == at && !(at + 1 < text.Length && text[at + 1] == ':'))
            return default;
        char before = PiiText.At(text, start - 1);
        if (before is ':' or '.' || PiiText.IsWord(before))
            return default;
        Span<ushort> groups = stackalloc ushort[Groups];
        int end = Parse(text, start, groups, out int digits);
        char behind = PiiText.At(text, end);
        // At least a digit and three characters of numbers: "a::b" is a name in C++, "::" is punctuation.
        return end > 0 && digits > 0 && !(behind is ':' || PiiText.IsWord(behind)) && !(behind == '.' && PiiText.IsDigit(text, end + 1)) ? Between(start, end) : default;
    }

    public override bool IsReserved(ReadOnlySpan<char> value)
    {
        Span<ushort> groups = stackalloc ushort[Groups];
        Parse(value, 0, groups, out _);
        bool global = groups[0] >> 13 == 1;
        // 2001::/23 protocols (Teredo), 2001:db8::/32 and 3fff::/20 documentation.
        return !global || (groups[0] == 0x2001 && (groups[1] < 0x200 || groups[1] == 0xDB8)) || (groups[0] == 0x3FFF && groups[1] < 0x1000);
    }

    /// <summary>Reads the longest address that begins at a place; its end, or -1. Groups left out by <c>::</c> are 0.</summary>
    private static int Parse(ReadOnlySpan<char> text, int start, Span<ushort> groups, out int digits)
    {
        int at = start, count = 0, gap = -1, limit = Math.Min(text.Length, start + LongestAddress + 1), pairs = 0;
        digits = 0;
        groups.Clear();
        if (at + 1 < limit && text[at] == ':' && text[at + 1] == ':')
            (gap, at) = (0, at + 2);
        while (count < Groups && at < limit && char.IsAsciiHexDigit(text[at]))
        {
            int end = at;
            while (end < limit && end - at < 5 && char.IsAsciiHexDigit(text[end]))
                digits += char.IsAsciiDigit(text[end++]) ? 1 : 0;
            if (end - at > 4)
                return -1;
            pairs += end - at == 2 ? 1 : 0;
            groups[count++] = ushort.Parse(text[at..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            at = end;
            if (count == Groups || at + 1 >= limit || text[at] != ':')
                break;
            if (text[at + 1] == ':')
            {
                if (gap >= 0)
                    return -1;
                (gap, at) = (count, at + 2);
            }
            else if (char.IsAsciiHexDigit(text[at + 1]))
            {
                at++;
            }
            else
            {
                break;
            }
        }
        // Eight pairs are an EUI-64, the long form of a MAC address.
        if (gap < 0 ? count != Groups || pairs == Groups : count == 0 || count == Groups)
            return -1;
        if (gap >= 0)
        {
            groups[gap..count].CopyTo(groups[(Groups - count + gap)..]);
            groups[gap..(Groups - count + gap)].Clear();
        }
        return at;
    }
}
