using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops books and papers that a machine read badly: signs that no print has, words broken into letters (<c>t h e</c>), digits within words
/// (<c>w0rd</c>). Words are those between white space; Chinese and Japanese text is asked for its signs only.</summary>
/// <param name="maxOdd">Largest share of odd signs among the characters: U+FFFD, controls, private use, boxes and blocks, <c>| \ ^ ~ ¬ ¦ ¤ §</c> and the like.</param>
/// <param name="maxBroken">Largest share of words that stand in runs of three or more single letters.</param>
/// <param name="maxMixed">Largest share of words with a digit between two letters.</param>
[Stage("ocr_noise")]
public sealed class OcrNoise([Range(0.0, 1.0)] double maxOdd = 0.02, [Range(0.0, 1.0)] double maxBroken = 0.02, [Range(0.0, 1.0)] double maxMixed = 0.01) : RuleFilter
{
    private const int ShortestRun = 3;

    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        if (log.Above("ocr_odd_characters", RuleLog.Share(CountOdd(view.Text, out int characters), characters), maxOdd))
            return;
        ReadOnlySpan<Slice> words = view.WordsBy(WordRule.Whitespace);
        int broken = 0, run = 0, mixed = 0;
        foreach (Slice slice in words)
        {
            ReadOnlySpan<char> word = view[slice];
            mixed += HasInnerDigit(word) ? 1 : 0;
            run = word.Length == 1 && IsLatin(word[0]) ? run + 1 : 0;
            // The first two of a run count when the third comes.
            broken += run == ShortestRun ? ShortestRun : run > ShortestRun ? 1 : 0;
        }
        if (!log.Above("ocr_broken_words", RuleLog.Share(broken, words.Length), maxBroken))
            log.Above("ocr_mixed_words", RuleLog.Share(mixed, words.Length), maxMixed);
    }

    private static int CountOdd(string text, out int characters)
    {
        int odd = 0;
        characters = 0;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
                continue;
            characters++;
            odd += IsOdd(c) ? 1 : 0;
        }
        return odd;
    }

    private static bool IsOdd(char c) => c switch
    {
        < '\u0080' => c is '|' or '\\' or '^' or '~' or '`' || char.IsControl(c),
        '\u00AC' or '\u00A6' or '\u00A4' or '\u00A7' or '\u00B6' or '\u00AF' or '\u00A8' or '\u00B8' => true,
        // Boxes, blocks, shapes.
        >= '\u2500' and <= '\u25FF' => true,
        '\uFFFD' => true,
        _ => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned,
    };

    private static bool HasInnerDigit(ReadOnlySpan<char> word)
    {
        for (int i = 1; i < word.Length - 1; i++)
        {
            if (char.IsAsciiDigit(word[i]) && IsLatin(word[i - 1]) && IsLatin(word[i + 1]))
                return true;
        }
        return false;
    }

    private static bool IsLatin(char c) => c < '\u0250' && char.IsLetter(c);
}
