using System.Text;

namespace DataPipeline.Tokens.Patterns;

/// <summary>Which code points a pattern that ignores case takes for one another.</summary>
internal static class CaseFolds
{
    private static readonly Lazy<Dictionary<int, int[]>> Classes = new(Build);

    // Characters that fold to several: a pattern engine may match "ss" for U+00DF, so what involves them cannot be matched by sets of single characters.
    private static readonly CodePointSet Several = CodePointSet.OfRanges(0xDF, 0xDF, 0x130, 0x130, 0x149, 0x149, 0x1F0, 0x1F0, 0x390, 0x390, 0x3B0, 0x3B0,
        0x587, 0x587, 0x1E96, 0x1E9E, 0x1F50, 0x1F57, 0x1F80, 0x1FFC, 0xFB00, 0xFB17);

    // The two characters that some such folding begins with.
    private static readonly HashSet<string> Beginnings = new(["ss", "st", "ff", "fi", "fl", "i\u0307", "\u02BCn", "j\u030C", "h\u0331", "t\u0308", "w\u030A",
        "y\u030A", "a\u02BE", "\u03B9\u0308", "\u03C5\u0308", "\u03C5\u0313", "\u03B1\u0342", "\u03B7\u0342", "\u03B9\u0342", "\u03C5\u0342", "\u03C9\u0342",
        "\u03C1\u0313", "\u03B1\u03B9", "\u03B7\u03B9", "\u03C9\u03B9", "\u03AC\u03B9", "\u03AE\u03B9", "\u03CE\u03B9", "\u0565\u0582", "\u0574\u0576",
        "\u0574\u0565", "\u0574\u056B", "\u057E\u0576", "\u0574\u056D"], StringComparer.Ordinal);

    /// <summary>True when the set holds a character that folds to several.</summary>
    public static bool HasSeveral(CodePointSet set) => Several.Points().Any(set.Contains);

    /// <summary>True when one character folds to a sequence that begins with these two.</summary>
    public static bool BeginSeveral(int first, int second) => Beginnings.Contains(Rune.ToLowerInvariant(new Rune(first)).ToString() + Rune.ToLowerInvariant(new Rune(second)));

    /// <summary>Adds to a set everything that differs from a member in case alone.</summary>
    public static CodePointSet Close(CodePointSet set)
    {
        CodePointSet closed = set.Copy();
        foreach (int[] group in Classes.Value.Values)
        {
            if (group.Any(set.Contains))
            {
                foreach (int point in group)
                    closed.Add(point);
            }
        }
        return closed;
    }

    private static Dictionary<int, int[]> Build()
    {
        Dictionary<int, List<int>> groups = [];
        for (int point = 0; point < 0x1F000; point++)
        {
            if (point is >= 0xD800 and < 0xE000)
                continue;
            Rune rune = new(point);
            // The runtime maps no character to ASCII but from ASCII and the Kelvin sign; U+017F folds to s.
            int key = point == 0x17F ? 's' : Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)).Value;
            (groups.TryGetValue(key, out List<int>? group) ? group : groups[key] = []).Add(point);
        }
        return groups.Where(group => group.Value.Count > 1).ToDictionary(group => group.Key, group => group.Value.ToArray());
    }
}
