using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace DataPipeline.Core;

// Finds, folds and hashes words in one pass over the characters: 64 at a time where all are ASCII, else by a table that gives each UTF-16 unit its
// lower-case form or says that the word ends.
// TextView.ScriptWords finds nearly the same words, but who compares texts without case and punctuation (MinHash, decontamination) needs hashes and
// seldom slices: through them the signature took about twice the time. What a script without spaces is, TextView alone says.

/// <summary>Hashes of the words of a text without case and punctuation: <c>Don't</c>, <c>don’t</c> and <c>DONT</c> are one word, <c>e-mail</c> is two,
/// and every character of a script without spaces (Han, kana, Thai, ...) is one with its marks.</summary>
public ref struct WordScanner(ReadOnlySpan<char> text)
{
    private const ulong Base = 0xD6E8FEB86659FD93, Second = 0x8EBC6AF09C88C6E3;
    private const int LongestAscii = 63, Pair = 2 * sizeof(ulong);
    private const char End = '\0', Nothing = '\u0001', Lone = '\u0002', Ask = '\u0003';

    /// <summary>Lower-case form of each unit; <see cref="End"/> where a word ends, <see cref="Nothing"/> for an apostrophe, <see cref="Lone"/> for a
    /// character of a script without spaces, <see cref="Ask"/> for a surrogate.</summary>
    private static readonly char[] Folded = BuildFolded();

    /// <summary>All bits of sixteen bytes, then none.</summary>
    private static readonly byte[] FirstBytes = [.. Enumerable.Repeat(byte.MaxValue, Pair), .. new byte[Pair]];

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    /// <summary>Takes the next words.</summary>
    /// <param name="hashes">Filled but at the end of the text.</param>
    /// <param name="alone">As long as <paramref name="hashes"/>, or empty: becomes 1 for each word that is one character of a script without spaces, else stays.</param>
    /// <returns>Number of words.</returns>
    public int Read(scoped Span<ulong> hashes, scoped Span<byte> alone = default)
    {
        ReadOnlySpan<char> text = _text;
        int count = 0, at = _at;
        Span<byte> lower = stackalloc byte[AsciiBlock.Length + Pair];
        while (at < text.Length && count < hashes.Length)
        {
            // A curly quote or dash ends a block: behind it another begins.
            if (text[at] >= 0x80 && Folded[text[at]] == End)
            {
                at++;
                continue;
            }
            int read = 0;
            if (at + AsciiBlock.Length <= text.Length && hashes.Length - count >= AsciiBlock.Length / 2 && text[at] < 0x80)
                read = ReadBlock(AsciiBlock.Words(text[at..], lower, out ulong words), words, lower, hashes, ref count);
            else
                read = ReadSingles(text[at..], hashes, alone, ref count);
            at += read;
            if (read != 0)
                continue;
            int before = count;
            bool single = ReadWord(text, ref at, hashes, ref count, out _);
            if (single && count > before && !alone.IsEmpty)
                alone[before] = 1;
        }
        _at = at;
        return count;
    }

    /// <summary>Takes the next word; false at the end of the text.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="word">Where it stands.</param>
    /// <param name="alone">True for one character of a script without spaces.</param>
    public bool Read(out ulong hash, out Slice word, out bool alone)
    {
        Span<ulong> one = stackalloc ulong[1];
        int count = 0, start = _at;
        alone = false;
        while (count == 0 && _at < _text.Length)
            alone = ReadWord(_text, ref _at, one, ref count, out start);
        (hash, word) = (one[0], new Slice(start, _at - start));
        return count > 0;
    }

    /// <summary>Characters of scripts without spaces, as far as no mark may stand behind them.</summary>
    private static int ReadSingles(ReadOnlySpan<char> text, Span<ulong> hashes, Span<byte> alone, ref int count)
    {
        char[] folded = Folded;
        int at = 0;
        for (; at + 1 < text.Length && count < hashes.Length && folded[text[at]] == Lone && folded[text[at + 1]] <= Lone; at++)
        {
            if (!alone.IsEmpty)
                alone[count] = 1;
            hashes[count++] = Seed.Mix(text[at] * Base);
        }
        return at;
    }

    /// <summary>The words that end before a place in a block; gives the characters passed, 0 where a word goes on there.</summary>
    private static int ReadBlock(int end, ulong words, ReadOnlySpan<byte> lower, Span<ulong> hashes, ref int count)
    {
        ulong starts = words & ~(words << 1), ends = ~words & (words << 1) & AsciiBlock.Below(end);
        for (; ends != 0; starts &= starts - 1, ends &= ends - 1)
        {
            int start = BitOperations.TrailingZeroCount(starts);
            hashes[count++] = OfAscii(lower[start..], BitOperations.TrailingZeroCount(ends) - start);
        }
        return starts != 0 ? BitOperations.TrailingZeroCount(starts) : end;
    }

    /// <summary>Passes over what is no word, then takes a word, character by character; true for one of a script without spaces.</summary>
    private static bool ReadWord(ReadOnlySpan<char> text, ref int at, Span<ulong> hashes, ref int count, out int start)
    {
        char[] folded = Folded;
        while (at < text.Length && folded[text[at]] is End or Nothing)
            at++;
        start = at;
        if (at == text.Length)
            return false;
        char first = folded[text[at]];
        ulong hash = 0;
        if (first == Lone || first == Ask && !Joins(text, at, out _, out _))
        {
            at = Single(text, at, first, ref hash);
            if (hash != 0)
                hashes[count++] = Seed.Mix(hash);
            return true;
        }
        Span<byte> ascii = stackalloc byte[LongestAscii + Pair];
        int length = 0;
        for (uint all = 0; ; at++)
        {
            char c = at < text.Length ? folded[text[at]] : End;
            if (c == Nothing)
                continue;
            uint value = c;
            if (c == Ask && Joins(text, at, out Rune rune, out int size))
            {
                value = (uint)Rune.ToLowerInvariant(rune).Value;
                at += size - 1;
            }
            else if (c <= Ask)
            {
                hashes[count++] = all < 0x80 && length <= LongestAscii ? OfAscii(ascii, length) : Seed.Mix(hash);
                return false;
            }
            if (length < LongestAscii)
                ascii[length] = (byte)value;
            length++;
            all |= value;
            hash = (hash + value) * Base;
        }
    }

    /// <summary>Hash of an ASCII word, sixteen letters at a time, by products of 128 bits whose halves are folded; sixteen bytes of anything stand behind the word.</summary>
    private static ulong OfAscii(ReadOnlySpan<byte> word, int length)
    {
        ref byte at = ref MemoryMarshal.GetReference(word);
        ulong hash = Base;
        for (; length > Pair; length -= Pair, at = ref Unsafe.Add(ref at, Pair))
            hash = Fold(hash ^ Unsafe.ReadUnaligned<ulong>(ref at), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, sizeof(ulong))) ^ Second);
        Vector128<ulong> last = (Vector128.LoadUnsafe(ref at) & Vector128.LoadUnsafe(in FirstBytes[Pair - length])).AsUInt64();
        return Fold(hash ^ last[0], last[1] ^ Second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
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
    public static bool Counts(UnicodeCategory category) => category is <= UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber || IsMark(category);

    private static bool IsMark(UnicodeCategory category) =>
        category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
