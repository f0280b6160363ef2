using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Dedup.MinHash;

/// <summary>Text as datatrove compares it: lower case, every number 0, 129 punctuation and control characters and all white space one space, no accents.</summary>
internal static class DatatroveText
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00ab\u00b4\u00bb\u2013\u2014\u2019\u201c\u201d\u201e\u2026\u2236\u2501\u25ba"
        + "\u3001\u3002\u3008\u3009\u300a\u300b\u300c\u300d\u3010\u3011\uff01\uff05\uff08\uff09\uff0c\uff0e\uff11\uff1a\uff1b\uff1f\uff5e";
    private const string DecimalSeparators = ".,\u060c\u066b\u2396\u2397\u2398";
    private const int Plain = 0, Space = 1, Digit = 2, Mark = 3;

    private static readonly byte[] Classes = BuildClasses();

    /// <summary>The words of a text with one space between them.</summary>
    public static string Simplify(string text)
    {
        var simple = new StringBuilder(text.Length);
        bool gap = false;
        for (int i = 0; i < text.Length; i++)
        {
            int size = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            switch (ClassAt(text, i, size))
            {
                case Space:
                    gap = true;
                    break;
                case Digit:
                    Append(simple, ref gap, "0");
                    i = EndOfNumber(text, i) - 1;
                    continue;
                case Plain when size == 2:
                    Append(simple, ref gap, Rune.ToLowerInvariant(new Rune(text[i], text[i + 1])).ToString());
                    break;
                case Plain:
                    Append(simple, ref gap, [Lower(text, i)]);
                    break;
            }
            i += size - 1;
        }
        return StripAccents(simple);
    }

    private static void Append(StringBuilder simple, ref bool gap, ReadOnlySpan<char> piece)
    {
        if (gap && simple.Length > 0)
            simple.Append(' ');
        gap = false;
        simple.Append(piece);
    }

    /// <summary>Digits of any script, one decimal separator, digits.</summary>
    internal static int EndOfNumber(string text, int start)
    {
        int end = EndOfDigits(text, start);
        if (end + 1 < text.Length && DecimalSeparators.Contains(text[end]) && EndOfDigits(text, end + 1) is var fraction && fraction > end + 1)
            return fraction;
        return end;
    }

    private static int EndOfDigits(string text, int at)
    {
        while (at < text.Length)
        {
            int size = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
            if (ClassAt(text, at, size) != Digit)
                break;
            at += size;
        }
        return at;
    }

    /// <summary>Lower case as Python has it: a final sigma differs from an inner one, and a dotted capital I loses its dot with the accents.</summary>
    private static char Lower(string text, int at) => text[at] switch
    {
        '\u0130' => 'i',
        '\u03A3' when at > 0 && char.IsLetter(text[at - 1]) && !(at + 1 < text.Length && char.IsLetter(text[at + 1])) => '\u03C2',
        var c => char.ToLowerInvariant(c),
    };

    private static string StripAccents(StringBuilder simple)
    {
        string text = simple.ToString();
        if (Ascii.IsValid(text))
            return text;
        string parted = UnicodeNormalizer.Normalize(text, UnicodeForm.Nfd);
        simple.Clear();
        for (int i = 0, size; i < parted.Length; i += size)
        {
            size = char.IsHighSurrogate(parted[i]) && i + 1 < parted.Length && char.IsLowSurrogate(parted[i + 1]) ? 2 : 1;
            if (CharUnicodeInfo.GetUnicodeCategory(parted, i) != UnicodeCategory.NonSpacingMark)
                simple.Append(parted, i, size);
        }
        return simple.ToString();
    }

    private static int ClassAt(string text, int at, int size)
    {
        if (size == 1)
            return Classes[text[at]];
        return CharUnicodeInfo.GetUnicodeCategory(text, at) switch
        {
            UnicodeCategory.DecimalDigitNumber => Digit,
            UnicodeCategory.NonSpacingMark => Mark,
            _ => Plain,
        };
    }

    private static byte[] BuildClasses()
    {
        var classes = new byte[0x10000];
        for (int c = 0; c < classes.Length; c++)
        {
            // A full-width one counts as punctuation there, but numbers are replaced first.
            UnicodeCategory category = char.GetUnicodeCategory((char)c);
            classes[c] = category == UnicodeCategory.DecimalDigitNumber ? (byte)Digit
                : c <= 0x1F || c is >= 0x7F and <= 0x9F || TextView.IsSpace((char)c) || Punctuation.Contains((char)c) ? (byte)Space
                : category == UnicodeCategory.NonSpacingMark ? (byte)Mark
                : (byte)Plain;
        }
        return classes;
    }
}
