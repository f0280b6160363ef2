using System.Buffers;
using System.Numerics;
using System.Text;

namespace DataPipeline.Core;

// Lines and paragraphs, read off the bits of the blocks, and sentences, whose ends are few and found by a vectorised search.
public sealed partial class TextView
{
    private static readonly SearchValues<char> AsciiEnds = SearchValues.Create(".!?");

    // Sentence ends of other scripts, which need no white space behind them: CJK, Devanagari, Arabic, Urdu, Armenian, Ethiopic, Burmese, Khmer.
    private const string OtherEnds = "。！？｡।॥؟۔։።၊။។";
    private static readonly SearchValues<char> AllEnds = SearchValues.Create(".!?" + OtherEnds);
    private static readonly SearchValues<char> OtherEndsSet = SearchValues.Create(OtherEnds);
    private static readonly SearchValues<char> AsciiClosers = SearchValues.Create("\"')]");
    private static readonly SearchValues<char> AllClosers = SearchValues.Create("\"')]”’»」』）】》〉］");

    private ulong[]? _sentenceEnds, _scriptSentenceEnds;

    /// <summary>Number of sentences in one line of the text without the white space at its ends; the marks of the whole text are found once.</summary>
    public int CountSentences(WordRule rule, Slice line)
    {
        ulong[] ends = rule == WordRule.Whitespace
            ? _sentenceEnds ??= SentenceMasks.Of(Text, Blocks, rule)
            : _scriptSentenceEnds ??= SentenceMasks.Of(Text, Blocks, rule);
        // The end of the line ends a sentence whatever stands there.
        return line.Length == 0 ? 0 : 1 + (line.Length == 1 ? 0 : CountBits(ends, line.Start + 1, line.End));
    }

    /// <summary>Number of sentences in a piece of text; white space alone is none.</summary>
    public static int CountSentences(ReadOnlySpan<char> text, WordRule rule)
    {
        // In ASCII the rules agree, and the search for three marks is the faster one.
        if (rule == WordRule.Script && Ascii.IsValid(text))
            rule = WordRule.Whitespace;
        int count = 0;
        for (int start = 0; start < text.Length; count++)
        {
            int end = SentenceEnd(text, start, rule);
            if (end == text.Length && IsBlank(text[start..]))
                break;
            start = end;
        }
        return count;
    }

    internal static Slice[] SplitSentences(ReadOnlySpan<char> text, WordRule rule)
    {
        var sentences = new List<Slice>();
        for (int start = 0; start < text.Length;)
        {
            int end = SentenceEnd(text, start, rule);
            if (end < text.Length || !IsBlank(text[start..]))
                sentences.Add(new Slice(start, end - start));
            start = end;
        }
        return [.. sentences];
    }

    private static Slice[] SplitAtNewlines(ReadOnlySpan<TextBlock> blocks, int length)
    {
        int count = 1, at = 0, start = 0;
        foreach (ref readonly TextBlock block in blocks)
            count += BitOperations.PopCount(block.Newlines);
        var lines = new Slice[count];
        count = 0;
        foreach (ref readonly TextBlock block in blocks)
        {
            for (ulong bits = block.Newlines; bits != 0; bits &= bits - 1)
            {
                int end = at + BitOperations.TrailingZeroCount(bits);
                lines[count++] = new Slice(start, end - start);
                start = end + 1;
            }
            at += TextBlock.Size;
        }
        lines[count] = new Slice(start, length - start);
        return lines;
    }

    private static Slice[] SplitAtLineEnds(ReadOnlySpan<TextBlock> blocks, ReadOnlySpan<char> text)
    {
        int count = 1, at = 0, start = 0;
        foreach (ref readonly TextBlock block in blocks)
            count += BitOperations.PopCount(block.LineEnds);
        var lines = new Slice[count];
        count = 0;
        foreach (ref readonly TextBlock block in blocks)
        {
            for (ulong bits = block.LineEnds; bits != 0; bits &= bits - 1)
            {
                int end = at + BitOperations.TrailingZeroCount(bits);
                if (text[end] == '\n' && end > 0 && text[end - 1] == '\r')
                {
                    start = end + 1;
                    continue;
                }
                lines[count++] = new Slice(start, end - start);
                start = end + 1;
            }
            at += TextBlock.Size;
        }
        if (start < text.Length)
            lines[count++] = new Slice(start, text.Length - start);
        return count == lines.Length ? lines : lines[..count];
    }

    // Between runs of at least so many newlines inside a part of the text.
    private static Slice[] SplitAtNewlineRuns(ReadOnlySpan<TextBlock> blocks, Slice whole, int atLeast)
    {
        var pieces = new List<Slice>(16);
        int start = whole.Start, run = -1, runEnd = -1, at = 0;
        foreach (ref readonly TextBlock block in blocks)
        {
            for (ulong bits = block.Newlines; bits != 0; bits &= bits - 1)
            {
                int newline = at + BitOperations.TrailingZeroCount(bits);
                if (newline < whole.Start || newline >= whole.End)
                    continue;
                if (newline != runEnd)
                {
                    if (runEnd - run >= atLeast)
                        Close();
                    run = newline;
                }
                runEnd = newline + 1;
            }
            at += TextBlock.Size;
        }
        if (run >= 0 && runEnd - run >= atLeast)
            Close();
        pieces.Add(new Slice(start, whole.End - start));
        return [.. pieces];

        void Close()
        {
            pieces.Add(new Slice(start, run - start));
            start = runEnd;
        }
    }

    /// <summary>True for white space alone, and for nothing.</summary>
    public static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!IsSpace(c))
                return false;
        }
        return true;
    }

    internal static bool IsOtherEnd(char c) => OtherEndsSet.Contains(c);

    internal static bool IsCloser(char c) => AllClosers.Contains(c);

    // Bits from one unit to before another, at least one.
    private static int CountBits(ulong[] masks, int start, int end)
    {
        int first = start >> 6, last = (end - 1) >> 6, count = 0;
        for (int i = first; i <= last; i++)
        {
            ulong mask = masks[i];
            if (i == first)
                mask &= ulong.MaxValue << (start & 63);
            if (i == last)
                mask &= ulong.MaxValue >> (63 - ((end - 1) & 63));
            count += BitOperations.PopCount(mask);
        }
        return count;
    }

    private static int SentenceEnd(ReadOnlySpan<char> text, int start, WordRule rule)
    {
        bool script = rule == WordRule.Script;
        SearchValues<char> ends = script ? AllEnds : AsciiEnds, closers = script ? AllClosers : AsciiClosers;
        for (int at = start; ;)
        {
            int found = text[at..].IndexOfAny(ends);
            if (found < 0)
                return text.Length;
            at += found;
            bool other = false;
            for (; at < text.Length && ends.Contains(text[at]); at++)
                other |= script && OtherEndsSet.Contains(text[at]);
            while (at < text.Length && closers.Contains(text[at]))
                at++;
            if (at == text.Length || other || IsSpace(text[at]))
                return at;
        }
    }
}
