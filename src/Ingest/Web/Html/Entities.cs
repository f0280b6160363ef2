using System.Collections.Frozen;
using System.Globalization;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>HTML character references: all 2,231 names of the HTML standard (a resource generated from Python's <c>html.entities.html5</c>) and
/// numbers.</summary>
internal static class Entities
{
    private const int LongestName = 32;
    private const int LongestWithoutSemicolon = 6;
    private static readonly FrozenDictionary<string, string> ByName = Load();
    private static readonly FrozenDictionary<string,
        string>.AlternateLookup<ReadOnlySpan<char>> BySpan = ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    // Numbers 128 to 159 mean windows-1252 characters in pages.
    private const string Windows1252 = "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f"
        + "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    /// <summary>Decodes the reference at the start of <paramref name="text"/> (an ampersand).</summary>
    /// <param name="text">Starts with <c>&amp;</c>.</param>
    /// <param name="inAttribute">In an attribute a name without its semicolon stays as it is before a letter, digit or <c>=</c>.</param>
    /// <param name="decoded">Room for at least two characters.</param>
    /// <param name="written">Characters written; 0 when this is no reference.</param>
    /// <returns>Characters of <paramref name="text"/> used; 0 when this is no reference.</returns>
    public static int Decode(ReadOnlySpan<char> text, bool inAttribute, Span<char> decoded, out int written)
    {
        written = 0;
        if (text.Length < 3)
            return 0;
        if (text[1] == '#')
            return Number(text, decoded, out written);
        int end = 1;
        while (end < text.Length && end <= LongestName && char.IsAsciiLetterOrDigit(text[end]))
            end++;
        if (end < text.Length && text[end] == ';' && BySpan.TryGetValue(text[1..(end + 1)], out string? exact))
            return Give(exact, decoded, end + 1, out written);
        for (int length = Math.Min(end - 1, LongestWithoutSemicolon); length >= 2; length--)
        {
            if (!BySpan.TryGetValue(text[1..(1 + length)], out string? legacy))
                continue;
            if (inAttribute && 1 + length < text.Length && (char.IsAsciiLetterOrDigit(text[1 + length]) || text[1 + length] == '='))
                return 0;
            return Give(legacy, decoded, 1 + length, out written);
        }
        return 0;
    }

    /// <summary>All references of an attribute value or title decoded.</summary>
    public static string Decode(ReadOnlySpan<char> text)
    {
        if (!text.Contains('&'))
            return text.ToString();
        var result = new System.Text.StringBuilder(text.Length);
        Span<char> decoded = stackalloc char[2];
        while (true)
        {
            int at = text.IndexOf('&');
            if (at < 0)
                return result.Append(text).ToString();
            result.Append(text[..at]);
            text = text[at..];
            int used = Decode(text, true, decoded, out int written);
            result.Append(used == 0 ? "&" : decoded[..written]);
            text = text[Math.Max(1, used)..];
        }
    }

    private static int Number(ReadOnlySpan<char> text, Span<char> decoded, out int written)
    {
        written = 0;
        bool hex = text[2] is 'x' or 'X';
        int at = hex ? 3 : 2, start = at;
        uint value = 0;
        for (; at < text.Length; at++)
        {
            char c = text[at];
            uint digit = char.IsAsciiDigit(c) ? (uint)(c - '0') : hex && char.IsAsciiHexDigit(c) ? (uint)((c | 0x20) - 'a' + 10) : uint.MaxValue;
            if (digit == uint.MaxValue)
                break;
            value = Math.Min(0x110000, value * (hex ? 16u : 10u) + digit);
        }
        if (at == start)
            return 0;
        if (at < text.Length && text[at] == ';')
            at++;
        if (value is >= 128 and <= 159)
            value = Windows1252[(int)value - 128];
        if (value is 0 or >= 0x110000 or >= 0xd800 and <= 0xdfff)
            value = 0xfffd;
        written = new System.Text.Rune(value).EncodeToUtf16(decoded);
        return at;
    }

    private static int Give(string value, Span<char> decoded, int used, out int written)
    {
        value.CopyTo(decoded);
        written = value.Length;
        return used;
    }

    private static FrozenDictionary<string, string> Load()
    {
        using Stream resource = typeof(Entities).Assembly.GetManifestResourceStream("entities.tsv")!;
        using var reader = new StreamReader(resource);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            int tab = line.IndexOf('\t');
            names[line[..tab]] = string.Concat(line[(tab + 1)..].Split(' ').Select(code =>
                char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber))));
        }
        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
