using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Classifies text with a supervised fastText model (.bin or .ftz, versions 11 and 12), giving the labels and scores of fastText's own program
/// (Joulin et al. 2016, arXiv 1607.01759 and 1612.03651).</summary>
/// <remarks>Quantized rows are unpacked on loading, and the rows of a known word's character n-grams are added to its own, so that a known word costs one vector
/// addition; the sum over the number of features meets the output rows. Immutable: any number of threads may ask at once.</remarks>
public sealed unsafe class FastTextModel
{
    private const int StackColumns = 512;

    private readonly ConcurrentBag<Scratch> _scratch = [];
    private Scratch? _last;
    private readonly FastTextDictionary _dictionary;
    private readonly RowMatrix _input;
    private readonly OutputLayer _output;
    private readonly int[]? _wholeWords;

    internal FastTextModel(FastTextArguments arguments, FastTextDictionary dictionary, RowMatrix input, RowMatrix output)
    {
        Arguments = arguments;
        _dictionary = dictionary;
        _input = input;
        _output = OutputLayer.Create(arguments, output, dictionary);
        _output.Freeze();
        if (arguments.MaxN > 0 && dictionary.Hashed.Count > 0)
            _wholeWords = SumWords();
    }

    /// <summary>The labels without their <c>__label__</c>, in the model's order.</summary>
    public IReadOnlyList<string> Labels => _dictionary.Labels;

    /// <summary>What the model was made with.</summary>
    public FastTextArguments Arguments { get; }

    /// <summary>Reads a model file.</summary>
    /// <exception cref="InputException">The file is no supervised fastText model.</exception>
    public static FastTextModel Load(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return Load(stream, path);
    }

    /// <summary>Reads a model; <paramref name="name"/> stands in errors.</summary>
    /// <exception cref="InputException">The stream holds no supervised fastText model.</exception>
    public static FastTextModel Load(Stream stream, string name)
    {
        if (!stream.CanSeek)
        {
            var whole = new MemoryStream();
            stream.CopyTo(whole);
            whole.Position = 0;
            stream = whole;
        }
        var reader = new FastTextReader(stream, name);
        FastTextArguments arguments = reader.ReadHeader();
        FastTextDictionary dictionary = reader.ReadDictionary(arguments);
        bool quantized = reader.ReadBool();
        RowMatrix input = reader.ReadMatrix(arguments.Dim, quantized, dictionary);
        RowMatrix output = reader.ReadMatrix(arguments.Dim, reader.ReadBool() && quantized);
        if (output.Rows < OutputLayer.RowsOf(arguments.Loss, dictionary.Labels.Count))
            throw reader.Broken($"{output.Rows} output rows for {dictionary.Labels.Count} labels");
        return new FastTextModel(arguments, dictionary, input, output);
    }

    /// <summary>The most likely label and its score; null where the text has no feature that the model knows. Line ends count as spaces.</summary>
    public Prediction? Predict(ReadOnlySpan<char> text)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Prediction? best = Predict(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
        return best;
    }

    /// <summary>The most likely label of a text in UTF-8 and its score; null where the text has no feature that the model knows. Line ends count as spaces.</summary>
    public Prediction? Predict(ReadOnlySpan<byte> text)
    {
        int stride = _input.Stride;
        float* hidden = stackalloc float[stride <= StackColumns ? stride : 0];
        if (stride <= StackColumns)
            return Best(text, hidden);
        fixed (float* rented = new float[stride])
            return Best(text, rented);
    }

