using System.Runtime.CompilerServices;
using static DataPipeline.Tokens.PreTokenize.CodePointClasses;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>A split pattern as a hand-written scanner over UTF-8: what the pattern's regular expression matches at a place.</summary>
/// <remarks>Struct type arguments make the encoder's loop a copy of its own for each pattern, with the scanner inlined.</remarks>
internal unsafe interface IScanner
{
    /// <summary>End of the piece that begins at <paramref name="p"/>; <paramref name="p"/> is before <paramref name="end"/>, the end of the text.</summary>
    static abstract byte* Next(byte* p, byte* end);
}

/// <summary>GPT-2, r50k, p50k: <see cref="SplitPattern.Gpt2Text"/>.</summary>
internal readonly unsafe struct Gpt2Scanner : IScanner
{
    public static byte* Next(byte* p, byte* end)
    {
        if (*p == '\'')
        {
            int contraction = Rules.Contraction(p, end, ignoreCase: false);
            if (contraction > 0)
                return p + contraction;
        }
        byte* q = *p == ' ' ? p + 1 : p;
        byte* word = AsciiRun.Letters(q, end);
        if (word != null)
            return word;
        if (q < end)
        {
            byte bits = At(q, end, out int length);
            if ((bits & Letter) != 0)
                return SkipAny(q + length, end, Letter);
            if ((bits & Number) != 0)
                return SkipAny(q + length, end, Number);
            if ((bits & Space) == 0)
                return SkipNone(q + length, end, LetterNumberSpace);
        }
        return Rules.Spaces(p, end, splitAtNewLine: false);
    }
}

/// <summary>cl100k and Llama 3: <see cref="SplitPattern.Cl100kText"/>.</summary>
internal readonly unsafe struct Cl100kScanner : IScanner
{
    public static byte* Next(byte* p, byte* end) => Rules.Cl100k(p, end, maxDigits: 3);
}

/// <summary>Qwen 2 and 2.5, which is cl100k with single digits: <see cref="SplitPattern.QwenText"/>.</summary>
internal readonly unsafe struct QwenScanner : IScanner
{
    public static byte* Next(byte* p, byte* end) => Rules.Cl100k(p, end, maxDigits: 1);
}

/// <summary>o200k: <see cref="SplitPattern.O200kText"/>.</summary>
internal readonly unsafe struct O200kScanner : IScanner
{
    public static byte* Next(byte* p, byte* end)
    {
        if (AsciiRun.Fits(p, end))
        {
            byte* ascii = AsciiRun.CasedWord(p, end);
            if (ascii != null)
                return *ascii == '\'' ? ascii + Rules.Contraction(ascii, end, ignoreCase: true) : ascii;
        }
        byte bits = At(p, end, out int length);
        if ((bits & (Letter | Upper)) != 0 || ((bits & (NewLine | Number)) == 0 && p + length < end))
        {
            byte* word = Word(p, end, bits, length);
            if (word != null)
                return word;
        }
        if ((bits & Number) != 0)
            return Rules.Digits(p, end, 3);
        byte* others = Rules.Others(p, end, bits, length);
        if (others != null)
        {
            while (others < end && *others is (byte)'\r' or (byte)'\n' or (byte)'/')
                others++;
            return others;
        }
        return Rules.Spaces(p, end, splitAtNewLine: true);
    }

    /// <summary>The pattern's first two alternatives, in the order a backtracking matcher tries them: with the leading character, then without.</summary>
    private static byte* Word(byte* p, byte* end, byte bits, int length)
    {
        bool canLead = (bits & (NewLine | Letter | Number)) == 0;
        byte* body = p + length;
        byte* match = canLead && body < end ? EndingLower(body, end) : null;
        if (match == null && (bits & (Upper | Lower)) != 0)
            match = EndingLower(p, end);
        if (match == null && canLead && body < end)
            match = StartingUpper(body, end);
        if (match == null && (bits & Upper) != 0)
            match = StartingUpper(p, end);
        return match == null ? null : match + Rules.Contraction(match, end, ignoreCase: true);
    }

    /// <summary>Upper* Lower+, where a class both share goes back from the first run to the second when nothing follows it.</summary>
    private static byte* EndingLower(byte* p, byte* end)
    {
        byte* upper = SkipAny(p, end, Upper);
        byte* lower = SkipAny(upper, end, Lower);
        if (lower > upper)
            return lower;
        for (byte* after = upper; after > p;)
        {
            byte* start = Rules.Previous(after);
            if ((At(start, end, out _) & Lower) != 0)
                return after;
            after = start;
        }
        return null;
    }

    /// <summary>Upper+ Lower*.</summary>
    private static byte* StartingUpper(byte* p, byte* end)
    {
        byte* upper = SkipAny(p, end, Upper);
        return upper == p ? null : SkipAny(upper, end, Lower);
    }
}

