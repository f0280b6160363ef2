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
    private static readonly Dictionary<string, double[]> Ccnet = new()
    {
        ["de"] = [370, 590], ["en"] = [340, 520], ["es"] = [180, 290], ["fr"] = [180, 330], ["it"] = [220, 360], ["ja"] = [1110, 1450], ["ru"] = [210, 310], ["zh"] = [1460, 1950],
    };

    private readonly NGramModel _model;
    private readonly TextUnit _unit;
    private readonly double _minPerplexity, _maxPerplexity;
    private readonly double[] _buckets;
    private readonly PerplexityThresholds _thresholds;

    /// <summary>Makes the filter.</summary>
    /// <param name="model">An ARPA or binary file of <c>datapipeline ngram train</c>.</param>
    /// <param name="unit">What a word is: <c>words</c> between white space, or <c>characters</c>; the same as in training.</param>
    /// <param name="minPerplexity">Smallest perplexity kept: repeated text is all too likely.</param>
    /// <param name="maxPerplexity">Largest perplexity kept.</param>
    /// <param name="buckets">Bounds between buckets, ascending; two bounds name them head, middle and tail, others number them from 0.</param>
    /// <param name="thresholds">Whose bounds where none are given: <c>ccnet</c> has those of its language models for de, en, es, fr, it, ja, ru and zh, by the metadata <c>language</c>; documents of
    /// another language are in the bucket <c>all</c>.</param>
    public PerplexityFilter(string model, TextUnit unit = TextUnit.Words, [Range(0.0, 1e300)] double minPerplexity = 0,
        [Range(0.0, 1e300)] double maxPerplexity = 1e300, IReadOnlyList<double>? buckets = null,
        PerplexityThresholds thresholds = PerplexityThresholds.None)
    {
        if (!File.Exists(model))
            throw new ConfigurationException($"perplexity: the model '{model}' is not there; make one with datapipeline ngram train");
        _model = NGramFile.Load(model);
        FilesRead = [model];
        (_unit, _minPerplexity, _maxPerplexity, _buckets, _thresholds) = (unit, minPerplexity, maxPerplexity, [.. buckets ?? []], thresholds);
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
        string? bucket = _buckets.Length > 0 ? Bucket(perplexity, _buckets) : _thresholds == PerplexityThresholds.Ccnet ? CcnetBucket(document, perplexity) : null;
        return Verdict.Keep(bucket is null ? kept : kept.With("perplexity_bucket", bucket));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        double perplexity = _model.Perplexity(TextUnits.Lines(document.Text, _unit));
        return [new("perplexity_too_low", perplexity, _minPerplexity, perplexity >= _minPerplexity), new("perplexity_too_high", perplexity, _maxPerplexity, perplexity <= _maxPerplexity)];
    }

    internal static string CcnetBucket(Document document, double perplexity) =>
        document.Metadata.TryGetValue("language", out string? language) && Ccnet.TryGetValue(language, out double[]? bounds) ? Bucket(perplexity, bounds) : "all";

    private static string Bucket(double perplexity, double[] bounds)
    {
        int bucket = bounds.Count(bound => perplexity >= bound);
        return bounds.Length == 2 ? (bucket switch { 0 => "head", 1 => "middle", _ => "tail" }) : bucket.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>Whose bounds part the buckets of perplexity.</summary>
public enum PerplexityThresholds
{
    /// <summary>Nobody's: those that are given.</summary>
    None,

    /// <summary>CCNet's thirtieth and sixtieth percentiles for each language (Wenzek et al. 2019, arXiv 1911.00359), which go with its models: SentencePiece and 5-grams, made on Wikipedia.</summary>
    Ccnet,
}
