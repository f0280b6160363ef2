using System.Text;

namespace DataPipeline.Tokens;

/// <summary>A token of an encoded text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Value">How the vocabulary spells it.</param>
/// <param name="Offset">Its characters in the text (UTF-16). Where a token is part of a character, the whole character; empty for a token that the text did not make.</param>
public readonly record struct EncodedToken(int Id, string Value, Range Offset)
{
    /// <summary>Tokens of ids with byte offsets.</summary>
    internal static EncodedToken[] List(Tokenizer tokenizer, string text, ReadOnlySpan<int> ids, ReadOnlySpan<TokenOffset> offsets)
    {
        int[] starts = CharsOfBytes(text);
        var tokens = new EncodedToken[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            int start = starts[offsets[i].Start], end = offsets[i].End;
            // An end within a character is the end of that character.
            int last = end > offsets[i].Start ? starts[end - 1] : start;
            int after = end > offsets[i].Start ? last + (char.IsHighSurrogate(text[last]) && last + 1 < text.Length && char.IsLowSurrogate(text[last + 1]) ? 2 : 1) : start;
            tokens[i] = new EncodedToken(ids[i], tokenizer.IdToToken(ids[i]) ?? "", start..after);
        }
        return tokens;
    }

    /// <summary>For each byte of the UTF-8 form, and its end, the index of the character it belongs to.</summary>
    private static int[] CharsOfBytes(string text)
    {
        int[] chars = new int[Encoding.UTF8.GetByteCount(text) + 1];
        int bytes = 0, index = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            chars.AsSpan(bytes, rune.Utf8SequenceLength).Fill(index);
            bytes += rune.Utf8SequenceLength;
            index += rune.Utf16SequenceLength;
        }
        chars[bytes] = index;
        return chars;
    }
}