/// <summary>No splitting: the whole text is one piece.</summary>
internal readonly unsafe struct WholeScanner : IScanner
{
    public static byte* Next(byte* p, byte* end) => end;
}

/// <summary>The alternatives that several patterns share.</summary>
internal static unsafe class Rules
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Cl100k(byte* p, byte* end, int maxDigits)
    {
        if (*p == '\'')
        {
            int contraction = Contraction(p, end, ignoreCase: true);
            if (contraction > 0)
                return p + contraction;
        }
        byte* word = AsciiRun.Word(p, end);
        if (word != null)
            return word;
        byte bits = At(p, end, out int length);
        if ((bits & Letter) != 0)
            return SkipAny(p + length, end, Letter);
        if ((bits & Number) != 0)
            return Digits(p, end, maxDigits);
        if ((bits & NewLine) == 0 && p + length < end)
        {
            byte* body = p + length;
            if ((At(body, end, out int bodyLength) & Letter) != 0)
                return SkipAny(body + bodyLength, end, Letter);
        }
        byte* others = Others(p, end, bits, length);
        if (others != null)
        {
            while (others < end && *others is (byte)'\r' or (byte)'\n')
                others++;
            return others;
        }
        return Spaces(p, end, splitAtNewLine: true);
    }

    /// <summary>\p{N}{1,max}.</summary>
    public static byte* Digits(byte* p, byte* end, int max)
    {
        for (int count = 0; count < max && p < end; count++)
        {
            if ((At(p, end, out int length) & Number) == 0)
                break;
            p += length;
        }
        return p;
    }

    /// <summary> ?[^\s\p{L}\p{N}]+, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Others(byte* p, byte* end, byte bits, int length)
    {
        if (*p == ' ')
        {
            p++;
            if (p == end)
                return null;
            bits = At(p, end, out length);
        }
        return (bits & LetterNumberSpace) == 0 ? SkipNone(p + length, end, LetterNumberSpace) : null;
    }

    /// <summary>[\s*[\r\n]+|]\s+(?!\S)|\s+: white space up to the last new line in it; else all but the last one if something follows.</summary>
    public static byte* Spaces(byte* p, byte* end, bool splitAtNewLine)
    {
        byte* after = SkipAny(p, end, Space);
        if (splitAtNewLine)
        {
            for (byte* q = after; q > p; q--)
            {
                if (q[-1] is (byte)'\r' or (byte)'\n')
                    return q;
            }
        }
        if (after == end)
            return after;
        byte* last = Previous(after);
        return last == p ? after : last;
    }

    /// <summary>Length of 's 't 're 've 'm 'll 'd at <paramref name="p"/>, else 0. Ignoring case, U+017F is an s too.</summary>
    public static int Contraction(byte* p, byte* end, bool ignoreCase)
    {
        long left = end - p;
        if (left < 2 || *p != '\'')
            return 0;
        int fold = ignoreCase ? 0x20 : 0;
        int first = p[1] | fold, second = left >= 3 ? p[2] | fold : 0;
        return first switch
        {
            's' or 't' or 'm' or 'd' => 2,
            'r' or 'v' when second == 'e' => 3,
            'l' when second == 'l' => 3,
            _ when ignoreCase && left >= 3 && p[1] == 0xC5 && p[2] == 0xBF => 3,
            _ => 0,
        };
    }

    /// <summary>Start of the well-formed character that ends before <paramref name="p"/>.</summary>
    public static byte* Previous(byte* p)
    {
        do
        {
            p--;
        }
        while ((*p & 0xC0) == 0x80);
        return p;
    }
}
