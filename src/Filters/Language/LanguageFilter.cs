using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Finds the language of a document with a fastText model, writes it into the metadata <c>language</c> and <c>language_score</c>,
/// and drops documents in other languages or of doubtful ones.</summary>
[Stage("language")]
public sealed class LanguageFilter : Filter
{
    private readonly HashSet<string> _keep;
    private const int ShortestParagraph = 20;
    private readonly double _minScore, _minShare;
    private readonly FastTextModel _model;

    /// <summary>Makes the filter.</summary>
    /// <param name="keep">Labels of the model to keep, such as <c>[en, zh]</c>; empty keeps every language.</param>
    /// <param name="minScore">Smallest score of the most likely language, 0 to 1 (FineWeb and RefinedWeb: 0.65).</param>
    /// <param name="minShare">Smallest share, by characters, of the paragraphs in the document's language, 0 to 1; those shorter than 20 characters do not count.
    /// Above 0 the share is written into the metadata <c>language_share</c>, and a document of mixed languages is dropped.</param>
    /// <param name="model">A fastText .bin or .ftz file, such as lid.176.ftz; left out: the small model of this project (75 languages, ISO 639-1).</param>
    public LanguageFilter(IReadOnlyList<string>? keep = null, [Range(0.0, 1.0)] double minScore = 0.65, [Range(0.0, 1.0)] double minShare = 0, string? model = null)
    {
        FilesRead = model is null ? [] : [model];
        _keep = new HashSet<string>(keep ?? [], StringComparer.Ordinal);
        (_minScore, _minShare) = (minScore, minShare);
        if (model is not null && !File.Exists(model))
            throw new ConfigurationException($"language: the model '{model}' is not there; give the path of a fastText .bin or .ftz file, or leave 'model' out for the built-in one");
        _model = model is null ? DefaultLanguageModel.Instance : FastTextModel.Load(model);
        string? unknown = _keep.Order(StringComparer.Ordinal).FirstOrDefault(label => !_model.Labels.Contains(label));
        if (unknown is not null)
            throw new ConfigurationException($"language: the model has no language '{unknown}'; it has {string.Join(", ", _model.Labels.Order(StringComparer.Ordinal))}");
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
        if (_minShare > 0)
        {
            double share = ShareOf(language, document.Text);
            if (share < _minShare)
                return Verdict.Drop("language_mixed", share, _minShare, $"the document's language is {language}");
            document = document.With("language_share", share.ToString("F4"));
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
        return _minShare > 0 && ShareOf(language, document.Text) is var share ? [.. numbers, new("language_mixed", share, _minShare, share >= _minShare)] : numbers;
    }

    /// <summary>The share of a text's paragraphs that are in a language, by characters; 1 where no paragraph is long enough to tell.</summary>
    private double ShareOf(string language, string text)
    {
        long all = 0, wanted = 0;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> paragraph = text.AsSpan(range).Trim();
            if (paragraph.Length < ShortestParagraph)
                continue;
            all += paragraph.Length;
            wanted += _model.Predict(paragraph)?.Label == language ? paragraph.Length : 0;
        }
        return all == 0 ? 1 : (double)wanted / all;
    }

    private (string Language, double Score) Identify(Document document) =>
        _model.Predict(document.Text) is { } best ? (best.Label, Math.Min(best.Score, 1)) : ("und", 0);
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
