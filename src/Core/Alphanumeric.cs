using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
        int count = 0, i = 0;
        ref ushort first = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text));
        // 16 units of ASCII at once; 16 with any other are looked up one by one.
        for (; i + Vector256<ushort>.Count <= text.Length; i += Vector256<ushort>.Count)
        {
            Vector256<ushort> units = Vector256.LoadUnsafe(ref first, (nuint)i);
            if (Vector256.GreaterThanAny(units, Vector256.Create((ushort)0x7F)))
            {
                count += CountOneByOne(text, i, i + Vector256<ushort>.Count);
                continue;
            }
            Vector256<ushort> found = Vector256.LessThan((units | Vector256.Create((ushort)0x20)) - Vector256.Create((ushort)'a'), Vector256.Create((ushort)26))
                | Vector256.LessThan(units - Vector256.Create((ushort)'0'), Vector256.Create((ushort)10));
            count += BitOperations.PopCount(found.ExtractMostSignificantBits());
        }
        return count + CountOneByOne(text, i, text.Length);
    }

    private static int CountOneByOne(ReadOnlySpan<char> text, int start, int end)
    {
        ReadOnlySpan<byte> classes = CharacterClass.Units;
        int count = 0;
        for (int i = start; i < end; i++)
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
