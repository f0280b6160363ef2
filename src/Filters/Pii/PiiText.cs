using System.Buffers;

namespace DataPipeline.Filters;

/// <summary>What the scanners ask about characters: full-width forms read as ASCII, and where a value may begin and end.</summary>
internal static class PiiText
{
    // Words in front of numbers that look like other numbers: books, articles, goods, letters of law.
    private static readonly SearchValues<string> NumberedThings = SearchValues.Create(
        ["isbn", "issn", "doi", "pmid", "arxiv", "lccn", "oclc", "gtin", "barcode", "patent", "条码", "书号", "書號"], StringComparison.OrdinalIgnoreCase);

    private const int GuardWindow = 40, LongestUrlLookedAt = 200;

    /// <summary>The character at a place with full-width forms, wide spaces and hyphens read as ASCII; NUL outside the text.</summary>
    public static char At(ReadOnlySpan<char> text, int at) => (uint)at < (uint)text.Length ? Fold(text[at]) : '\0';

    /// <summary>Full-width forms, wide spaces and hyphens as ASCII.</summary>
    public static char Fold(char c) => c switch
    {
        < '\u00A0' => c,
        >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
        '\u00A0' or '\u2007' or '\u2009' or '\u202F' or '\u3000' => ' ',
        '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2212' => '-',
        _ => c,
    };

    /// <summary>True for what a value must not touch: ASCII letters, digits, the underscore, and letters of scripts written with spaces. Chinese,
    /// Japanese, Korean and Thai letters may stand beside a value.</summary>
    public static bool IsWord(char folded) =>
        folded < 0x80 ? char.IsAsciiLetterOrDigit(folded) || folded == '_' : folded < 0x0E00 && char.IsLetterOrDigit(folded);

    /// <summary>True when a digit stands there, full-width or not.</summary>
    public static bool IsDigit(ReadOnlySpan<char> text, int at) => char.IsAsciiDigit(At(text, at));

    /// <summary>True when no longer word, number, date or decimal fraction goes on before or behind.</summary>
    public static bool StandsAlone(ReadOnlySpan<char> text, int start, int end) => BeginsAlone(text, start) && EndsAlone(text, end);

    /// <summary>True when nothing before it belongs to the same word or number.</summary>
    public static bool BeginsAlone(ReadOnlySpan<char> text, int start)
    {
        char before = At(text, start - 1);
        return !IsWord(before) && !(IsGlue(text, start - 1) && IsDigit(text, start - 2));
    }

    /// <summary>True when nothing behind it belongs to the same word or number.</summary>
    public static bool EndsAlone(ReadOnlySpan<char> text, int end)
    {
        char behind = At(text, end);
        return !IsWord(behind) && !(IsGlue(text, end) && IsDigit(text, end + 1));
    }

    /// <summary>True when the number is one of a book, an article or goods by the words before it.</summary>
    public static bool IsNumberedThing(ReadOnlySpan<char> text, int start) =>
        text[Math.Max(0, start - GuardWindow)..start].ContainsAny(NumberedThings);

    /// <summary>True inside an address such as <c>https://site/4111...</c>, where numbers are names of pages.</summary>
    public static bool IsInUrl(ReadOnlySpan<char> text, int start)
    {
        int from = start;
        while (from > 0 && start - from < LongestUrlLookedAt && text[from - 1] is > ' ' and < '\u0080')
            from--;
        ReadOnlySpan<char> before = text[from..start];
        return before.Contains("://", StringComparison.Ordinal) || before.StartsWith("www.", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True when one of some words stands whole in the characters before a place, with no digit between: "phone: ", "SSN is ".</summary>
    public static bool Follows(ReadOnlySpan<char> text, int start, SearchValues<string> words, int window)
    {
        int from = start;
        while (from > 0 && start - from < window && !char.IsDigit(text[from - 1]) && text[from - 1] != '\n')
            from--;
        // One line end may stand between a label and its number.
        if (from > 0 && text[from - 1] == '\n' && text[from..start].IsWhiteSpace())
        {
            int line = from - 1;
            while (line > 0 && start - line < window && !char.IsDigit(text[line - 1]) && text[line - 1] != '\n')
                line--;
            from = line;
        }
        for (int at; from < start && (at = text[from..start].IndexOfAny(words)) >= 0; from += at + 1)
        {
            if (IsWhole(text, from + at, start, words))
                return true;
        }
        return false;
    }

    // A word of letters that are written with spaces is bounded on both sides; one of Chinese characters stands anywhere.
    private static bool IsWhole(ReadOnlySpan<char> text, int start, int limit, SearchValues<string> words)
    {
        if (!IsWord(text[start]))
            return true;
        int end = start;
        while (end < limit && IsWord(text[end]))
            end++;
        return !IsWord(At(text, start - 1)) && words.Contains(text[start..end].ToString());
    }

    // Full-width commas and colons part sentences, not digits.
    private static bool IsGlue(ReadOnlySpan<char> text, int at) => At(text, at) is '.' or ',' or '-' or '/' or ':' && text[at] is not ('\uFF0C' or '\uFF1A');
}
