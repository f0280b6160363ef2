using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Whose reading of Gopher's quality rules counts.</summary>
public enum GopherVariant
{
    /// <summary>datatrove's, which FineWeb used; the only one that goes by <c>words</c>.</summary>
    Datatrove,

    /// <summary>dolma's gopher_v1 (Soldaini et al. 2024, arXiv 2402.00159): words between white space, their median length, words with <c>#</c> or <c>…</c> as
    /// the one rule of symbols, bullets <c>*</c> and <c>-</c> at the very start of a line, and every occurrence of a stop word.</summary>
    Dolma,

    /// <summary>DCLM's (Li et al. 2024, arXiv 2406.11794): words of UAX 29 that begin with a letter or digit are counted, all else goes by words between white space:
    /// their mean length, <c># ... . . . …</c> as one sum of symbols, filled lines alone, and every occurrence of a stop word in any case.</summary>
    Dclm,
}

/// <summary>The numbers that the readings of Gopher's quality rules define differently, each found as its project defines it.</summary>
internal static class GopherNumbers
{
    private const int CountedLengths = 256;
    private const string SpacedEllipsis = ". . .";

    /// <summary>Words of UAX 29 whose first character is a letter or number, as Python's <c>isalnum</c> has it.</summary>
    public static int WordsOfDclm(TextView view)
    {
        int count = 0;
        foreach (Slice word in view.EnumerateWords(WordRule.Script))
            count += Alphanumeric.At(view.Text, word.Start) ? 1 : 0;
        return count;
    }

    /// <summary>Median length of the words between white space in code points; 0 where there is none.</summary>
    public static double MedianLength(TextView view)
    {
        Span<int> counts = stackalloc int[CountedLengths];
        counts.Clear();
        int words = 0;
        foreach (Slice word in view.EnumerateWords(WordRule.Whitespace))
        {
            counts[Math.Min(view.CodePointsIn(word), CountedLengths - 1)]++;
            words++;
        }
        if (words == 0)
            return 0;
        int low = LengthAt(counts, (words - 1) / 2), high = LengthAt(counts, words / 2);
        if (high < CountedLengths - 1)
            return (low + high) / 2.0;
        // Half of the words are longer than any that a language has: rare enough to sort.
        int[] all = [.. view.Words.ToArray().Select(view.CodePointsIn).Order()];
        return (all[(words - 1) / 2] + all[words / 2]) / 2.0;
    }

    /// <summary>Words between white space that hold <c>#</c> or <c>…</c>.</summary>
    public static int WordsWithSymbol(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int at = text.IndexOfAny('#', '…'); at >= 0; count++)
        {
            text = text[at..];
            int end = 0;
            while (end < text.Length && !TextView.IsSpace(text[end]))
                end++;
            text = text[end..];
            at = text.IndexOfAny('#', '…');
        }
        return count;
    }

    /// <summary>Occurrences of <c>#</c>, <c>...</c>, <c>. . .</c> and <c>…</c>, each counted for itself.</summary>
    public static int Symbols(ReadOnlySpan<char> text) => text.Count('#') + text.Count("...") + text.Count(SpacedEllipsis) + text.Count('…');

    /// <summary>Shares of lines that start with a bullet and that end in an ellipsis.</summary>
    public static (double Bullets, double Ellipses) LineShares(TextView view, GopherVariant variant)
    {
        int bullets = 0, ellipses = 0, lines = 0;
        foreach (Slice line in view.Lines)
        {
            ReadOnlySpan<char> text = view[variant == GopherVariant.Dclm ? TextView.Strip(view.Text, line) : line];
            if (variant == GopherVariant.Dclm && text.IsEmpty)
                continue;
            lines++;
            if (text.IsEmpty)
                continue;
            bullets += text[0] is '*' or '-' || (variant == GopherVariant.Dclm && text[0] is '●' or '•') ? 1 : 0;
            ellipses += text[^1] == '…' || (variant == GopherVariant.Dclm && (text.EndsWith("...") || text.EndsWith(SpacedEllipsis))) ? 1 : 0;
        }
        return (RuleLog.Share(bullets, lines), RuleLog.Share(ellipses, lines));
    }

    private static int LengthAt(ReadOnlySpan<int> counts, int rank)
    {
        int length = 0;
        for (int seen = counts[0]; seen <= rank; seen += counts[length])
            length++;
        return length;
    }
}
