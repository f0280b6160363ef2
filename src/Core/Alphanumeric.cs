using System.Globalization;
using System.Text;

namespace DataPipeline.Core;

/// <summary>What Python's <c>str.isalnum</c> calls alphanumeric: letters and all kinds of numbers, so <c>½</c>, <c>²</c> and <c>Ⅳ</c> too.</summary>
public static class Alphanumeric
{
    /// <summary>True when the code point that begins at a unit is alphanumeric.</summary>
    public static bool At(ReadOnlySpan<char> text, int at)
    {
        char c = text[at];
        if ((CharacterClass.Units[c] & CharacterClass.LetterOrDigit) != 0)
            return true;
        if (c < 0x80)
            return false;
        return char.IsSurrogate(c)
            ? Rune.DecodeFromUtf16(text[at..], out Rune rune, out _) == System.Buffers.OperationStatus.Done && Is(Rune.GetUnicodeCategory(rune))
            : Is(char.GetUnicodeCategory(c));
    }

    /// <summary>Number of alphanumeric code points.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<byte> classes = CharacterClass.Units;
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            // One look-up settles ASCII and all letters and decimal digits of the basic plane.
            if ((classes[text[i]] & CharacterClass.LetterOrDigit) != 0)
                count++;
            else if (text[i] >= 0x80 && At(text, i))
                count++;
        }
        return count;
    }

    private static bool Is(UnicodeCategory category) => category is <= UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
