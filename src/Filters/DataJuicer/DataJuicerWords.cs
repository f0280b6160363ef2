using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>data-juicer's filters over words with its defaults (Chen et al. 2023, arXiv 2309.02033): words_num, word_repetition, flagged_words and stopwords. But for their number, words are
/// compared in lower case without special characters around them. BLOOM's corpus (Laurençon et al. 2022, arXiv 2303.03915) asks for other ranges of the same numbers.</summary>
[Stage("data_juicer_words")]
public sealed class DataJuicerWords : RuleFilter
{
    private readonly int _minWords, _maxWords, _repetitionLength, _group;
    private readonly double _maxRepetition, _maxFlagged, _minStopWords;
    private readonly FrozenSet<string>? _flagged, _stopWords;
    private readonly WordRule _words;

    /// <summary>Makes the filter.</summary>
    /// <param name="minWords">Fewest words.</param>
    /// <param name="maxWords">Most words.</param>
    /// <param name="repetitionLength">Words of the runs that <paramref name="maxWordRepetition"/> looks at.</param>
    /// <param name="maxWordRepetition">Largest share of runs of words that occur more than once.</param>
    /// <param name="flaggedWords">File of flagged words, one a line; left out: not asked.</param>
    /// <param name="maxFlaggedWords">Largest share of flagged words.</param>
    /// <param name="stopWords">File of stop words, one a line; left out: not asked.</param>
    /// <param name="minStopWords">Smallest share of stop words.</param>
    /// <param name="wordGroup">Look up also so many neighbouring words joined, and count them as words; for languages whose words are cut into characters. 1: single words alone.</param>
    /// <param name="words">How words are found: <c>script</c> in languages without spaces too, in place of data-juicer's SentencePiece models; <c>whitespace</c> between white space.</param>
    public DataJuicerWords(
        [Range(0, int.MaxValue)] int minWords = 10, [Range(0, int.MaxValue)] int maxWords = int.MaxValue, [Range(1, 90)] int repetitionLength = 10,
        [Range(0.0, 1.0)] double maxWordRepetition = 0.5, string? flaggedWords = null, [Range(0.0, 1.0)] double maxFlaggedWords = 0.045, string? stopWords = null,
        [Range(0.0, 1.0)] double minStopWords = 0.3, [Range(1, 10)] int wordGroup = 1, WordRule words = WordRule.Whitespace)
    {
        (_minWords, _maxWords, _repetitionLength, _maxRepetition) = (minWords, maxWords, repetitionLength, maxWordRepetition);
        (_maxFlagged, _minStopWords, _group, _words) = (maxFlaggedWords, minStopWords, wordGroup, words);
        _flagged = Load(flaggedWords);
        _stopWords = Load(stopWords);
        FilesRead = [.. new[] { flaggedWords, stopWords }.Where(file => !string.IsNullOrEmpty(file)).Select(file => file!)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; }

    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        ReadOnlySpan<Slice> all = view.WordsBy(_words);
        if (log.Below("data_juicer_too_few_words", all.Length, _minWords) || log.Above("data_juicer_too_many_words", all.Length, _maxWords))
            return;
        string text = view.Text.ToLowerInvariant();
        var refined = new List<Slice>(all.Length);
        foreach (Slice word in all)
        {
            if (SpecialCharacters.Strip(text, word) is { Length: > 0 } left)
                refined.Add(left);
        }
        Slice[] words = [.. refined];
        if (log.Above("data_juicer_word_repetition", Repetition(text, words), _maxRepetition)
            || (_flagged is not null && log.Above("data_juicer_too_many_flagged_words", Math.Min(1, Share(_flagged, text, words)), _maxFlagged)))
            return;
        if (_stopWords is not null)
            log.Below("data_juicer_too_few_stop_words", Math.Min(1, Share(_stopWords, text, words)), _minStopWords);
    }

    private double Repetition(string text, Slice[] words)
    {
        using var runs = new WordRuns(text, words);
        for (int n = 2; n <= _repetitionLength; n++)
            runs.Next();
        return RuleLog.Share(runs.Repeated(), runs.Runs);
    }

    private double Share(FrozenSet<string> list, string text, Slice[] words)
    {
        FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> known = list.GetAlternateLookup<ReadOnlySpan<char>>();
        int found = 0, asked = words.Length;
        foreach (Slice word in words)
            found += known.Contains(text.AsSpan(word.Start, word.Length)) ? 1 : 0;
        for (int i = 0; _group > 1 && i + _group <= words.Length; i++, asked++)
            found += list.Contains(string.Concat(words[i..(i + _group)].Select(word => text.Substring(word.Start, word.Length)))) ? 1 : 0;
        return RuleLog.Share(found, asked);
    }

    private static FrozenSet<string>? Load(string? file)
    {
        if (string.IsNullOrEmpty(file))
            return null;
        if (!File.Exists(file))
            throw new ConfigurationException($"data_juicer_words: the list '{file}' is not there; give the path of a text file with a word a line");
        return File.ReadLines(file).Select(line => line.Trim().ToLowerInvariant()).Where(line => line.Length > 0).ToFrozenSet(StringComparer.Ordinal);
    }
}
