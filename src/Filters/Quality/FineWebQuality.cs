using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>FineWeb's own filters (Penedo et al. 2024, arXiv 2406.17557): lines that end like sentences, short lines, repeated lines, lists.</summary>
[Stage("fineweb_quality")]
public sealed class FineWebQuality : LimitedFilter
{
    private readonly int _shortLineLength;
    private readonly WordRule _words;

    /// <summary>Makes the filter.</summary>
    /// <param name="minLinePunctuation">Smallest share of lines that end in terminal punctuation; left out: 0.12 (zh 0.106, ja 0.096).</param>
    /// <param name="maxShortLines">Largest share of short lines; left out: 0.67 (zh and ja 1, which is off).</param>
    /// <param name="shortLineLength">A line of at most so many code points is short.</param>
    /// <param name="maxDuplicateChars">Largest share of characters in repeated lines; left out: 0.01 (zh and ja 0.1).</param>
    /// <param name="maxNewlinesPerWord">Most newlines per word; left out: 0.3 (zh 0.178, ja 0.13).</param>
    /// <param name="words">How words are found: <c>script</c> also counts in languages without spaces, <c>whitespace</c> is Python's split.</param>
    /// <param name="thresholds">Whose limits fill what is left out: <c>auto</c> goes by the metadata <c>language</c>.</param>
    public FineWebQuality(
        [Range(0.0, 1.0)] double? minLinePunctuation = null, [Range(0.0, 1.0)] double? maxShortLines = null,
        [Range(0, 100_000)] int shortLineLength = 30, [Range(0.0, 1.0)] double? maxDuplicateChars = null,
        [Range(0.0, 1000.0)] double? maxNewlinesPerWord = null, WordRule words = WordRule.Script, Thresholds thresholds = Thresholds.Auto)
        : base(thresholds, preset => preset with
        {
            LinePunctuation = minLinePunctuation ?? preset.LinePunctuation,
            ShortLines = maxShortLines ?? preset.ShortLines,
            DuplicateChars = maxDuplicateChars ?? preset.DuplicateChars,
            Newlines = maxNewlinesPerWord ?? preset.Newlines,
        })
    {
        (_shortLineLength, _words) = (shortLineLength, words);
    }

    private protected override void Check(TextView view, Limits limits, ref RuleLog log)
    {
        ReadOnlySpan<Slice> lines = view.Lines;
        ReadOnlySpan<ulong> hashes = view.LineHashes;
        int filled = 0, ended = 0, shortLines = 0;
        long repeated = 0;
        RepeatTable seen = RepeatTable.Rent(lines.Length);
        var same = new SamePieces(view.Text, lines);
        for (int i = 0; i < lines.Length; i++)
        {
            ReadOnlySpan<char> line = view[lines[i]];
            if (TextView.IsBlank(line))
                continue;
            filled++;
            if (CharacterClass.EndsInTerminal(line))
                ended++;
            int length = view.CodePointsIn(lines[i]);
            if (length <= _shortLineLength)
                shortLines++;
            seen.Count(hashes[i], i, same, out int count);
            if (count > 1)
                repeated += length;
        }
        if (log.Note("fineweb_empty", filled, 1, filled == 0) || filled == 0)
            return;
        if (log.Below("fineweb_too_little_line_punctuation", (double)ended / filled, limits.LinePunctuation)
            || log.Above("fineweb_too_many_short_lines", (double)shortLines / filled, limits.ShortLines))
            return;
        int newlines = lines.Length - 1;
        if (log.Above("fineweb_repeated_line_chars", RuleLog.Share(repeated, view.CodePoints - newlines), limits.DuplicateChars))
            return;
        log.Above("fineweb_too_many_newlines", RuleLog.Share(newlines, view.CountsBy(_words).Words), limits.Newlines);
    }
}
