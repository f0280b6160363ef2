using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops files that carry encoded data, as The Stack v2 does (Lozhkov et al. 2024, arXiv 2402.19173): runs of base64 (64 characters), of bytes in hexadecimal with <c>0x</c>, <c>\x</c>, commas or spaces
/// between them (8 bytes), and of <c>\u</c> escapes (8 of them).</summary>
/// <param name="maxRun">Longest run, in characters.</param>
/// <param name="maxShare">Largest share of the file in such runs.</param>
[Stage("code_encoded")]
public sealed class CodeEncoded([Range(1, int.MaxValue)] int maxRun = 1024, [Range(0.0, 1.0)] double maxShare = 0.5) : RuleFilter
{
    internal const int LeastBase64 = 64, LeastBytes = 8, LeastEscapes = 8, LeastByteCharacters = 3 * LeastBytes - 1;
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n");
    private static readonly SearchValues<char> Bytes = SearchValues.Create("\\0123456789abcdefABCDEFxX, \t\r\n");

    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        (int longest, long all) = Measure(view.Text);
        if (log.Above("code_encoded_run_too_long", longest, maxRun))
            return;
        log.Above("code_too_much_encoded", RuleLog.Share(all, view.CodePoints), maxShare);
    }

    /// <summary>The longest run and the length of all: what two kinds share counts for both.</summary>
    internal static (int Longest, long All) Measure(ReadOnlySpan<char> text)
    {
        int longest = 0;
        long all = 0;
        for (int at = 0; NextRun(text, at, Base64, LeastBase64) is { Length: > 0 } run; at = run.End)
            Add(run.Length);
        if (text.Contains('\\'))
        {
            for (int at = 0; text[at..].IndexOf("\\u") is >= 0 and var next;)
            {
                int start = at + next, end = start, count = 0;
                for (; end + 6 <= text.Length && text[end] == '\\' && text[end + 1] == 'u' && IsHex(text.Slice(end + 2, 4)); count++)
                    end += 6;
                Add(count >= LeastEscapes ? end - start : 0);
                at = Math.Max(end, start + 1);
            }
        }
        for (int at = 0; NextRun(text, at, Bytes, LeastByteCharacters) is { Length: > 0 } run; at = run.End)
            AddBytes(text, run);
        return (longest, all);

        void AddBytes(ReadOnlySpan<char> text, Slice run)
        {
            for (int start = run.Start; start < run.End;)
            {
                int end = start, last = start, count = 0;
                if (start == 0 || !char.IsAsciiLetterOrDigit(text[start - 1]))
                {
                    while (Byte(text[end..]) is > 0 and var size)
                    {
                        count++;
                        last = end + size;
                        for (end = last; end < text.Length && (text[end] is ',' or ' ' or '\t' or '\n' or '\r');)
                            end++;
                        if (end == last && !text[end..].StartsWith("\\x"))
                            break;
                    }
                    Add(count >= LeastBytes ? last - start : 0);
                }
                start = Math.Max(last, start + 1);
            }
        }

        void Add(int length)
        {
            longest = Math.Max(longest, length);
            all += length;
        }
    }

    /// <summary>The next longest run of at least so many characters of a set; empty where there is none.</summary>
    /// <remarks>A window as long as the shortest run is looked at from behind: a character that is not of the set lets it leap over all before it.</remarks>
    private static Slice NextRun(ReadOnlySpan<char> text, int at, SearchValues<char> set, int least)
    {
        while (at + least <= text.Length)
        {
            int other = text.Slice(at, least).LastIndexOfAnyExcept(set);
            if (other >= 0)
            {
                at += other + 1;
                continue;
            }
            int length = text[at..].IndexOfAnyExcept(set);
            return new Slice(at, length < 0 ? text.Length - at : length);
        }
        return default;
    }

    // Units of one byte with its prefix: 0xFF, \xFF or FF, not part of a longer number; 0 where there is none.
    private static int Byte(ReadOnlySpan<char> text)
    {
        int prefix = text.StartsWith("0x") || text.StartsWith("0X") || text.StartsWith("\\x") ? 2 : 0;
        int end = prefix + 2;
        bool whole = text.Length >= end && IsHex(text[prefix..end]) && (text.Length == end || prefix == 2 && text[0] == '\\' || !char.IsAsciiLetterOrDigit(text[end]));
        return whole ? end : 0;
    }

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c))
                return false;
        }
        return true;
    }
}
