using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Patterns;

/// <summary>Code points of well-formed UTF-8, forwards and backwards, without checks: the text was made well-formed before.</summary>
internal static class Utf8Point
{
    /// <summary>The code point at a place and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<byte> text, int at, out int length)
    {
        int first = text[at];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }
        return Multibyte(text, at, first, out length);
    }

    /// <summary>Length of the character that begins with this byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthOf(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>Start of the character before a place.</summary>
    public static int Before(ReadOnlySpan<byte> text, int at)
    {
        do
        {
            at--;
        }
        while ((text[at] & 0xC0) == 0x80);
        return at;
    }

    /// <summary>Characters in a text.</summary>
    public static int Count(ReadOnlySpan<byte> text)
    {
        int count = 0;
        foreach (byte b in text)
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    private static int Multibyte(ReadOnlySpan<byte> text, int at, int first, out int length)
    {
        if (first < 0xE0)
        {
            length = 2;
            return ((first & 0x1F) << 6) | (text[at + 1] & 0x3F);
        }
        if (first < 0xF0)
        {
            length = 3;
            return ((first & 0xF) << 12) | ((text[at + 1] & 0x3F) << 6) | (text[at + 2] & 0x3F);
        }
        length = 4;
        return ((first & 7) << 18) | ((text[at + 1] & 0x3F) << 12) | ((text[at + 2] & 0x3F) << 6) | (text[at + 3] & 0x3F);
    }
}
