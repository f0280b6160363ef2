using System.Buffers;
using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

/// <summary>The hash of a word without its case and punctuation: <c>Don't</c>, <c>don’t</c> and <c>DONT</c> are one word.</summary>
/// <remarks>A polynomial in an odd 64-bit number, mixed at the end: one multiplication a character and no copy of the word.</remarks>
internal static class WordHash
{
    private const ulong Base = 0xD6E8FEB86659FD93;

    /// <summary>Lower-case form of each UTF-16 unit; 0 for what does not count.</summary>
    private static readonly char[] Folded = BuildFolded();

    /// <summary>False for a word of punctuation and symbols alone.</summary>
    public static bool TryHash(ReadOnlySpan<char> word, out ulong hash)
    {
        hash = 0;
        char[] folded = Folded;
        for (int i = 0; i < word.Length; i++)
        {
            char c = folded[word[i]];
            if (c != 0)
                hash = (hash + c) * Base;
            else if (char.IsHighSurrogate(word[i]) && Rune.DecodeFromUtf16(word[i..], out Rune rune, out int size) == OperationStatus.Done)
            {
                i += size - 1;
                if (Counts(Rune.GetUnicodeCategory(rune)))
                    hash = (hash + (uint)Rune.ToLowerInvariant(rune).Value) * Base;
            }
        }
        if (hash == 0)
            return false;
        hash = Seed.Mix(hash);
        return true;
    }

    private static char[] BuildFolded()
    {
        var folded = new char[0x10000];
        for (int c = 0; c < folded.Length; c++)
        {
            if (Counts(char.GetUnicodeCategory((char)c)))
                folded[c] = char.ToLowerInvariant((char)c);
        }
        return folded;
    }

    private static bool Counts(UnicodeCategory category) => category is <= UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
