using System.Buffers;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>The character sets that the published filters compare with, and a class of every character found by table.</summary>
/// <remarks>Terminal punctuation is Unicode's Sentence_Terminal as FineWeb lists it (159 characters); punctuation is that, controls, ASCII and CCNet's marks (281).</remarks>
internal static class Punctuation
{
    // Pairs of first and last code point.
    private static ReadOnlySpan<int> TerminalRanges =>
    [
        0x21, 0x21, 0x2E, 0x2E, 0x3F, 0x3F, 0x589, 0x589, 0x61D, 0x61F, 0x6D4, 0x6D4, 0x700, 0x702, 0x7F9, 0x7F9, 0x837, 0x837,
        0x839, 0x839, 0x83D, 0x83E, 0x964, 0x965, 0x104A, 0x104B, 0x1362, 0x1362, 0x1367, 0x1368, 0x166E, 0x166E,
        0x1735, 0x1736, 0x17D4, 0x17D6, 0x17D9, 0x17DA, 0x1803, 0x1803, 0x1809, 0x1809, 0x1944, 0x1945, 0x1AA8, 0x1AAB,
        0x1B5A, 0x1B5B, 0x1B5E, 0x1B5F, 0x1B7D, 0x1B7E, 0x1C3B, 0x1C3C, 0x1C7E, 0x1C7F, 0x203C, 0x203D, 0x2047, 0x2049,
        0x2E2E, 0x2E2E, 0x2E3C, 0x2E3C, 0x2E53, 0x2E54, 0x3002, 0x3002, 0xA4FF, 0xA4FF, 0xA60E, 0xA60F, 0xA6F3, 0xA6F3,
        0xA6F7, 0xA6F7, 0xA876, 0xA877, 0xA8CE, 0xA8CF, 0xA92F, 0xA92F, 0xA9C8, 0xA9C9, 0xAA5D, 0xAA5F, 0xAAF0, 0xAAF1,
        0xABEB, 0xABEB, 0xFE52, 0xFE52, 0xFE56, 0xFE57, 0xFF01, 0xFF01, 0xFF0E, 0xFF0E, 0xFF1F, 0xFF1F, 0xFF61, 0xFF61,
        0x10A56, 0x10A57, 0x10F55, 0x10F59, 0x10F86, 0x10F89, 0x11047, 0x11048, 0x110BE, 0x110C1, 0x11141, 0x11143,
        0x111C5, 0x111C6, 0x111CD, 0x111CD, 0x111DE, 0x111DF, 0x11238, 0x11239, 0x1123B, 0x1123C, 0x112A9, 0x112A9,
        0x1144B, 0x1144C, 0x115C2, 0x115C3, 0x115C9, 0x115D7, 0x11641, 0x11642, 0x1173C, 0x1173E, 0x11944, 0x11944,
        0x11946, 0x11946, 0x11A42, 0x11A43, 0x11A9B, 0x11A9C, 0x11C41, 0x11C42, 0x11EF7, 0x11EF8, 0x11F43, 0x11F44,
        0x16A6E, 0x16A6F, 0x16AF5, 0x16AF5, 0x16B37, 0x16B38, 0x16B44, 0x16B44, 0x16E98, 0x16E98, 0x1BC9F, 0x1BC9F,
        0x1DA88, 0x1DA88,
    ];

    private static ReadOnlySpan<int> OtherRanges =>
    [
        0x0, 0x8, 0xB, 0x1F, 0x22, 0x2D, 0x2F, 0x2F, 0x3A, 0x3E, 0x40, 0x40, 0x5B, 0x60, 0x7B, 0x9F, 0xAB, 0xAB, 0xB4, 0xB4,
        0xBB, 0xBB, 0x2013, 0x2014, 0x2019, 0x2019, 0x201C, 0x201E, 0x2026, 0x2026, 0x2236, 0x2236, 0x2501, 0x2501,
        0x25BA, 0x25BA, 0x3001, 0x3001, 0x3008, 0x300D, 0x3010, 0x3011, 0xFF05, 0xFF05, 0xFF08, 0xFF09, 0xFF0C, 0xFF0C,
        0xFF11, 0xFF11, 0xFF1A, 0xFF1B, 0xFF5E, 0xFF5E,
    ];

    /// <summary>Bits of <see cref="Classes"/>.</summary>
    public const byte OutsidePunctuation = 1, Letter = 2, Terminal = 4, LetterOrDigit = 8;

    /// <summary>Class bits of every UTF-16 unit; surrogates hold none and are asked by <see cref="ClassOf"/>.</summary>
    public static readonly byte[] Classes = Build();

    private static readonly HashSet<int> AstralTerminals = Astral(TerminalRanges), AstralOthers = Astral(OtherRanges);

    /// <summary>Class bits of a code point.</summary>
    public static byte ClassOf(Rune rune)
    {
        if (rune.IsBmp)
            return Classes[rune.Value];
        bool terminal = AstralTerminals.Contains(rune.Value);
        int bits = (terminal || AstralOthers.Contains(rune.Value) ? 0 : OutsidePunctuation) | (Rune.IsLetter(rune) ? Letter : 0)
            | (terminal ? Terminal : 0) | (Rune.IsLetterOrDigit(rune) ? LetterOrDigit : 0);
        return (byte)bits;
    }

    /// <summary>True when the text ends in terminal punctuation.</summary>
    public static bool EndsInTerminal(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return false;
        if (!char.IsLowSurrogate(text[^1]))
            return (Classes[text[^1]] & Terminal) != 0;
        return Rune.DecodeLastFromUtf16(text, out Rune last, out _) == OperationStatus.Done && (ClassOf(last) & Terminal) != 0;
    }

    private static byte[] Build()
    {
        var classes = new byte[0x10000];
        for (int c = 0; c < classes.Length; c++)
        {
            if (!char.IsSurrogate((char)c))
                classes[c] = (byte)(OutsidePunctuation | (char.IsLetter((char)c) ? Letter : 0) | (char.IsLetterOrDigit((char)c) ? LetterOrDigit : 0));
        }
        Mark(classes, TerminalRanges, Terminal);
        Mark(classes, OtherRanges, 0);
        return classes;
    }

    private static void Mark(byte[] classes, ReadOnlySpan<int> ranges, byte bit)
    {
        for (int i = 0; i < ranges.Length; i += 2)
        {
            for (int c = ranges[i]; c <= ranges[i + 1] && c < 0x10000; c++)
                classes[c] = (byte)((classes[c] & ~OutsidePunctuation) | bit);
        }
    }

    private static HashSet<int> Astral(ReadOnlySpan<int> ranges)
    {
        var found = new HashSet<int>();
        for (int i = 0; i < ranges.Length; i += 2)
        {
            for (int c = Math.Max(ranges[i], 0x10000); c <= ranges[i + 1]; c++)
                found.Add(c);
        }
        return found;
    }
}
