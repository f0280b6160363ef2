using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Tokens;

/// <summary>Normal form C of UTF-8, for tokenizers that ask for it. Bytes that are no UTF-8 stay as they are.</summary>
internal static class Normalization
{
    /// <summary>The text in form C: the same span when it is in that form already.</summary>
    public static ReadOnlySpan<byte> Nfc(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text))
            return text;
        if (Utf8.IsValid(text))
            return NfcOfValid(text);
        ArrayBufferWriter<byte> result = new(text.Length);
        while (!text.IsEmpty)
        {
            int valid = 0;
            while (Rune.DecodeFromUtf8(text[valid..], out _, out int bytes) == OperationStatus.Done)
                valid += bytes;
            if (valid > 0)
                result.Write(NfcOfValid(text[..valid]));
            text = text[valid..];
            if (text.IsEmpty)
                break;
            Rune.DecodeFromUtf8(text, out _, out int broken);
            result.Write(text[..broken]);
            text = text[broken..];
        }
        return result.WrittenSpan;
    }

    /// <summary>For each byte of a text in form C, the bytes of the original that it comes from: of its own character where that is unchanged, else of the run of changed ones.</summary>
    public static (int[] Starts, int[] Ends) Places(ReadOnlySpan<byte> text, ReadOnlySpan<byte> normalized)
    {
        int[] starts = new int[normalized.Length], ends = new int[normalized.Length];
        for (int from = 0, to = 0; from < text.Length;)
        {
            // The shortest stretch that normalizes for itself to what stands here and leaves the rest as it is.
            int length = 0, made = 0;
            do
            {
                length += CharacterAt(text[(from + length)..]);
                while (from + length < text.Length && !BeginsAnew(text[(from + length)..]))
                    length += CharacterAt(text[(from + length)..]);
                made = Nfc(text.Slice(from, length)).Length;
            }
            while (from + length < text.Length && Nfc(text.Slice(from, length + CharacterAt(text[(from + length)..]))).Length
                != made + Nfc(text.Slice(from + length, CharacterAt(text[(from + length)..]))).Length);
            starts.AsSpan(to, made).Fill(from);
            ends.AsSpan(to, made).Fill(from + length);
            from += length;
            to += made;
        }
        return (starts, ends);
    }

    private static int CharacterAt(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int bytes);
        return bytes;
    }

    private static bool BeginsAnew(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out Rune rune, out _) != OperationStatus.Done
        || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    private static ReadOnlySpan<byte> NfcOfValid(ReadOnlySpan<byte> text)
    {
        char[] chars = ArrayPool<char>.Shared.Rent(text.Length);
        ReadOnlySpan<char> decoded = chars.AsSpan(0, Encoding.UTF8.GetChars(text, chars));
        ReadOnlySpan<byte> result = UnicodeNormalizer.IsNormalized(decoded, UnicodeForm.Nfc)
            ? text : Encoding.UTF8.GetBytes(UnicodeNormalizer.Normalize(decoded, UnicodeForm.Nfc));
        ArrayPool<char>.Shared.Return(chars);
        return result;
    }
}
