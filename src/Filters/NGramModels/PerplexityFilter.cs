using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Measures the perplexity of a document under an n-gram model, writes it and its bucket into the metadata, and drops what is outside the limits
/// (CCNet, Wenzek et al. 2019, arXiv 1911.00359).</summary>
[Stage("perplexity")]
public sealed class PerplexityFilter : Filter
{
    private readonly NGramModel _model;
    private readonly TextUnit _unit;
    private readonly double _minPerplexity, _maxPerplexity;
    private readonly double[] _buckets;

    /// <summary>Makes the filter.</summary>
    /// <param name="model">An ARPA or binary file of <c>datapipeline ngram train</c>.</param>
    /// <param name="unit">What a word is: <c>words</c> between white space, or <c>characters</c>; the same as in training.</param>
    /// <param name="minPerplexity">Smallest perplexity kept: repeated text is all too likely.</param>
    /// <param name="maxPerplexity">Largest perplexity kept.</param>
    /// <param name="buckets">Bounds between buckets, ascending; two bounds (CCNet: the thirds of a language) name them head, middle and tail, others number them from 0.</param>
    public PerplexityFilter(string model, TextUnit unit = TextUnit.Words, [Range(0.0, 1e300)] double minPerplexity = 0,
        [Range(0.0, 1e300)] double maxPerplexity = 1e300, IReadOnlyList<double>? buckets = null)
    {
        if (!File.Exists(model))
            throw new ConfigurationException($"perplexity: the model '{model}' is not there; make one with datapipeline ngram train");
        _model = NGramFile.Load(model);
        FilesRead = [model];
        (_unit, _minPerplexity, _maxPerplexity, _buckets) = (unit, minPerplexity, maxPerplexity, [.. buckets ?? []]);
        if (!_buckets.SequenceEqual(_buckets.Order()))
            throw new ConfigurationException("perplexity: the bounds of buckets have to ascend");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; }

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        double perplexity = _model.Perplexity(TextUnits.Lines(document.Text, _unit));
        if (perplexity < _minPerplexity)
            return Verdict.Drop("perplexity_too_low", perplexity, _minPerplexity);
        if (perplexity > _maxPerplexity)
            return Verdict.Drop("perplexity_too_high", perplexity, _maxPerplexity);
        Document kept = document.With("perplexity", perplexity.ToString("F2", CultureInfo.InvariantCulture));
        return Verdict.Keep(_buckets.Length == 0 ? kept : kept.With("perplexity_bucket", Bucket(perplexity)));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        double perplexity = _model.Perplexity(TextUnits.Lines(document.Text, _unit));
        return [new("perplexity_too_low", perplexity, _minPerplexity, perplexity >= _minPerplexity), new("perplexity_too_high", perplexity, _maxPerplexity, perplexity <= _maxPerplexity)];
    }

    private string Bucket(double perplexity)
    {
        int bucket = _buckets.Count(bound => perplexity >= bound);
        return _buckets.Length == 2 ? (bucket switch { 0 => "head", 1 => "middle", _ => "tail" }) : bucket.ToString(CultureInfo.InvariantCulture);
    }
}
