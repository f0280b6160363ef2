using System.Buffers;
using System.Text;
using System.Text.Unicode;
using DataPipeline.Core.Unicode;
using DataPipeline.Tokens.Normalize;

namespace DataPipeline.Tokens;

/// <summary>Normal form C of UTF-8, for tokenizers that ask for it. Bytes that are no UTF-8 stay as they are.</summary>
internal static class Normalization
{
    private static readonly FormNormalizer FormC = new(UnicodeForm.Nfc);

    /// <summary>The text in form C: the same span when it is in that form already.</summary>
    public static ReadOnlySpan<byte> Nfc(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text))
            return text;
        if (Utf8.IsValid(text))
            return NfcOfValid(text);
        ArrayBufferWriter<byte> result = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = Stretch(text, at, out bool valid);
            result.Write(valid ? NfcOfValid(text[at..end]) : text[at..end]);
            at = end;
        }
        return result.WrittenSpan;
    }

    /// <summary>For each byte of a text in form C, the bytes of the original that it stands for.</summary>
    public static TokenOffset[] Places(ReadOnlySpan<byte> text)
    {
        List<TokenOffset> places = new(text.Length);
        NormalizedText normalized = new();
        for (int at = 0; at < text.Length;)
        {
            int end = Stretch(text, at, out bool valid);
            if (valid)
            {
                normalized.Load(text[at..end], at, tracked: true);
                FormC.Apply(normalized);
                for (int i = 0; i < normalized.Length; i++)
                    places.Add(normalized.PlaceOf(i));
            }
            else
            {
                for (int i = at; i < end; i++)
                    places.Add(new TokenOffset(i, i + 1));
            }
            at = end;
        }
        return [.. places];
    }

    /// <summary>End of the UTF-8, or of the bytes that are none, at a place.</summary>
    private static int Stretch(ReadOnlySpan<byte> text, int at, out bool valid)
    {
        valid = Rune.DecodeFromUtf8(text[at..], out _, out int bytes) == OperationStatus.Done;
        int end = at + bytes;
        while (end < text.Length && Rune.DecodeFromUtf8(text[end..], out _, out bytes) == OperationStatus.Done == valid)
            end += bytes;
        return end;
    }

    private static ReadOnlySpan<byte> NfcOfValid(ReadOnlySpan<byte> text)
    {
        char[] chars = ArrayPool<char>.Shared.Rent(text.Length);
        bool changes = !UnicodeNormalizer.IsNormalized(chars.AsSpan(0, Encoding.UTF8.GetChars(text, chars)), UnicodeForm.Nfc);
        ArrayPool<char>.Shared.Return(chars);
        if (!changes)
            return text;
        NormalizedText normalized = new();
        normalized.Load(text, 0, tracked: false);
        FormC.Apply(normalized);
        return normalized.Bytes;
    }
}
