using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>E-mail addresses, found by looking around each <c>@</c>; a pattern that starts at every letter would be quadratic on long runs. The last part of
/// the domain is a name of letters, so that <c>package@1.2.3</c> and <c>image@2x.png</c> are none.</summary>
internal sealed class EmailScanner : PiiScanner
{
    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> LocalCharacters = SearchValues.Create(Alphanumeric + "!#$%&'*+/=?^_`{|}~-");
    private static readonly SearchValues<string> FileEndings = SearchValues.Create(
        ["png", "jpg", "jpeg", "gif", "webp", "svg", "pdf", "html", "css", "json"], StringComparison.OrdinalIgnoreCase);

    public override string Kind => "email";

    public override int Rank => 20;

    public override IReadOnlyList<string> StandIns { get; } = ["email@example.com", "firstname.lastname@example.org"];

    public override string Anchors => "@";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        int start = LocalStart(text, floor, at, datatrove: false), end = start < 0 ? -1 : DomainEnd(text, at + 1, datatrove: false);
        return end < 0 ? default : Between(start, end);
    }

    /// <summary>Place of the leftmost word boundary in parts joined by single points, or -1.</summary>
    internal static int LocalStart(ReadOnlySpan<char> text, int floor, int sign, bool datatrove)
    {
        int left = sign;
        while (left > floor && (IsLocal(text[left - 1], datatrove) || (text[left - 1] == '.' && left < sign && text[left] != '.')))
            left--;
        if (sign == left || text[sign - 1] == '.')
            return -1;
        for (int start = left; start < sign; start++)
        {
            bool before = start > 0 && IsWord(text[start - 1], datatrove);
            if (text[start] != '.' && IsWord(text[start], datatrove) != before)
                return start;
        }
        return -1;
    }

    /// <summary>End of labels joined by points, or of an address in brackets; -1 where no domain begins.</summary>
    internal static int DomainEnd(ReadOnlySpan<char> text, int start, bool datatrove)
    {
        if (start < text.Length && text[start] == '[')
            return LiteralEnd(text, start + 1);
        int labels = 0, end = -1;
        for (int at = start; at < text.Length && IsLabel(text[at], datatrove); at++)
        {
            int first = at, last = at;
            while (at < text.Length && (IsLabel(text[at], datatrove) || text[at] == '-'))
            {
                if (text[at] != '-')
                    last = at;
                at++;
            }
            labels++;
            if (labels >= 2 && (datatrove || IsTopLevel(text[first..(last + 1)])))
                end = last + 1;
            if (last + 1 != at || at == text.Length || text[at] != '.')
                break;
        }
        return end;
    }

    private static bool IsTopLevel(ReadOnlySpan<char> label) =>
        label.Length >= 2 && !char.IsAsciiDigit(label[0]) && !(label.Length <= 5 && FileEndings.Contains(label.ToString()));

    // user@[192.168.1.1]
    private static int LiteralEnd(ReadOnlySpan<char> text, int start)
    {
        int length = Ipv4Scanner.LengthAt(text[start..]);
        int end = start + length;
        return length > 0 && end < text.Length && text[end] == ']' ? end + 1 : -1;
    }

    private static bool IsLocal(char c, bool datatrove) => LocalCharacters.Contains(c) || (!datatrove && IsLatin(c));

    private static bool IsLabel(char c, bool datatrove) => char.IsAsciiLetterOrDigit(c) || (!datatrove && IsLatin(c));

    private static bool IsWord(char c, bool datatrove) =>
        c == '_' || (datatrove ? char.IsLetterOrDigit(c) : char.IsAsciiLetterOrDigit(c) || IsLatin(c));

    // Letters beside ASCII's, as in jürgen@müller.example.
    private static bool IsLatin(char c) => c is >= '\u00C0' and < '\u0250' and not ('\u00D7' or '\u00F7');
}
