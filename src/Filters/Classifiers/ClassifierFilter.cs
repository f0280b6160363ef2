using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Keeps documents that a fastText classifier gives a label with a score of at least a threshold, as DCLM keeps text that resembles instructions
/// (Li et al. 2024, arXiv 2406.11794), and writes the score into the metadata.</summary>
/// <remarks>The text is judged as one line: line ends count as spaces, as in DCLM. For a share of the documents (DCLM: the best tenth) let
/// <c>datapipeline classifier quantile</c> find the threshold on a sample; a share that a stage measured on the way would depend on what came before.</remarks>
[Stage("classifier")]
public sealed class ClassifierFilter : Filter
{
    private readonly FastTextModel _model;
    private readonly int _label;
    private readonly double _minScore, _maxScore;
    private readonly string _metadata;

    /// <summary>Makes the filter.</summary>
    /// <param name="model">A fastText .bin or .ftz file.</param>
    /// <param name="label">The label whose score counts, without <c>__label__</c>.</param>
    /// <param name="minScore">Smallest score kept, 0 to 1.</param>
    /// <param name="maxScore">Largest score kept; for a label that says what is not wanted, such as <c>toxic</c>.</param>
    /// <param name="metadata">Name of the fact that the score is written into; left out: the label with <c>_score</c>.</param>
    public ClassifierFilter(string model, string label, [Range(0.0, 1.0)] double minScore = 0, [Range(0.0, 2.0)] double maxScore = 2, string? metadata = null)
    {
        if (!File.Exists(model))
            throw new ConfigurationException($"classifier: the model '{model}' is not there; give the path of a fastText .bin or .ftz file");
        _model = FastTextModel.Load(model);
        FilesRead = [model];
        _label = Enumerable.Range(0, _model.Labels.Count).FirstOrDefault(i => _model.Labels[i] == label, -1);
        if (_label < 0)
            throw new ConfigurationException($"classifier: the model has no label '{label}'; it has {string.Join(", ", _model.Labels.Take(50))}");
        (_minScore, _maxScore, _metadata) = (minScore, maxScore, metadata ?? label + "_score");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; }

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        double score = _model.Score(document.Text, _label);
        if (score < _minScore)
            return Verdict.Drop("classifier_score_too_low", score, _minScore);
        if (score > _maxScore)
            return Verdict.Drop("classifier_score_too_high", score, _maxScore);
        return Verdict.Keep(document.With(_metadata, score.ToString("F6", CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        double score = _model.Score(document.Text, _label);
        return [new("classifier_score_too_low", score, _minScore, score >= _minScore), new("classifier_score_too_high", score, _maxScore, score <= _maxScore)];
    }
}
