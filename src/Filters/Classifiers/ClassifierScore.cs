using System.Globalization;

namespace DataPipeline.Filters;

/// <summary>Counts how often a classifier is right, as fastText's program counts: over all labels given and all labels that stand in the lines.</summary>
/// <param name="model">The classifier.</param>
/// <param name="k">Labels it may give for a line.</param>
/// <param name="threshold">Smallest score of a label that it gives, 0 to 1.</param>
public sealed class ClassifierScore(FastTextModel model, int k = 1, double threshold = 0)
{
    private readonly Dictionary<string, Counts> _labels = model.Labels.ToDictionary(label => label, _ => new Counts(), StringComparer.Ordinal);

    /// <summary>Lines with a label that the model knows.</summary>
    public long Lines { get; private set; }

    /// <summary>Of the labels given, the share that stands in the line.</summary>
    public double Precision => (double)_labels.Values.Sum(label => label.Right) / _labels.Values.Sum(label => label.Given);

    /// <summary>Of the labels that stand in lines, the share that was given.</summary>
    public double Recall => (double)_labels.Values.Sum(label => label.Right) / _labels.Values.Sum(label => label.Gold);

    /// <summary>Mean over the labels that occur of the share that was given.</summary>
    public double MacroRecall => _labels.Values.Where(label => label.Gold > 0).Average(label => (double)label.Right / label.Gold);

    /// <summary>Labels that occur, with their lines, and how many of those got the label, and how often it was given.</summary>
    public IEnumerable<(string Label, long Gold, long Right, long Given)> Labels =>
        _labels.Where(label => label.Value.Gold > 0).Select(label => (label.Key, label.Value.Gold, label.Value.Right, label.Value.Given));

    /// <summary>Judges a line in fastText's form, with its labels as words that begin with <c>__label__</c>.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        var gold = new HashSet<string>(StringComparer.Ordinal);
        foreach (string word in System.Text.Encoding.UTF8.GetString(line).Split([' ', '\t', '\r', '\v', '\f', '\0']))
        {
            if (word.StartsWith(FastTextDictionary.LabelPrefix, StringComparison.Ordinal) && _labels.ContainsKey(word[FastTextDictionary.LabelPrefix.Length..]))
                gold.Add(word[FastTextDictionary.LabelPrefix.Length..]);
        }
        if (gold.Count == 0)
            return;
        Lines++;
        foreach (string label in gold)
            _labels[label].Gold++;
        foreach (Prediction given in model.Predict(line, k, threshold))
        {
            _labels[given.Label].Given++;
            if (gold.Contains(given.Label))
                _labels[given.Label].Right++;
        }
    }

    /// <summary>Lines, precision and recall as fastText prints them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"N\t{Lines}\nP@{k}\t{Precision:F4}\nR@{k}\t{Recall:F4}");

    private sealed class Counts
    {
        public long Gold, Right, Given;
    }
}
