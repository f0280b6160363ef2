using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>The characters that data-juicer calls special, after BLOOM's corpus (Laurençon et al. 2022, arXiv 2303.03915): ASCII punctuation and digits, white space, emoji, and
/// signs that were met at the ends of words, some letters among them.</summary>
internal static class SpecialCharacters
{
    private const string Signs = "’“”–ー一▬…✦�£•€«»°·═×士＾˘⇓↓↑←→（）§″′´¿−±∈¢ø‚„½¼¾¹²³―⁃，ˌ¸‹›ʺˈʻ¦‐⠀‰‑≤≥‖◆●■►▼▲▴∆▻¡★☆✱ːº。¯˜¥ɪ≈†上ン：∼⁄・♡✓⊕․．⋅÷１‟；،、¨ाी्े◦˚゜ʼ≖¤ッツシ℃√！【】‿∞➤～πه۩☛₨➩☻๑٪♥ıॽ《‘©﴿٬？▷Г♫∟™ª₪®「❖」﴾》￼—";

    // Emoji of one code point, first and last of each range; those of several are no characters.
    private static ReadOnlySpan<int> Emoji =>
    [
        0x203C, 0x203C, 0x2049, 0x2049, 0x2122, 0x2122, 0x2139, 0x2139, 0x2194, 0x2199, 0x21A9, 0x21AA, 0x231A, 0x231B, 0x2328, 0x2328, 0x23CF, 0x23CF, 0x23E9, 0x23F3, 0x23F8, 0x23FA,
        0x24C2, 0x24C2, 0x25AA, 0x25AB, 0x25B6, 0x25B6, 0x25C0, 0x25C0, 0x25FB, 0x25FE, 0x2600, 0x2604, 0x260E, 0x260E, 0x2611, 0x2611, 0x2614, 0x2615, 0x2618, 0x2618, 0x261D, 0x261D,
        0x2620, 0x2620, 0x2622, 0x2623, 0x2626, 0x2626, 0x262A, 0x262A, 0x262E, 0x262F, 0x2638, 0x263A, 0x2640, 0x2640, 0x2642, 0x2642, 0x2648, 0x2653, 0x265F, 0x2660, 0x2663, 0x2663,
        0x2665, 0x2666, 0x2668, 0x2668, 0x267B, 0x267B, 0x267E, 0x267F, 0x2692, 0x2697, 0x2699, 0x2699, 0x269B, 0x269C, 0x26A0, 0x26A1, 0x26A7, 0x26A7, 0x26AA, 0x26AB, 0x26B0, 0x26B1,
        0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26C8, 0x26C8, 0x26CE, 0x26CF, 0x26D1, 0x26D1, 0x26D3, 0x26D4, 0x26E9, 0x26EA, 0x26F0, 0x26F5, 0x26F7, 0x26FA, 0x26FD, 0x26FD, 0x2702, 0x2702,
        0x2705, 0x2705, 0x2708, 0x270D, 0x270F, 0x270F, 0x2712, 0x2712, 0x2714, 0x2714, 0x2716, 0x2716, 0x271D, 0x271D, 0x2721, 0x2721, 0x2728, 0x2728, 0x2733, 0x2734, 0x2744, 0x2744,
        0x2747, 0x2747, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2763, 0x2764, 0x2795, 0x2797, 0x27A1, 0x27A1, 0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2934, 0x2935,
        0x2B05, 0x2B07, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55, 0x2B55, 0x3030, 0x3030, 0x303D, 0x303D, 0x3297, 0x3297, 0x3299, 0x3299,
        0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF, 0x1F170, 0x1F171, 0x1F17E, 0x1F17F, 0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F201, 0x1F202, 0x1F21A, 0x1F21A, 0x1F22F, 0x1F22F,
        0x1F232, 0x1F23A, 0x1F250, 0x1F251, 0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F7E0, 0x1F7EB, 0x1F7F0, 0x1F7F0, 0x1F90C, 0x1F9FF, 0x1FA70, 0x1FAFF,
    ];

    private static readonly bool[] Units = Build();

    /// <summary>True for a special code point that begins at a unit; of a pair the high surrogate answers, the low one is never special.</summary>
    public static bool At(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? IsEmoji(char.ConvertToUtf32(text[at], text[at + 1])) : Units[text[at]];

    /// <summary>Number of special code points.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        bool[] units = Units;
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (units[text[i]] || (char.IsHighSurrogate(text[i]) && At(text, i)))
                count++;
        }
        return count;
    }

    /// <summary>The text without special characters at its ends.</summary>
    public static Slice Strip(string text, Slice slice)
    {
        int start = slice.Start, end = slice.End;
        while (start < end && At(text, start))
            start += char.IsHighSurrogate(text[start]) ? 2 : 1;
        while (end > start)
        {
            int size = end - start >= 2 && char.IsSurrogatePair(text[end - 2], text[end - 1]) ? 2 : 1;
            if (!At(text, end - size))
                break;
            end -= size;
        }
        return new Slice(start, end - start);
    }

    private static bool[] Build()
    {
        var units = new bool[0x10000];
        for (int c = 0; c < units.Length; c++)
        {
            units[c] = Signs.Contains((char)c) || TextView.IsSpace((char)c) || (!char.IsSurrogate((char)c) && IsEmoji(c))
                || (c < 0x80 && (char.IsPunctuation((char)c) || char.IsSymbol((char)c) || char.IsAsciiDigit((char)c)));
        }
        return units;
    }

    private static bool IsEmoji(int c)
    {
        for (int i = 0; i < Emoji.Length && Emoji[i] <= c; i += 2)
        {
            if (c <= Emoji[i + 1])
                return true;
        }
        return false;
    }
}
