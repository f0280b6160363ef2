using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

// DatatroveText says what the form is. Nearly every character has one form of its own whatever stands around it, so a table of all of them, filled by
// DatatroveText itself, makes the text in one pass and notes where words begin; 64 ASCII letters, marks and spaces at a time where no digit stands among
// them. A piece of text with a character that depends on its
// neighbours (a capital sigma, a Hangul syllable, a mark that normalization may move) goes through DatatroveText.

/// <summary>A text as datatrove compares it, as UTF-8, with the places of its words.</summary>
internal ref struct DatatroveWords : IDisposable
{
    private const char Space = '\u0000', Digit = '\u0001', Nothing = '\u0002', Unknown = '\u0003';

    private const int PieceLength = 2048, Slack = 2 * AsciiBlock.Length;

    private static readonly char[] Forms = BuildForms();

    private byte[] _text;
    private int[] _starts;

    /// <summary>Simplifies a text.</summary>
    public DatatroveWords(string text)
    {
        _text = ArrayPool<byte>.Shared.Rent(text.Length * 3 + Slack);
        _starts = ArrayPool<int>.Shared.Rent(text.Length / 2 + 4);
        _starts[0] = 0;
        int length = 0, words = 1;
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = EndOfPiece(text, start);
            if (!TryAppend(text, start, end, ref length, ref words))
                AppendSimplified(DatatroveText.Simplify(text[start..end]), text.Length - end, ref length, ref words);
        }
        Count = words;
        if (length > 0 && _text[length - 1] == ' ')
            length--;
        // The end of the text stands behind the starts as if a word began one space further on.
        if (length == 0)
            Count = 0;
        else if (_starts[Count - 1] > length)
            Count--;
        _starts[Count] = length + 1;
    }

    /// <summary>Number of words.</summary>
    public int Count { get; private set; }

    /// <summary>Words with single spaces between them; 64 bytes of anything stand behind the last.</summary>
    public readonly ReadOnlySpan<byte> Text => _text;

    /// <summary>Where each word begins, and in the end where another would.</summary>
    public readonly ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count + 1);

    /// <summary>Gives back the memory.</summary>
    public readonly void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_text);
        ArrayPool<int>.Shared.Return(_starts);
    }

    /// <summary>Behind white space some way on: no form of a character depends on what stands beyond a space.</summary>
    private static int EndOfPiece(string text, int start)
    {
        if (text.Length - start <= PieceLength)
            return text.Length;
        int space = text.AsSpan(start + PieceLength).IndexOfAny(' ', '\n');
        return space < 0 ? text.Length : start + PieceLength + space + 1;
    }

    /// <summary>Appends the words of a piece, each with a space behind it; false, with nothing appended, for one that needs its neighbours.</summary>
    [SkipLocalsInit]
    private readonly bool TryAppend(string text, int i, int end, ref int allLength, ref int allWords)
    {
        byte[] output = _text;
        int[] starts = _starts;
        char[] forms = Forms;
        int length = allLength, words = allWords;
        Span<byte> spaced = stackalloc byte[2 * AsciiBlock.Length];
        while (i < end)
        {
            if (BeginsBlock(text, i, end))
            {
                int count = AsciiBlock.Letters(text.AsSpan(i), spaced, out ulong letters);
                Append(letters, count, spaced, output, starts, ref length, ref words);
                i += count;
                if (count == AsciiBlock.Length)
                    continue;
            }
            // At least what stopped the block, and on to where another may begin.
            do
            {
                char form = forms[text[i]];
                if (form > Unknown)
                {
                    if (form < 0x80)
                        output[length++] = (byte)form;
                    else if (form < 0x800)
                    {
                        output[length++] = (byte)(0xC0 | form >> 6);
                        output[length++] = (byte)(0x80 | form & 0x3F);
                    }
                    else
                    {
                        output[length++] = (byte)(0xE0 | form >> 12);
                        output[length++] = (byte)(0x80 | form >> 6 & 0x3F);
                        output[length++] = (byte)(0x80 | form & 0x3F);
                    }
                }
                else if (form == Space)
                {
                    EndWord(output, starts, ref length, ref words);
                }
                else if (form == Digit)
                {
                    output[length++] = (byte)'0';
                    i = DatatroveText.EndOfNumber(text, i) - 1;
                }
                else if (form == Unknown)
                {
                    return false;
                }
            }
            while (++i < end && (text[i] >= 0x80 || !BeginsBlock(text, i, end)));
        }
        (allLength, allWords) = (length, words);
        return true;
    }

    /// <summary>True where a block is worth while: no single space or letter among others.</summary>
    private static bool BeginsBlock(string text, int i, int end) =>
        i + AsciiBlock.Length <= end && !char.IsAsciiDigit(text[i]) && (text[i] | text[i + 1] | text[i + 2] | text[i + 3]) < 0x80;

    /// <summary>Appends a block: its letters, and of what stands between them the first space.</summary>
    private static void Append(ulong letters, int count, ReadOnlySpan<byte> spaced, byte[] output, int[] starts, ref int length, ref int words)
    {
        bool begun = length > starts[words - 1];
        ulong spaces = ~letters & (letters << 1 | (begun ? 1UL : 0)) & AsciiBlock.Below(count), kept = letters | spaces;
        ref int start = ref starts[words];
        words += BitOperations.PopCount(spaces);
        for (; spaces != 0; spaces &= spaces - 1, start = ref Unsafe.Add(ref start, 1))
            start = length + 1 + BitOperations.PopCount(kept & ((spaces & (0 - spaces)) - 1));
        for (int at = 0; kept != 0;)
        {
            (int from, int run) = AsciiBlock.NextRun(ref kept, at);
            // Always 64 bytes: what is too much is written over.
            ref byte source = ref Unsafe.AsRef(in spaced[from]), target = ref output[length];
            Vector256.LoadUnsafe(ref source).StoreUnsafe(ref target);
            Vector256.LoadUnsafe(ref source, 32).StoreUnsafe(ref target, 32);
            length += run;
            at = from + run;
        }
    }

    /// <summary>A space behind the word, if one was begun.</summary>
    private static void EndWord(byte[] output, int[] starts, ref int length, ref int words)
    {
        if (length == starts[words - 1])
            return;
        output[length++] = (byte)' ';
        starts[words++] = length;
    }

    /// <summary>Appends a piece that was simplified; it may be longer than its text was.</summary>
    /// <param name="simple">The piece.</param>
    /// <param name="left">Characters of the text behind it.</param>
    private void AppendSimplified(string simple, int left, ref int length, ref int words)
    {
        Grow(ref _text, length + (simple.Length + left) * 3 + Slack);
        Grow(ref _starts, words + (simple.Length + left) / 2 + 4);
        int from = length;
        length += Encoding.UTF8.GetBytes(simple, _text.AsSpan(length));
        for (int i = from; i < length; i++)
        {
            if (_text[i] == ' ')
                _starts[words++] = i + 1;
        }
        // The piece ends behind white space, or the text ends here.
        EndWord(_text, _starts, ref length, ref words);
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length >= length)
            return;
        T[] larger = ArrayPool<T>.Shared.Rent(length);
        array.CopyTo(larger, 0);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    private static char[] BuildForms()
    {
        var forms = new char[0x10000];
        for (int c = 0; c < forms.Length; c++)
        {
            UnicodeCategory category = char.GetUnicodeCategory((char)c);
            if (char.IsSurrogate((char)c) || c == '\u03A3' || category is UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
            {
                forms[c] = Unknown;
                continue;
            }
            // Between two letters, so that a space shows.
            string form = DatatroveText.Simplify($"x{(char)c}x");
            forms[c] = category == UnicodeCategory.DecimalDigitNumber ? Digit
                : form == "x x" ? Space
                : form == "xx" ? Nothing
                : form.Length == 3 && form[1] > Unknown ? form[1]
                : Unknown;
        }
        return forms;
    }
}
