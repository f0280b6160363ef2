using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Gopher's repetition rules (Rae et al. 2021, arXiv 2112.11446, table A1) as datatrove counts them: repeated paragraphs, lines and n-grams
/// against the length of the text; the first broken rule names the reason.</summary>
[Stage("gopher_repetition")]
public sealed class GopherRepetition : LimitedFilter
{
    private static readonly string[] TopReasons = [.. Enumerable.Range(0, 100).Select(n => $"gopher_top_{n}_gram")];
    private static readonly string[] DuplicateReasons = [.. Enumerable.Range(0, 100).Select(n => $"gopher_duplicate_{n}_grams")];

    private readonly WordRule _words;

    /// <summary>Makes the filter. Every limit is a share, 0 to 1; 1 turns its rule off for paragraphs and lines.</summary>
    /// <param name="maxDuplicateParagraphs">Largest share of paragraphs that repeat an earlier one; left out: 0.3 (zh and ja off).</param>
    /// <param name="maxDuplicateParagraphChars">Largest share of characters in them; left out: 0.2 (zh and ja off).</param>
    /// <param name="maxDuplicateLines">Largest share of lines that repeat an earlier one; left out: 0.3 (zh 0.287, ja 0.328).</param>
    /// <param name="maxDuplicateLineChars">Largest share of characters in them; left out: 0.2 (zh and ja off).</param>
    /// <param name="maxTopNGrams">Largest share of characters in the most frequent n-gram of 2, 3, 4, ... words; left out: 0.20, 0.18, 0.16
    /// (zh 0.256, 0.201, 0.171; ja 0.239, 0.196, 0.172).</param>
    /// <param name="maxDuplicateNGrams">Largest share of characters in repeated n-grams of 5, 6, ... words; left out: 0.15, 0.14, 0.13, 0.12, 0.11, 0.10
    /// (zh 0.198, 0.182, 0.167, 0.154, 0.140, 0.127; ja 0.243, 0.225, 0.207, 0.190, 0.175, 0.159).</param>
    /// <param name="words">How words are found: <c>script</c> also counts in languages without spaces, <c>whitespace</c> is Python's split.</param>
    /// <param name="thresholds">Whose limits fill what is left out: <c>auto</c> goes by the metadata <c>language</c>.</param>
    public GopherRepetition(
        [Range(0.0, 1.0)] double? maxDuplicateParagraphs = null, [Range(0.0, 1.0)] double? maxDuplicateParagraphChars = null,
        [Range(0.0, 1.0)] double? maxDuplicateLines = null, [Range(0.0, 1.0)] double? maxDuplicateLineChars = null,
        [MaxLength(90)] IReadOnlyList<double>? maxTopNGrams = null, [MaxLength(90)] IReadOnlyList<double>? maxDuplicateNGrams = null,
        WordRule words = WordRule.Script, Thresholds thresholds = Thresholds.Auto)
        : base(thresholds, preset => preset with
        {
            DuplicateParagraphs = maxDuplicateParagraphs ?? preset.DuplicateParagraphs,
            DuplicateParagraphChars = maxDuplicateParagraphChars ?? preset.DuplicateParagraphChars,
            DuplicateLines = maxDuplicateLines ?? preset.DuplicateLines,
            DuplicateLineChars = maxDuplicateLineChars ?? preset.DuplicateLineChars,
            TopNGrams = maxTopNGrams ?? preset.TopNGrams,
            DuplicateNGrams = maxDuplicateNGrams ?? preset.DuplicateNGrams,
        })
    {
        _words = words;
    }

    private protected override void Check(TextView view, Limits limits, ref RuleLog log)
    {
        double length = view.CodePoints;
        // One piece repeats nothing and is not hashed.
        (int repeated, long chars) = view.Paragraphs.Length > 1 ? Repeated(view, view.Paragraphs, view.ParagraphHashes) : default;
        if (log.Above("gopher_duplicate_paragraphs", (double)repeated / view.Paragraphs.Length, limits.DuplicateParagraphs)
            || log.Above("gopher_duplicate_paragraph_chars", RuleLog.Share(chars, length), limits.DuplicateParagraphChars))
            return;
        (repeated, chars) = view.LineRuns.Length > 1 ? Repeated(view, view.LineRuns, view.LineRunHashes) : default;
        if (log.Above("gopher_duplicate_lines", (double)repeated / view.LineRuns.Length, limits.DuplicateLines)
            || log.Above("gopher_duplicate_line_chars", RuleLog.Share(chars, length), limits.DuplicateLineChars))
            return;
        var grams = new NGrams(view, _words);
        CheckNGrams(ref grams, length, limits, ref log);
        grams.Dispose();
    }

    private static void CheckNGrams(ref NGrams grams, double length, Limits limits, ref RuleLog log)
    {
        for (int i = 0; i < limits.TopNGrams.Count; i++)
        {
            int n = i + 2;
            if (!log.IsExplaining && grams.TopStaysWithin(n, limits.TopNGrams[i], length))
                continue;
            if (log.Above(TopReasons[n], RuleLog.Share(grams.TopChars(n), length), limits.TopNGrams[i]))
                return;
        }
        for (int i = 0; i < limits.DuplicateNGrams.Count; i++)
        {
            int n = i + 5;
            if (!log.IsExplaining && grams.DuplicatesStayWithin(n, limits.DuplicateNGrams[i], length))
                continue;
            if (log.Above(DuplicateReasons[n], RuleLog.Share(grams.DuplicateChars(n), length), limits.DuplicateNGrams[i]))
                return;
        }
    }

    private static (int Count, long Chars) Repeated(TextView view, ReadOnlySpan<Slice> pieces, ReadOnlySpan<ulong> hashes)
    {
        RepeatTable seen = RepeatTable.Rent(pieces.Length);
        var same = new SamePieces(view.Text, pieces);
        int repeated = 0;
        long chars = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            seen.Count(hashes[i], i, same, out int count);
            if (count == 1)
                continue;
            repeated++;
            chars += view.CodePointsIn(pieces[i]);
        }
        return (repeated, chars);
    }
}
