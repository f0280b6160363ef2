using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Finds e-mail addresses in linear time by looking around each <c>@</c>; a pattern that starts at every letter would be quadratic on long runs.</summary>
internal static class EmailScanner
{
    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> LocalCharacters = SearchValues.Create(Alphanumeric + "!#$%&'*+/=?^_`{|}~-");

    /// <summary>The next address at or behind <paramref name="from"/>, which moves behind it; null when there is none.</summary>
    public static Slice? Next(ReadOnlySpan<char> text, ref int from, PiiBoundaries boundaries)
    {
        for (int search = from, at; (at = text[search..].IndexOf('@')) >= 0; search += at + 1)
        {
            int sign = search + at, start = LocalStart(text, from, sign, boundaries), end = DomainEnd(text, sign + 1);
            if (start < 0 || end < 0)
                continue;
            from = end;
            return new Slice(start, end - start);
        }
        from = text.Length;
        return null;
    }

    // Parts joined by single points; begins at the leftmost word boundary.
    private static int LocalStart(ReadOnlySpan<char> text, int from, int sign, PiiBoundaries boundaries)
    {
        int left = sign;
        while (left > from && (LocalCharacters.Contains(text[left - 1]) || (text[left - 1] == '.' && left < sign && text[left] != '.')))
            left--;
        if (sign == left || text[sign - 1] == '.')
            return -1;
        for (int start = left; start < sign; start++)
        {
            bool before = start > 0 && IsWord(text[start - 1], boundaries);
            if (text[start] != '.' && IsWord(text[start], boundaries) != before)
                return start;
        }
        return -1;
    }

    private static int DomainEnd(ReadOnlySpan<char> text, int start)
    {
        if (start < text.Length && text[start] == '[')
            return LiteralEnd(text, start + 1);
        int labels = 0, end = -1;
        for (int at = start; at < text.Length && char.IsAsciiLetterOrDigit(text[at]); at++)
        {
            int last = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '-'))
            {
                if (text[at] != '-')
                    last = at;
                at++;
            }
            end = last + 1;
            labels++;
            if (last + 1 != at || at == text.Length || text[at] != '.')
                break;
        }
        return labels >= 2 ? end : -1;
    }

    // user@[192.168.1.1]
    private static int LiteralEnd(ReadOnlySpan<char> text, int start)
    {
        int length = Ipv4Scanner.LengthAt(text[start..]);
        int end = start + length;
        return length > 0 && end < text.Length && text[end] == ']' ? end + 1 : -1;
    }

    private static bool IsWord(char c, PiiBoundaries boundaries) =>
        c == '_' || (boundaries == PiiBoundaries.Datatrove ? char.IsLetterOrDigit(c) : char.IsAsciiLetterOrDigit(c));
}
