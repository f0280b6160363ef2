using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Gopher's quality rules (Rae et al. 2021, arXiv 2112.11446, appendix A) as datatrove, dolma or DCLM count them; the first broken rule names the reason.</summary>
[Stage("gopher_quality")]
public sealed class GopherQuality : LimitedFilter
{
    private readonly int _minWords, _maxWords, _minStopWords;
    private readonly double _maxHashRatio, _maxEllipsisRatio, _maxBulletLines, _maxEllipsisLines;
    private readonly WordRule _words;
    private readonly GopherVariant _variant;
    private readonly Dictionary<IReadOnlyList<string>, StopWords> _stopWords = new(ReferenceEqualityComparer.Instance);

    /// <summary>Makes the filter.</summary>
    /// <param name="minWords">Fewest words that hold a character other than punctuation.</param>
    /// <param name="maxWords">Most such words.</param>
    /// <param name="minMeanWordLength">Smallest mean length of those words in code points; left out: 3 (zh and ja 1).</param>
    /// <param name="maxMeanWordLength">Largest mean length in code points; left out: 10 (zh 5, ja 6).</param>
    /// <param name="maxHashRatio">Most <c>#</c> per word; in the variants dolma and dclm of all symbols.</param>
    /// <param name="maxEllipsisRatio">Most <c>...</c> and <c>…</c> per word; without a meaning in the variants dolma and dclm.</param>
    /// <param name="maxBulletLines">Largest share of lines that start with <c>•</c> or <c>-</c>.</param>
    /// <param name="maxEllipsisLines">Largest share of lines that end in an ellipsis.</param>
    /// <param name="minAlphabeticWords">Smallest share of words with a letter; left out: 0.8 (zh 0.735, ja 0.759).</param>
    /// <param name="minStopWords">Fewest different stop words, in the variants dolma and dclm fewest occurrences; not asked for where the list is empty.</param>
    /// <param name="stopWords">The stop words, case-sensitive; left out: Gopher's eight English ones (zh 22, ja 15, other known languages none).</param>
    /// <param name="words">How words are found: <c>script</c> also counts in languages without spaces, <c>whitespace</c> is Python's split.</param>
    /// <param name="thresholds">Whose limits fill what is left out: <c>auto</c> goes by the metadata <c>language</c>.</param>
    /// <param name="variant">Whose counts: <c>datatrove</c>; <c>dolma</c> (words between white space, their median length, one rule for symbols, every occurrence of
    /// a stop word); <c>dclm</c> (words of UAX 29 counted, one sum of symbols, stop words in any case). The last two have no use for <c>words</c>.</param>
    public GopherQuality(
        [Range(0, int.MaxValue)] int minWords = 50, [Range(1, int.MaxValue)] int maxWords = 100_000,
        [Range(0.0, 1000.0)] double? minMeanWordLength = null, [Range(0.0, 1000.0)] double? maxMeanWordLength = null,
        [Range(0.0, 1000.0)] double maxHashRatio = 0.1, [Range(0.0, 1000.0)] double maxEllipsisRatio = 0.1,
        [Range(0.0, 1.0)] double maxBulletLines = 0.9, [Range(0.0, 1.0)] double maxEllipsisLines = 0.3,
        [Range(0.0, 1.0)] double? minAlphabeticWords = null, [Range(0, 1000)] int minStopWords = 2,
        IReadOnlyList<string>? stopWords = null, WordRule words = WordRule.Script, Thresholds thresholds = Thresholds.Auto,
        GopherVariant variant = GopherVariant.Datatrove)
        : base(thresholds, preset => preset with
        {
            MinMeanWordLength = minMeanWordLength ?? preset.MinMeanWordLength,
            MaxMeanWordLength = maxMeanWordLength ?? preset.MaxMeanWordLength,
            MinAlphabeticWords = minAlphabeticWords ?? preset.MinAlphabeticWords,
            StopWords = stopWords ?? preset.StopWords,
        })
    {
        (_minWords, _maxWords, _minStopWords, _words, _variant) = (minWords, maxWords, minStopWords, words, variant);
        (_maxHashRatio, _maxEllipsisRatio, _maxBulletLines, _maxEllipsisLines) = (maxHashRatio, maxEllipsisRatio, maxBulletLines, maxEllipsisLines);
        foreach (Limits limits in LimitSets)
            _stopWords[limits.StopWords] = new StopWords(limits.StopWords, ignoreCase: variant == GopherVariant.Dclm);
    }

