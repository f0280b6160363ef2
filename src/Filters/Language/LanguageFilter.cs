using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Finds the language of a document with a fastText model, writes it into the metadata <c>language</c> and <c>language_score</c>,
/// and drops documents in other languages or of doubtful ones.</summary>
[Stage("language")]
public sealed class LanguageFilter : Filter
{
    private const int ShortestParagraph = 20;

    private readonly HashSet<string> _keep;
    private readonly double _minScore, _minShare;
    private readonly bool _shares;
    private readonly LanguageIdentifier _identifier;

    /// <summary>Makes the filter.</summary>
    /// <param name="keep">Labels of the model to keep, such as <c>[en, zh]</c>; empty keeps every language.</param>
    /// <param name="minScore">Smallest score of the most likely language, 0 to 1 (FineWeb and RefinedWeb: 0.65).</param>
    /// <param name="minShare">Smallest share, by characters, of the paragraphs in the document's language, 0 to 1; those shorter than 20 characters do not count.
    /// Above 0 the share is written into the metadata <c>language_share</c>, and a document of mixed languages is dropped.</param>
    /// <param name="shares">Writes the languages of those paragraphs and their shares into the metadata <c>languages</c>, the largest first: <c>en 0.61, zh 0.39</c>.</param>
    /// <param name="model">A fastText .bin or .ftz file, such as lid.176.ftz or GlotLID's, which reads the whole of each text; left out: the small model of this project
    /// (75 languages, ISO 639-1), which reads four pieces of a text longer than 768 bytes.</param>
    public LanguageFilter(
        IReadOnlyList<string>? keep = null, [Range(0.0, 1.0)] double minScore = 0.65, [Range(0.0, 1.0)] double minShare = 0, bool shares = false, string? model = null)
    {
        FilesRead = model is null ? [] : [model];
        _keep = new HashSet<string>(keep ?? [], StringComparer.Ordinal);
        (_minScore, _minShare, _shares) = (minScore, minShare, shares);
        if (model is not null && !File.Exists(model))
            throw new ConfigurationException($"language: the model '{model}' is not there; give the path of a fastText .bin or .ftz file, or leave 'model' out for the built-in one");
        _identifier = model is null ? LanguageIdentifier.Default : LanguageIdentifier.Load(model);
        string? unknown = _keep.Order(StringComparer.Ordinal).FirstOrDefault(label => !_identifier.Labels.Contains(label));
        if (unknown is not null)
            throw new ConfigurationException($"language: the model has no language '{unknown}'; it has {string.Join(", ", _identifier.Labels.Order(StringComparer.Ordinal))}");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; }

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        (string language, double score) = Identify(document);
        if (_keep.Count > 0 && !_keep.Contains(language))
            return Verdict.Drop("language_not_wanted", detail: $"the language is {language}, score {score:F3}");
        if (score < _minScore)
            return Verdict.Drop("language_score_too_low", score, _minScore, $"the language may be {language}");
        if (_minShare > 0 || _shares)
        {
            List<(string Language, double Share)> languages = Shares(document.Text);
            double share = ShareOf(language, languages);
            if (share < _minShare)
                return Verdict.Drop("language_mixed", share, _minShare, $"the document's language is {language}");
            if (_minShare > 0)
                document = document.With("language_share", share.ToString("F4"));
            if (_shares)
                document = document.With("languages", string.Join(", ", languages.Select(one => $"{one.Language} {one.Share:F2}")));
        }
        return Verdict.Keep(document.With("language", language).With("language_score", score.ToString("F4")));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        (string language, double score) = Identify(document);
        // A language of the list is one found among the wanted ones; no list wants all.
        int wanted = _keep.Count == 0 || _keep.Contains(language) ? 1 : 0;
        Measurement[] numbers = [new("language_not_wanted", wanted, 1, wanted == 1), new("language_score_too_low", score, _minScore, score >= _minScore)];
        return _minShare > 0 && ShareOf(language, Shares(document.Text)) is var share ? [.. numbers, new("language_mixed", share, _minShare, share >= _minShare)] : numbers;
    }

    // 1 where no paragraph is long enough to tell.
    private static double ShareOf(string language, List<(string Language, double Share)> languages) =>
        languages.Count == 0 ? 1 : languages.FirstOrDefault(one => one.Language == language).Share;

    /// <summary>The languages of a text's paragraphs and their shares by characters, the largest first.</summary>
    private List<(string Language, double Share)> Shares(string text)
    {
        var lengths = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> paragraph = text.AsSpan(range).Trim();
            if (paragraph.Length < ShortestParagraph)
                continue;
            string language = _identifier.Label(paragraph).Label;
            lengths[language] = lengths.GetValueOrDefault(language) + paragraph.Length;
        }
        double all = lengths.Values.Sum();
        return [.. lengths.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value / all))];
    }

    private (string Language, double Score) Identify(Document document)
    {
        (string label, double score) = _identifier.Label(document.Text);
        return (label, Math.Min(score, 1));
    }
}

/// <summary>The model that docs/language-model.md describes, read from the assembly when first asked for.</summary>
internal static class DefaultLanguageModel
{
    private static readonly Lazy<FastTextModel> Loaded = new(() =>
    {
        using Stream stream = typeof(DefaultLanguageModel).Assembly.GetManifestResourceStream("language.ftz")!;
        return FastTextModel.Load(stream, "the built-in language model");
    });

    public static FastTextModel Instance => Loaded.Value;
}
