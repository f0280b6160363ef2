using System.Buffers;
using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

// Finds, folds and hashes words in one pass over the characters: a table gives each UTF-16 unit its lower-case form or says that the word ends.
// TextView.ScriptWords finds nearly the same words, but MinHash is the only reader of a text in its step and needs no slices: through them the signature
// took about twice the time. What a script without spaces is, TextView alone says.

/// <summary>Hashes of the words of a text without case and punctuation: <c>Don't</c>, <c>don’t</c> and <c>DONT</c> are one word, <c>e-mail</c> is two,
/// and every character of a script without spaces (Han, kana, Thai, ...) is one with its marks.</summary>
internal ref struct WordScanner(ReadOnlySpan<char> text)
{
    private const ulong Base = 0xD6E8FEB86659FD93;
    private const char End = '\0', Nothing = '\u0001', Lone = '\u0002', Ask = '\u0003';

    /// <summary>Lower-case form of each unit; <see cref="End"/> where a word ends, <see cref="Nothing"/> for an apostrophe, <see cref="Lone"/> for a
    /// character of a script without spaces, <see cref="Ask"/> for a surrogate.</summary>
    private static readonly char[] Folded = BuildFolded();

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    /// <summary>Takes the next words.</summary>
    /// <param name="hashes">Filled but at the end of the text.</param>
    /// <returns>Number of words.</returns>
    public int Read(scoped Span<ulong> hashes)
    {
        ReadOnlySpan<char> text = _text;
        char[] folded = Folded;
        int count = 0, at = _at;
        ulong hash = 0;
        while (at < text.Length && count < hashes.Length)
        {
            char c = folded[text[at]];
            if (c > Ask)
            {
                // One multiplication a character; the sum is mixed when the word ends.
                hash = (hash + c) * Base;
                at++;
            }
            else if (c == Nothing)
            {
                at++;
            }
            else if (c == Ask && Joins(text, at, out Rune rune, out int size))
            {
                hash = (hash + (uint)Rune.ToLowerInvariant(rune).Value) * Base;
                at += size;
            }
            else if (hash != 0)
            {
                hashes[count++] = Seed.Mix(hash);
                hash = 0;
            }
            else
            {
                at = c == End ? at + 1 : Single(text, at, c, ref hash);
                if (hash != 0)
                    hashes[count++] = Seed.Mix(hash);
                hash = 0;
            }
        }
        if (hash != 0 && count < hashes.Length)
            hashes[count++] = Seed.Mix(hash);
        _at = at;
        return count;
    }

    /// <summary>True for an astral character that goes on with a word, such as a letter of Deseret.</summary>
    private static bool Joins(ReadOnlySpan<char> text, int at, out Rune rune, out int size) =>
        Rune.DecodeFromUtf16(text[at..], out rune, out size) == OperationStatus.Done && size == 2
        && Counts(Rune.GetUnicodeCategory(rune)) && !TextView.IsUnspacedScript(rune);

    /// <summary>A character that is a word of its own, with its marks; the hash stays 0 for a symbol.</summary>
    private static int Single(ReadOnlySpan<char> text, int at, char kind, ref ulong hash)
    {
        int size = 1;
        if (kind == Lone)
            hash = text[at] * Base;
        else if (Rune.DecodeFromUtf16(text[at..], out Rune rune, out size) == OperationStatus.Done && TextView.IsUnspacedScript(rune))
            hash = (uint)rune.Value * Base;
        for (at += size; hash != 0 && at < text.Length && Folded[text[at]] > Ask && IsMark(char.GetUnicodeCategory(text[at])); at++)
            hash = (hash + text[at]) * Base;
        return at;
    }

    private static char[] BuildFolded()
    {
        var folded = new char[0x10000];
        for (int c = 0; c < folded.Length; c++)
        {
            folded[c] = char.IsSurrogate((char)c) ? Ask
                : TextView.IsUnspacedScript(new Rune(c)) ? Lone
                : c is '\'' or '\u2019' ? Nothing
                : Counts(char.GetUnicodeCategory((char)c)) ? char.ToLowerInvariant((char)c)
                : End;
        }
        return folded;
    }

    /// <summary>True for letters, marks and numbers.</summary>
    internal static bool Counts(UnicodeCategory category) => category is <= UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber || IsMark(category);

    private static bool IsMark(UnicodeCategory category) =>
        category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
