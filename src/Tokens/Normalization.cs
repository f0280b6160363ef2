using System.Buffers;
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