    private protected override void Check(TextView view, Limits limits, ref RuleLog log)
    {
        if (_variant != GopherVariant.Datatrove)
        {
            CheckWhitespaceWords(view, limits, ref log);
            return;
        }
        WordStatistics words = view.CountsBy(_words);
        if (log.Below("gopher_too_few_words", words.Spoken, _minWords) || log.Above("gopher_too_many_words", words.Spoken, _maxWords))
            return;
        double meanLength = RuleLog.Share(words.SpokenCodePoints, words.Spoken);
        if (log.Below("gopher_words_too_short", meanLength, limits.MinMeanWordLength)
            || log.Above("gopher_words_too_long", meanLength, limits.MaxMeanWordLength))
            return;
        ReadOnlySpan<char> text = view.Text;
        if (log.Above("gopher_too_many_hashes", RuleLog.Share(text.Count('#'), words.Words), _maxHashRatio))
            return;
        if (log.Above("gopher_too_many_ellipses", RuleLog.Share(text.Count("...") + text.Count('…'), words.Words), _maxEllipsisRatio))
            return;
        (double bullets, double ellipses) = LineShares(view);
        if (log.Above("gopher_too_many_bullet_lines", bullets, _maxBulletLines) || log.Above("gopher_too_many_ellipsis_lines", ellipses, _maxEllipsisLines))
            return;
        if (log.Below("gopher_too_few_alphabetic_words", RuleLog.Share(words.Alphabetic, words.Words), limits.MinAlphabeticWords))
            return;
        StopWords stopWords = _stopWords[limits.StopWords];
        if (stopWords.Count > 0)
            log.Below("gopher_too_few_stop_words", stopWords.CountDistinct(view, _words, log.IsExplaining ? int.MaxValue : _minStopWords), _minStopWords);
    }

    // dolma and DCLM.
    private void CheckWhitespaceWords(TextView view, Limits limits, ref RuleLog log)
    {
        bool dclm = _variant == GopherVariant.Dclm;
        WordStatistics words = view.CountsBy(WordRule.Whitespace);
        int counted = dclm ? GopherNumbers.WordsOfDclm(view) : words.Words;
        if (log.Below("gopher_too_few_words", counted, _minWords) || log.Above("gopher_too_many_words", counted, _maxWords))
            return;
        double length = dclm ? RuleLog.Share(words.CodePoints, words.Words) : GopherNumbers.MedianLength(view);
        if (log.Below("gopher_words_too_short", length, limits.MinMeanWordLength) || log.Above("gopher_words_too_long", length, limits.MaxMeanWordLength))
            return;
        int symbols = dclm ? GopherNumbers.Symbols(view.Text) : GopherNumbers.WordsWithSymbol(view.Text);
        if (log.Above("gopher_too_many_symbols", RuleLog.Share(symbols, words.Words), _maxHashRatio))
            return;
        (double bullets, double ellipses) = GopherNumbers.LineShares(view, _variant);
        if (log.Above("gopher_too_many_bullet_lines", bullets, _maxBulletLines) || log.Above("gopher_too_many_ellipsis_lines", ellipses, _maxEllipsisLines)
            || log.Below("gopher_too_few_alphabetic_words", RuleLog.Share(words.Alphabetic, words.Words), limits.MinAlphabeticWords))
            return;
        StopWords stopWords = _stopWords[limits.StopWords];
        if (stopWords.Count > 0)
            log.Below("gopher_too_few_stop_words", stopWords.CountAll(view, WordRule.Whitespace, log.IsExplaining ? int.MaxValue : _minStopWords), _minStopWords);
    }

    private static (double Bullets, double Ellipses) LineShares(TextView view)
    {
        int bullets = 0, ellipses = 0;
        ReadOnlySpan<Slice> lines = view.SplitLines;
        foreach (Slice line in lines)
        {
            ReadOnlySpan<char> text = view[TextView.Strip(view.Text, line)];
            if (text.IsEmpty)
                continue;
            if (text[0] is '•' or '-')
                bullets++;
            if (text[^1] == '…' || text.EndsWith("..."))
                ellipses++;
        }
        return (RuleLog.Share(bullets, lines.Length), RuleLog.Share(ellipses, lines.Length));
    }
}
