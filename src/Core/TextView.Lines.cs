using System.Buffers;

namespace DataPipeline.Core;

// Lines, paragraphs and sentences; the searches are the vectorised ones of the library.
public sealed partial class TextView
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");
    private static readonly SearchValues<char> AsciiEnds = SearchValues.Create(".!?");

    // Sentence ends of other scripts, which need no white space behind them: CJK, Devanagari, Arabic, Urdu, Armenian, Ethiopic, Burmese, Khmer.
    private const string OtherEnds = "。！？｡।॥؟۔։።၊။។";
    private static readonly SearchValues<char> AllEnds = SearchValues.Create(".!?" + OtherEnds);
    private static readonly SearchValues<char> OtherEndsSet = SearchValues.Create(OtherEnds);
    private static readonly SearchValues<char> AsciiClosers = SearchValues.Create("\"')]");
    private static readonly SearchValues<char> AllClosers = SearchValues.Create("\"')]”’»」』）】》〉］");

    /// <summary>Number of sentences in a piece of text; white space alone is none.</summary>
    public static int CountSentences(ReadOnlySpan<char> text, WordRule rule)
    {
        int count = 0;
        for (int start = 0; start < text.Length; count++)
        {
            int end = SentenceEnd(text, start, rule);
            if (end == text.Length && text[start..].Trim(Spaces16).IsEmpty)
                break;
            start = end;
        }
        return count;
    }

    internal static Slice[] SplitSentences(ReadOnlySpan<char> text, WordRule rule)
    {
        var sentences = new SliceBuffer(16);
        for (int start = 0; start < text.Length;)
        {
            int end = SentenceEnd(text, start, rule);
            if (end < text.Length || !text[start..].Trim(Spaces16).IsEmpty)
                sentences.Add(new Slice(start, end - start));
            start = end;
        }
        return sentences.ToArray();
    }

    internal static Slice[] SplitAtNewlines(ReadOnlySpan<char> text)
    {
        var lines = new SliceBuffer(64);
        int start = 0;
        for (int at; (at = text[start..].IndexOf('\n')) >= 0; start += at + 1)
            lines.Add(new Slice(start, at));
        lines.Add(new Slice(start, text.Length - start));
        return lines.ToArray();
    }

    internal static Slice[] SplitAtLineEnds(ReadOnlySpan<char> text)
    {
        var lines = new SliceBuffer(64);
        int start = 0;
        for (int at; start < text.Length && (at = text[start..].IndexOfAny(LineEnds)) >= 0;)
        {
            lines.Add(new Slice(start, at));
            start += at + 1;
            if (text[start - 1] == '\r' && start < text.Length && text[start] == '\n')
                start++;
        }
        if (start < text.Length)
            lines.Add(new Slice(start, text.Length - start));
        return lines.ToArray();
    }

    internal static Slice[] SplitAtNewlineRuns(ReadOnlySpan<char> text, Slice whole, int atLeast)
    {
        var pieces = new SliceBuffer(64);
        int start = whole.Start, from = start;
        for (int at; (at = text[from..whole.End].IndexOf('\n')) >= 0;)
        {
            int run = from + at, end = run;
            while (end < whole.End && text[end] == '\n')
                end++;
            from = end;
            if (end - run < atLeast)
                continue;
            pieces.Add(new Slice(start, run - start));
            start = end;
        }
        pieces.Add(new Slice(start, whole.End - start));
        return pieces.ToArray();
    }

    private const string Spaces16 = "\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

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
