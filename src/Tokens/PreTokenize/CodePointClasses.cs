using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>What the split patterns ask of a code point, as bits in one byte for each of the 0x110000.</summary>
/// <remarks>A flat table of 1.1 MB of which text touches few lines; built once, in a few milliseconds, from the Unicode data of the runtime.
/// UTF-16 based tables (Regex) were refused: they see two surrogates where the reference tokenizers see one letter.</remarks>
internal static unsafe class CodePointClasses
{
    /// <summary>\p{L}.</summary>
    public const byte Letter = 1;
    /// <summary>\p{N}.</summary>
    public const byte Number = 2;
    /// <summary>\s: the White_Space property.</summary>
    public const byte Space = 4;
    /// <summary>[\r\n].</summary>
    public const byte NewLine = 8;
    /// <summary>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}].</summary>
    public const byte Upper = 16;
    /// <summary>[\p{Ll}\p{Lm}\p{Lo}\p{M}].</summary>
    public const byte Lower = 32;
    /// <summary>Any of \p{L}, \p{N}, \s; what has none of these is "other".</summary>
    public const byte LetterNumberSpace = Letter | Number | Space;

    private static readonly byte* Table = Build();

    /// <summary>The bits of the code point at <paramref name="p"/> and its length. A byte that begins no well-formed character counts as "other" of length 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte At(byte* p, byte* end, out int length)
    {
        if (*p < 0x80)
        {
            length = 1;
            return Table[*p];
        }
        // Three bytes, of Chinese and most of Asia, not the first block of them, where too long forms are: the case that pays.
        if (end - p >= 4 && (*(uint*)p & 0xC0C0F0) == 0x8080E0 && *p is > 0xE0 and < 0xED)
        {
            length = 3;
            return Table[((*p & 0xFu) << 12) | ((p[1] & 0x3Fu) << 6) | (p[2] & 0x3Fu)];
        }
        return Multibyte(p, end, out length);
    }

    /// <summary>First position at or after <paramref name="p"/> whose code point has none of the bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* SkipAny(byte* p, byte* end, byte bits)
    {
        while (p < end)
        {
            byte found = At(p, end, out int length);
            if ((found & bits) == 0)
                break;
            p += length;
        }
        return p;
    }

    /// <summary>First position at or after <paramref name="p"/> whose code point has one of the bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* SkipNone(byte* p, byte* end, byte bits)
    {
        while (p < end)
        {
            byte found = At(p, end, out int length);
            if ((found & bits) != 0)
                break;
            p += length;
        }
        return p;
    }

    private static byte Multibyte(byte* p, byte* end, out int length)
    {
        uint first = *p;
        long left = end - p;
        if (first < 0xE0)
        {
            if (first >= 0xC2 && left >= 2 && (p[1] & 0xC0) == 0x80)
            {
                length = 2;
                return Table[((first & 0x1F) << 6) | (p[1] & 0x3Fu)];
            }
        }
        else if (first < 0xF0)
        {
            if (left >= 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80)
            {
                uint point = ((first & 0xF) << 12) | ((p[1] & 0x3Fu) << 6) | (p[2] & 0x3Fu);
                if (point >= 0x800 && point - 0xD800 >= 0x800)
                {
                    length = 3;
                    return Table[point];
                }
            }
        }
        else if (first < 0xF5 && left >= 4 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80 && (p[3] & 0xC0) == 0x80)
        {
            uint point = ((first & 7) << 18) | ((p[1] & 0x3Fu) << 12) | ((p[2] & 0x3Fu) << 6) | (p[3] & 0x3Fu);
            if (point - 0x10000 < 0x100000)
            {
                length = 4;
                return Table[point];
            }
        }
        length = 1;
        return 0;
    }

    private static byte* Build()
    {
        byte* table = (byte*)NativeMemory.AllocZeroed(0x110000);
        // Planes 4 to 13 hold no characters, 15 and 16 only private use: "other", as zero already says.
        for (int point = 0; point < 0x40000; point++)
            table[point] = Classify(point);
        for (int point = 0xE0000; point < 0xE1000; point++)
            table[point] = Classify(point);
        return table;
    }

    private static byte Classify(int point)
    {
        int bits = CharUnicodeInfo.GetUnicodeCategory(point) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Letter | Upper,
            UnicodeCategory.LowercaseLetter => Letter | Lower,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Letter | Upper | Lower,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Upper | Lower,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
            _ => 0,
        };
        if (point <= char.MaxValue && char.IsWhiteSpace((char)point))
            bits |= Space;
        if (point is '\r' or '\n')
            bits |= NewLine;
        return (byte)bits;
    }
}
