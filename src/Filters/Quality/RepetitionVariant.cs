using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Whose reading of Gopher's repetition rules counts; all but the first measure against the length of the words alone.</summary>
public enum RepetitionVariant
{
    /// <summary>datatrove's, which FineWeb used: copies after the first, against the length of the text.</summary>
    Datatrove,

    /// <summary>dolma's gopher_v1 (Soldaini et al. 2024, arXiv 2402.00159): lines (empty ones too) with all their copies and no paragraphs; the first seen of the most frequent n-grams,
    /// also one that occurs once; repeated n-grams as a share of the length of all n-grams, where words count as often as n-grams hold them.</summary>
    Dolma,

    /// <summary>DCLM's (Li et al. 2024, arXiv 2406.11794): filled lines and paragraphs with all their copies, one alone passes; words of UAX 29 that begin with a letter or digit; the
    /// longest of the most frequent n-grams, none that occurs once; words in any repeated n-gram, each once. Lines and paragraphs are asked in turn: counts first.</summary>
    Dclm,

    /// <summary>RedPajama v2's (Weber et al. 2024, arXiv 2411.12372): n-grams alone, over words in lower case without ASCII punctuation; the first seen of the most frequent n-grams,
    /// none that occurs once; words in any repeated n-gram, each once.</summary>
    RedPajama,

    /// <summary>NeMo Curator's English configuration: the share of filled lines and of paragraphs that is left without later copies, by number (0.7) and characters (0.8), here as
    /// the share that goes; no n-grams.</summary>
    Curator,
}

/// <summary>The repetition rules of the projects that do not count as datatrove does.</summary>
internal readonly struct RepetitionRules(RepetitionVariant variant, Limits limits)
{
    private const string Lines = "gopher_duplicate_lines", LineChars = "gopher_duplicate_line_chars";
    private const string Paragraphs = "gopher_duplicate_paragraphs", ParagraphChars = "gopher_duplicate_paragraph_chars";

    public void Check(TextView view, ref RuleLog log)
    {
        if (PiecesBreakALimit(view, ref log) || variant == RepetitionVariant.Curator)
            return;
        (string text, Slice[] words) = Words(view);
        using var runs = new WordRuns(text, words);
        CheckRuns(runs, ref log);
    }

    private bool PiecesBreakALimit(TextView view, ref RuleLog log)
    {
        RepeatedPieces found;
        switch (variant)
        {
            case RepetitionVariant.Dolma:
                found = RepeatedPieces.In(view, view.Lines, view.LineHashes);
                return log.Above(Lines, RuleLog.Share(found.Copies, found.Pieces), limits.DuplicateLines)
                    || log.Above(LineChars, found.CopyChars / Math.Max(1.0, view.CountsBy(WordRule.Whitespace).CodePoints), limits.DuplicateLineChars);
            case RepetitionVariant.Dclm:
                RepeatedPieces lines = RepeatedPieces.Between(view, 1, strip: true, blank: false), paragraphs = RepeatedPieces.Between(view, 2, strip: true, blank: false);
                return log.Above(Lines, Share(lines.Copies, lines.Pieces), limits.DuplicateLines)
                    || log.Above(Paragraphs, Share(paragraphs.Copies, paragraphs.Pieces), limits.DuplicateParagraphs)
                    || log.Above(LineChars, Share(lines.CopyChars, lines.Chars), limits.DuplicateLineChars)
                    || log.Above(ParagraphChars, Share(paragraphs.CopyChars, paragraphs.Chars), limits.DuplicateParagraphChars);
            case RepetitionVariant.Curator:
                found = RepeatedPieces.Between(view, 1, strip: false, blank: false);
                if (log.Above(Lines, RuleLog.Share(found.Later, found.Pieces), limits.DuplicateLines)
                    || log.Above(LineChars, RuleLog.Share(found.LaterChars, found.Chars), limits.DuplicateLineChars))
                    return true;
                found = RepeatedPieces.Between(view, 2, strip: false, blank: true);
                return log.Above(Paragraphs, RuleLog.Share(found.Later, found.Pieces), limits.DuplicateParagraphs)
                    || log.Above(ParagraphChars, RuleLog.Share(found.LaterChars, found.Chars), limits.DuplicateParagraphChars);
            default:
                return false;
        }

        // A text without a filled line is nothing to keep: DCLM drops it here.
        static double Share(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
    }

    private void CheckRuns(WordRuns runs, ref RuleLog log)
    {
        int last = Math.Max(limits.TopNGrams.Count + 1, limits.DuplicateNGrams.Count + 4);
        for (int n = 2; n <= last; n++)
        {
            runs.Next();
            if (n - 2 < limits.TopNGrams.Count)
            {
                long top = runs.TopChars(oncesCount: variant == RepetitionVariant.Dolma, longest: variant == RepetitionVariant.Dclm);
                if (log.Above(GopherRepetition.TopReasons[n], top / Math.Max(1.0, runs.Chars), limits.TopNGrams[n - 2]))
                    return;
            }
            if (n < 5 || n - 5 >= limits.DuplicateNGrams.Count)
                continue;
            double share = variant == RepetitionVariant.Dolma ? runs.RepeatedMass() : runs.CoveredChars() / Math.Max(1.0, runs.Chars);
            if (log.Above(GopherRepetition.DuplicateReasons[n], share, limits.DuplicateNGrams[n - 5]))
                return;
        }
    }

    private (string Text, Slice[] Words) Words(TextView view)
    {
        switch (variant)
        {
            case RepetitionVariant.Dclm:
                return (view.Text, [.. view.ScriptWords.ToArray().Where(word => Alphanumeric.At(view.Text, word.Start))]);
            case RepetitionVariant.RedPajama:
                var plain = new TextView(WithoutPunctuation(view.Text.ToLowerInvariant()));
                return (plain.Text, plain.Words.ToArray());
            default:
                return (view.Text, view.Words.ToArray());
        }
    }

    private static string WithoutPunctuation(string text)
    {
        var left = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!char.IsAscii(c) || !(char.IsPunctuation(c) || char.IsSymbol(c)))
                left.Append(c);
        }
        return left.ToString();
    }
}
