using System.Buffers;
using System.Globalization;
using System.Text;

namespace DataPipeline.Core;

// Words in the manner of UAX 29 (Unicode text segmentation), found inside the runs between white space. Scripts without spaces have no word
// boundaries that rules could find, so each of their characters is a word; a dictionary segmenter would be the alternative, at many times the cost.
public sealed partial class TextView
{
    private const byte Symbol = 0, Letter = 1, Digit = 2, Mark = 3, Single = 4, JoinsLetters = 5, JoinsDigits = 6, JoinsBoth = 7;

    private static readonly byte[] Classes = BuildClasses();
    private static readonly SearchValues<char> AsciiAlphanumeric =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    /// <summary>True for a character that <see cref="ScriptWords"/> makes a word of its own.</summary>
    public static bool IsUnspacedScript(Rune rune) => ClassOf(rune) == Single;

    internal static Slice[] SplitScriptWords(ReadOnlySpan<char> text, ReadOnlySpan<Slice> runs)
    {
        var words = new SliceBuffer(runs.Length + 16);
        foreach (Slice run in runs)
        {
            ReadOnlySpan<char> span = text.Slice(run.Start, run.Length);
            if (!span.ContainsAnyExcept(AsciiAlphanumeric))
                words.Add(run);
            else
                SplitRun(span, run.Start, ref words);
        }
        return words.ToArray();
    }

    private static void SplitRun(ReadOnlySpan<char> run, int offset, ref SliceBuffer words)
    {
        int before = words.Count, start = -1;
        byte last = Symbol;
        for (int i = 0; i < run.Length;)
        {
            byte kind = ClassAt(run, i, out int size);
            bool goesOn = kind switch
            {
                Letter or Digit => last is Letter or Digit,
                Mark => start >= 0,
                _ => false,
            };
            if (!goesOn && kind >= JoinsLetters && last is Letter or Digit && i + size < run.Length)
            {
                byte next = ClassAt(run, i + size, out _);
                goesOn = last == next && (kind == JoinsBoth || kind == (last == Letter ? JoinsLetters : JoinsDigits));
                kind = last;
            }
            if (!goesOn)
            {
                if (start >= 0)
                    words.Add(new Slice(offset + start, i - start));
                start = kind is Letter or Digit or Single ? i : -1;
            }
            last = goesOn && kind == Mark ? last : kind;
            i += size;
        }
        if (start >= 0)
            words.Add(new Slice(offset + start, run.Length - start));
        if (words.Count == before)
            words.Add(new Slice(offset, run.Length));
    }

    private static byte ClassAt(ReadOnlySpan<char> text, int at, out int size)
    {
        size = 1;
        char c = text[at];
        if (!char.IsSurrogate(c))
            return Classes[c];
        if (Rune.DecodeFromUtf16(text[at..], out Rune rune, out size) != OperationStatus.Done)
            return Symbol;
        return ClassOf(rune);
    }

    private static byte[] BuildClasses()
    {
        var classes = new byte[0x10000];
        for (int c = 0; c < classes.Length; c++)
        {
            if (!char.IsSurrogate((char)c))
                classes[c] = ClassOf(new Rune(c));
        }
        return classes;
    }

    private static byte ClassOf(Rune rune)
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
                return IsUnspaced(rune.Value) ? Single : Letter;
            case UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber:
                return Digit;
            case UnicodeCategory.ConnectorPunctuation:
                return Letter;
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
