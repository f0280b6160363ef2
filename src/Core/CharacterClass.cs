using System.Buffers;
using System.Globalization;
using System.Text;

namespace DataPipeline.Core;

/// <summary>What the filters ask about a character, in one byte found by table: its part in words, letter, white space, and the character sets that the
/// published filters compare with.</summary>
/// <remarks>Terminal punctuation is Unicode's Sentence_Terminal as FineWeb lists it (159 characters); punctuation is that, controls, ASCII and CCNet's marks (281).</remarks>
public static class CharacterClass
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

    /// <summary>The lowest three bits say what a character does in words by the manner of UAX 29.</summary>
    internal const byte Kind = 7, Symbol = 0, WordLetter = 1, Digit = 2, Mark = 3, Alone = 4, JoinsLetters = 5, JoinsDigits = 6, JoinsBoth = 7;

    /// <summary>Bit of a character outside the punctuation sets.</summary>
    public const byte Spoken = 8;

    /// <summary>Bit of a letter, as <c>char.IsLetter</c>.</summary>
    public const byte Letter = 16;

    /// <summary>Bit of terminal punctuation.</summary>
    public const byte Terminal = 32;

    /// <summary>Bit of a letter or decimal digit.</summary>
    public const byte LetterOrDigit = 64;

    /// <summary>Bit of white space, as <see cref="TextView.IsSpace"/>.</summary>
    public const byte Space = 128;

    private static readonly HashSet<int> AstralTerminals = Astral(TerminalRanges), AstralOthers = Astral(OtherRanges);

    private static readonly byte[] Table = Build();

    /// <summary>The bits of every UTF-16 unit; surrogates have none and are asked by <see cref="Of(Rune)"/>.</summary>
    public static ReadOnlySpan<byte> Units => Table;

    /// <summary>The bits of a code point.</summary>
    public static byte Of(Rune rune)
    {
        if (rune.IsBmp)
            return Table[rune.Value];
        bool terminal = AstralTerminals.Contains(rune.Value);
        int bits = KindOf(rune) | (terminal || AstralOthers.Contains(rune.Value) ? 0 : Spoken) | (terminal ? Terminal : 0) | LetterBits(rune);
        return (byte)bits;
    }

    /// <summary>The bits of the code point that begins at a unit; a lone surrogate has none.</summary>
    internal static byte At(ReadOnlySpan<char> text, int at, out int units)
    {
        units = 1;
        if (!char.IsSurrogate(text[at]))
            return Table[text[at]];
        return Rune.DecodeFromUtf16(text[at..], out Rune rune, out units) == OperationStatus.Done ? Of(rune) : (byte)0;
    }

    /// <summary>True when the text ends in terminal punctuation.</summary>
    public static bool EndsInTerminal(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return false;
        if (!char.IsLowSurrogate(text[^1]))
            return (Table[text[^1]] & Terminal) != 0;
        return Rune.DecodeLastFromUtf16(text, out Rune last, out _) == OperationStatus.Done && (Of(last) & Terminal) != 0;
    }

    private static byte[] Build()
    {
        var table = new byte[0x10000];
        for (int c = 0; c < table.Length; c++)
        {
            if (!char.IsSurrogate((char)c))
                table[c] = (byte)(KindOf(new Rune(c)) | Spoken | LetterBits(new Rune(c)) | (TextView.IsSpace((char)c) ? Space : 0));
        }
        Put(table, TerminalRanges, Terminal);
        Put(table, OtherRanges, 0);
        return table;
    }

    private static int LetterBits(Rune rune) => (Rune.IsLetter(rune) ? Letter : 0) | (Rune.IsLetterOrDigit(rune) ? LetterOrDigit : 0);

    private static void Put(byte[] table, ReadOnlySpan<int> ranges, byte bit)
    {
        for (int i = 0; i < ranges.Length; i += 2)
        {
            for (int c = ranges[i]; c <= ranges[i + 1] && c < 0x10000; c++)
                table[c] = (byte)((table[c] & ~Spoken) | bit);
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

    private static byte KindOf(Rune rune)
    {
        switch (rune.Value)
        {
            case '\'' or '.' or '\u2019' or '\u2018' or '\u2024' or '\uFF0E':
                return JoinsBoth;
            case ':' or '\u00B7' or '\u05F4' or '\u2027' or '\uFF1A':
                return JoinsLetters;
            case ',' or ';' or '\u066C' or '\uFF0C' or '\uFF1B':
                return JoinsDigits;
            case '\u200D' or '\u200C':
                return Mark;
        }
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber:
                return IsUnspaced(rune.Value) ? Alone : WordLetter;
            case UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber:
                return Digit;
            case UnicodeCategory.ConnectorPunctuation:
                return WordLetter;
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark:
                return Mark;
            default:
                return Symbol;
        }
    }

    // Thai and Lao; Burmese; Khmer; Tai scripts; CJK with kana and Bopomofo (Hangul is written with spaces); half-width kana; kana supplements; Han extensions.
    private static bool IsUnspaced(int c) =>
        c is (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x1950 and <= 0x19DF)
            or (>= 0x1A20 and <= 0x1AAF) or (>= 0x2E80 and <= 0x312F) or (>= 0x31A0 and <= 0x9FFF) or (>= 0xA9E0 and <= 0xA9FF)
            or (>= 0xAA60 and <= 0xAADF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFF9F)
            or (>= 0x16FE0 and <= 0x18DFF) or (>= 0x1AFF0 and <= 0x1B2FF) or (>= 0x20000 and <= 0x3FFFF);
}