    /// <summary>The most likely labels, best first; none where the text has no feature that the model knows.</summary>
    /// <param name="text">The text; line ends count as spaces.</param>
    /// <param name="k">Labels to give at most, from 1.</param>
    /// <param name="threshold">Smallest score, 0 to 1.</param>
    public IReadOnlyList<Prediction> Predict(ReadOnlySpan<char> text, int k, double threshold = 0)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        IReadOnlyList<Prediction> best = Predict(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), k, threshold);
        ArrayPool<byte>.Shared.Return(bytes);
        return best;
    }

    /// <summary>The most likely labels of a text in UTF-8, best first; none where the text has no feature that the model knows.</summary>
    /// <param name="text">The text; line ends count as spaces.</param>
    /// <param name="k">Labels to give at most, from 1.</param>
    /// <param name="threshold">Smallest score, 0 to 1.</param>
    public IReadOnlyList<Prediction> Predict(ReadOnlySpan<byte> text, int k, double threshold = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var scores = new double[Labels.Count];
        fixed (float* hidden = new float[_input.Stride])
        {
            if (!TryHide(text, hidden))
                return [];
            _output.All(hidden, scores, threshold);
        }
        return [.. Enumerable.Range(0, scores.Length).Where(i => !double.IsNaN(scores[i])).OrderByDescending(i => scores[i]).ThenByDescending(i => i).Take(k)
            .Select(i => new Prediction(Labels[i], scores[i]))];
    }

    /// <summary>The score of one label, 0 where the text has no feature that the model knows.</summary>
    /// <param name="text">The text; line ends count as spaces.</param>
    /// <param name="label">Number of the label in <see cref="Labels"/>.</param>
    public double Score(ReadOnlySpan<char> text, int label)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var scores = new double[Labels.Count];
        fixed (float* hidden = new float[_input.Stride])
        {
            if (TryHide(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), hidden))
                _output.All(hidden, scores, 0);
        }
        ArrayPool<byte>.Shared.Return(bytes);
        return double.IsNaN(scores[label]) ? 0 : scores[label];
    }

    private Prediction? Best(ReadOnlySpan<byte> text, float* hidden)
    {
        if (!TryHide(text, hidden))
            return null;
        (int label, double score) = _output.Best(hidden);
        return new Prediction(Labels[label], score);
    }

    private bool TryHide(ReadOnlySpan<byte> text, float* hidden)
    {
        if (Interlocked.Exchange(ref _last, null) is not { } scratch && !_scratch.TryTake(out scratch))
            scratch = new Scratch(new FeatureList(), _wholeWords is null || Arguments.WordNGrams > 1 ? null : new WordSums(_dictionary, _input, _wholeWords));
        int features;
        if (scratch.Words is { } words)
        {
            features = words.Sum(text, hidden);
        }
        else
        {
            _dictionary.AddFeatures(text, scratch.Features, _wholeWords);
            features = scratch.Features.Features;
            _input.Sum(scratch.Features.InUse, hidden);
        }
        if (Interlocked.Exchange(ref _last, scratch) is { } other)
            _scratch.Add(other);
        float share = 1f / features;
        for (int column = 0; column < _input.Columns; column++)
            hidden[column] *= share;
        return features > 0;
    }

    /// <summary>Adds to each word's row the rows of its character n-grams.</summary>
    /// <returns>How many features each row stands for now.</returns>
    private int[] SumWords()
    {
        var wholeWords = new int[_dictionary.WordCount];
        var features = new FeatureList();
        fixed (float* sum = new float[_input.Stride])
        {
            for (int word = 0; word < wholeWords.Length; word++)
            {
                features.Clear();
                ReadOnlySpan<byte> text = _dictionary.TextOf(word);
                if (!text.SequenceEqual(FastTextDictionary.EndOfLine))
                    _dictionary.AddSubwords(text, features);
                _input.Sum(features.InUse, sum);
                _input.AddTo(word, sum, 1);
                wholeWords[word] = features.Features + 1;
            }
        }
        return wholeWords;
    }

    /// <summary>What one thread needs for one text.</summary>
    private sealed record Scratch(FeatureList Features, WordSums? Words);
}

/// <summary>A label and its score.</summary>
/// <param name="Label">Without <c>__label__</c>.</param>
/// <param name="Score">Probability, 0 to 1 (a little above 1 is possible: fastText adds 1e-5).</param>
public readonly record struct Prediction(string Label, double Score);
