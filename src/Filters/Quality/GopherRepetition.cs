using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Gopher's repetition rules (Rae et al. 2021, arXiv 2112.11446, table A1) as datatrove or another project counts them: repeated paragraphs, lines and n-grams
/// against the length of the text; the first broken rule names the reason.</summary>
[Stage("gopher_repetition")]
public sealed class GopherRepetition : LimitedFilter
{
    internal static readonly string[] TopReasons = [.. Enumerable.Range(0, 100).Select(n => $"gopher_top_{n}_gram")];
    internal static readonly string[] DuplicateReasons = [.. Enumerable.Range(0, 100).Select(n => $"gopher_duplicate_{n}_grams")];

    private readonly WordRule _words;
    private readonly RepetitionVariant _variant;

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
    /// <param name="variant">Whose counts: <c>datatrove</c>, <c>dolma</c>, <c>dclm</c>, <c>redpajama</c> (RedPajama v2) or <c>curator</c> (NeMo Curator); all but the first find words
    /// their own way and have no use for <c>words</c>.</param>
    public GopherRepetition(
        [Range(0.0, 1.0)] double? maxDuplicateParagraphs = null, [Range(0.0, 1.0)] double? maxDuplicateParagraphChars = null,
        [Range(0.0, 1.0)] double? maxDuplicateLines = null, [Range(0.0, 1.0)] double? maxDuplicateLineChars = null,
        [MaxLength(90)] IReadOnlyList<double>? maxTopNGrams = null, [MaxLength(90)] IReadOnlyList<double>? maxDuplicateNGrams = null,
        WordRule words = WordRule.Script, Thresholds thresholds = Thresholds.Auto,
        RepetitionVariant variant = RepetitionVariant.Datatrove)
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
        (_words, _variant) = (words, variant);
    }

    private protected override void Check(TextView view, Limits limits, ref RuleLog log)
    {
        if (_variant != RepetitionVariant.Datatrove)
        {
            new RepetitionRules(_variant, limits).Check(view, ref log);
            return;
        }
        double length = view.CodePoints;
        // One piece repeats nothing and is not hashed.
        RepeatedPieces found = view.Paragraphs.Length > 1 ? RepeatedPieces.In(view, view.Paragraphs, view.ParagraphHashes) : RepeatedPieces.One;
        if (log.Above("gopher_duplicate_paragraphs", (double)found.Later / found.Pieces, limits.DuplicateParagraphs)
            || log.Above("gopher_duplicate_paragraph_chars", RuleLog.Share(found.LaterChars, length), limits.DuplicateParagraphChars))
            return;
        found = view.LineRuns.Length > 1 ? RepeatedPieces.In(view, view.LineRuns, view.LineRunHashes) : RepeatedPieces.One;
        if (log.Above("gopher_duplicate_lines", (double)found.Later / found.Pieces, limits.DuplicateLines)
            || log.Above("gopher_duplicate_line_chars", RuleLog.Share(found.LaterChars, length), limits.DuplicateLineChars))
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
}
