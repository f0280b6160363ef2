using System.Buffers;
using System.Globalization;
using System.Text;

namespace DataPipeline.Filters;

// A place is a run of characters whose windows-1252 bytes are one character of UTF-8. Some places stand in sound text: a capital at the end of a quotation (`MAÇÃ”`), Czech `Úž`. So a place is
// certain or doubtful by what surrounds it. Certain ones are repaired; doubtful ones only in a line, or a text, that has certain ones and next to no letters that are no part of a place, since
// damage takes all letters beyond ASCII. Linear: each place is read twice.

/// <summary>UTF-8 that was read as windows-1252 or Latin-1.</summary>
internal static class Utf8Mojibake
{
    private const string Windows = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    // What people write behind a letter: marks that end or join, letters of windows-1252, and behind those what may follow a letter now and then.
    private static readonly SearchValues<char> Closing = SearchValues.Create("\u00A0\u00AD‘’‚“”„–—…«»‹›•·°²³¹ªºšžŠŽœŒŸƒ");
    private static readonly SearchValues<char> Doubtful = SearchValues.Create("\u00A0\u00AD‘’‚“”„–—…«»‹›•·°²³¹ªºšžŠŽœŒŸƒ©®™¡¿£¥¢§¶´†‡¼½¾");

    private static readonly SearchValues<char> WindowsLetters = SearchValues.Create("šžŠŽœŒŸƒ"), Raised = SearchValues.Create("\u00AD·°²³¹ªº"), Fractions = SearchValues.Create("±°²³¹¼½¾");

    /// <summary>The text repaired once, itself where nothing is certain.</summary>
    public static string Repair(string text, ref int repaired)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u00C2', '\u00F4'))
            return text;
        Evidence whole = Weigh(text);
        if (whole.Certain == 0)
            return text;
        var result = new StringBuilder(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) is var found and >= 0 ? found + 1 : text.Length;
            ReadOnlySpan<char> line = text.AsSpan(start, end - start);
            start = end;
            Evidence evidence = line.ContainsAnyInRange('\u00C2', '\u00F4') ? Weigh(line) : default;
            if (evidence.Certain + evidence.Doubtful == 0)
                result.Append(line);
            else
                Repair(line, evidence.IsDamagedThroughout || (evidence.Other == 0 && whole.IsDamagedThroughout), result, ref repaired);
        }
        return result.Length == text.Length && result.Equals(text) ? text : result.ToString();
    }

    private static void Repair(ReadOnlySpan<char> line, bool doubtfulToo, StringBuilder result, ref int repaired)
    {
        int copied = 0;
        for (int at = 0; at < line.Length;)
        {
            int length = Place(line, at, out Rune rune);
            if (length == 0 || !(doubtfulToo || IsCertain(line, at, length)))
            {
                at += Math.Max(length, 1);
                continue;
            }
            result.Append(line[copied..at]).Append(rune.ToString());
            at += length;
            copied = at;
            repaired++;
        }
        result.Append(line[copied..]);
    }

    private static Evidence Weigh(ReadOnlySpan<char> text)
    {
        var evidence = default(Evidence);
        for (int at = 0; at < text.Length;)
        {
            int length = Place(text, at, out _);
            if (length == 0)
                evidence.Other += text[at] >= '\u00C0' && char.IsLetter(text[at]) ? 1 : 0;
            else if (IsCertain(text, at, length))
                evidence.Certain++;
            else
                evidence.Doubtful++;
            at += Math.Max(length, 1);
        }
        return evidence;
    }

    /// <summary>Characters of the place that begins here, 0 for none, and the character that it stands for.</summary>
    private static int Place(ReadOnlySpan<char> text, int at, out Rune rune)
    {
        rune = default;
        if (text[at] is < '\u00C2' or > '\u00F4')
            return 0;
        int length = text[at] < '\u00E0' ? 2 : text[at] < '\u00F0' ? 3 : 4;
        if (at + length > text.Length)
            return 0;
        Span<byte> bytes = stackalloc byte[4];
        bytes[0] = (byte)text[at];
        for (int i = 1; i < length; i++)
        {
            int value = ByteOf(text[at + i]);
            if (value is < 0x80 or > 0xBF)
                return 0;
            bytes[i] = (byte)value;
        }
        if (Rune.DecodeFromUtf8(bytes[..length], out rune, out int used) != OperationStatus.Done || used != length)
            return 0;
        // A control character is a letter of text damaged twice (Ã and U+0083) where the bytes went through Latin-1.
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse ? 0 : length;
    }

    /// <summary>True for what is not met in sound text.</summary>
    private static bool IsCertain(ReadOnlySpan<char> text, int at, int length)
    {
        char lead = text[at], next = text[at + 1];
        if (length == 4 || (length == 3 && (text.Slice(at + 1, 2).ContainsAnyExcept(Doubtful) || text.Slice(at, 3) is "ï»¿")))
            return true;
        if (length == 3)
            return false;
        bool behindSmall = at > 0 && char.IsLower(text[at - 1]), beforeSmall = at + 2 < text.Length && char.IsLower(text[at + 2]);
        // × and Ø stand before numbers and fractions; in damaged Hebrew and Arabic one stands beside another.
        if (lead is '\u00D7' or '\u00D8' or '\u00D9')
            return !Fractions.Contains(next) && ((at + 3 < text.Length && IsRightToLeft(text[at + 2], text[at + 3])) || (at >= 2 && IsRightToLeft(text[at - 2], text[at - 1])));
        if (lead == 'Ã' && (WindowsLetters.Contains(next) || (beforeSmall && Raised.Contains(next)) || (!Closing.Contains(next) && !(at > 0 && char.IsLetter(text[at - 1])))))
            return true;
        return !Doubtful.Contains(next)
            || (lead is 'Å' or 'Ä' && next is 'Œ' or 'œ' or 'Ÿ' or 'ƒ' or 'š' or 'Š')
            || (behindSmall && char.IsUpper(lead))
            || (beforeSmall && !Closing.Contains(next))
            || (lead == 'Â' && next is > '\u00A0' and <= '\u00BF' && !(at > 0 && char.IsLetter(text[at - 1])));
    }

    private static bool IsRightToLeft(char lead, char next) => lead is '\u00D7' or '\u00D8' or '\u00D9' && !Fractions.Contains(next) && ByteOf(next) is >= 0x80 and <= 0xBF;

    /// <summary>The byte that windows-1252 or Latin-1 reads as this character; -1 for none.</summary>
    internal static int ByteOf(char c) => c <= '\u00FF' ? c : Windows.IndexOf(c, StringComparison.Ordinal) is var at and >= 0 ? 0x80 + at : -1;

    private struct Evidence
    {
        /// <summary>Places, certain or not, and letters beyond ASCII that are no part of one.</summary>
        public int Certain, Doubtful, Other;

        public readonly bool IsDamagedThroughout => Certain > 0 && Certain >= 2 * Other;
    }
}
