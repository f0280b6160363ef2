using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>The rules that NeMo Curator's English configuration (https://github.com/NVIDIA/NeMo-Curator) has beside Gopher's: what the characters are, boilerplate, lines without an end mark.</summary>
/// <param name="maxNonAlphanumeric">Largest share of characters other than letters and numbers.</param>
/// <param name="maxDigits">Largest share of decimal digits.</param>
/// <param name="maxUrls">Largest share of characters in <c>http://</c> and <c>https://</c> addresses.</param>
/// <param name="maxWhitespace">Largest share of spaces and tabs.</param>
/// <param name="maxBrackets">Largest share of brackets of all kinds.</param>
/// <param name="maxBoilerplate">Largest share of paragraphs about cookies, privacy policies and terms of use; a text with "lorem ipsum" has the share 1.</param>
/// <param name="maxUnmarkedLines">Largest share of filled lines that do not end in <c>. ? ! " '</c>.</param>
/// <param name="maxWordLength">Longest run without white space, in code points.</param>
[Stage("curator_heuristics")]
public sealed class CuratorHeuristics(
    [Range(0.0, 1.0)] double maxNonAlphanumeric = 0.25, [Range(0.0, 1.0)] double maxDigits = 0.15, [Range(0.0, 1.0)] double maxUrls = 0.2, [Range(0.0, 1.0)] double maxWhitespace = 0.25,
    [Range(0.0, 1.0)] double maxBrackets = 0.1, [Range(0.0, 1.0)] double maxBoilerplate = 0.4, [Range(0.0, 1.0)] double maxUnmarkedLines = 0.85, [Range(1, int.MaxValue)] int maxWordLength = 1000)
    : RuleFilter
{
    private const string LoremIpsum = "lorem ipsum";
    private static readonly SearchValues<char> Brackets = SearchValues.Create("()[]{}⟨⟩");
    private static readonly SearchValues<string> Policies = SearchValues.Create(
        ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"], StringComparison.OrdinalIgnoreCase);

    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        double length = view.CodePoints;
        ReadOnlySpan<char> text = view.Text;
        if (log.Above("curator_too_much_non_alphanumeric", length == 0 ? 1 : (length - Alphanumeric.Count(text)) / length, maxNonAlphanumeric))
            return;
        int digits = 0, brackets = 0;
        foreach (char c in text)
        {
            digits += char.IsAsciiDigit(c) || (c >= 0x80 && char.IsDigit(c)) ? 1 : 0;
            brackets += Brackets.Contains(c) ? 1 : 0;
        }
        if (log.Above("curator_too_many_digits", RuleLog.Share(digits, length), maxDigits)
            || log.Above("curator_too_many_urls", RuleLog.Share(UrlCharacters(view), length), maxUrls)
            || log.Above("curator_too_much_whitespace", RuleLog.Share(text.Count(' ') + text.Count('\t'), length), maxWhitespace)
            || log.Above("curator_too_many_brackets", RuleLog.Share(brackets, length), maxBrackets)
            || log.Above("curator_boilerplate", Boilerplate(text), maxBoilerplate)
            || log.Above("curator_too_many_unmarked_lines", UnmarkedLines(view), maxUnmarkedLines))
            return;
        log.Above("curator_word_too_long", LongestWord(view), maxWordLength);
    }

    private static int UrlCharacters(TextView view)
    {
        ReadOnlySpan<char> text = view.Text;
        int characters = 0;
        for (int at = text.IndexOf("http"); at >= 0; at = text.IndexOf("http"))
        {
            text = text[at..];
            int end = 0;
            if (text.StartsWith("http://") || text.StartsWith("https://"))
            {
                while (end < text.Length && !TextView.IsSpace(text[end]))
                    end++;
                characters += TextView.CountCodePoints(text[..end]);
            }
            text = text[Math.Max(end, 4)..];
        }
        return characters;
    }

    private static double Boilerplate(ReadOnlySpan<char> text)
    {
        if (text.Contains(LoremIpsum, StringComparison.OrdinalIgnoreCase))
            return 1;
        if (!text.ContainsAny(Policies))
            return 0;
        int paragraphs = 0, policies = 0;
        for (bool last = false; !last; paragraphs++)
        {
            int end = text.IndexOf("\n\n");
            last = end < 0;
            policies += (last ? text : text[..end]).ContainsAny(Policies) ? 1 : 0;
            text = last ? default : text[(end + 2)..];
        }
        return (double)policies / paragraphs;
    }

    private static double UnmarkedLines(TextView view)
    {
        int filled = 0, unmarked = 0;
        foreach (Slice line in view.Lines)
        {
            ReadOnlySpan<char> text = view[TextView.Strip(view.Text, line)];
            filled += text.IsEmpty ? 0 : 1;
            unmarked += text.IsEmpty || text[^1] is '.' or '?' or '!' or '"' or '\'' ? 0 : 1;
        }
        return RuleLog.Share(unmarked, filled);
    }

    private static int LongestWord(TextView view)
    {
        int longest = 0;
        foreach (Slice word in view.EnumerateWords(WordRule.Whitespace))
            longest = word.Length > longest ? Math.Max(longest, view.CodePointsIn(word)) : longest;
        return longest;
    }
}
