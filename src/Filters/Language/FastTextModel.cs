using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Classifies text with a supervised fastText model (.bin or .ftz, versions 11 and 12), giving the labels and scores of fastText's own program
/// (Joulin et al. 2016, arXiv 1607.01759 and 1612.03651).</summary>
/// <remarks>Quantized rows are unpacked on loading, so that a feature costs one vector addition; the sum of the features' rows over their number
/// meets the output rows. Immutable: any number of threads may ask at once.</remarks>
public sealed class FastTextModel
{
    [ThreadStatic]
    private static List<int>? _rows;

    private readonly FastTextDictionary _words;
    private readonly FastTextLoss _loss;
    private readonly float[] _input, _output;
    private readonly int _dim, _outputRows;
    private readonly HuffmanTree? _tree;

    private FastTextModel(FastTextReader reader)
    {
        FastTextArguments arguments = reader.ReadHeader();
        _words = new FastTextDictionary(reader, arguments);
        _loss = arguments.Loss;
        _dim = arguments.Dim;
        bool quantized = reader.ReadBool();
        int inputRows;
        (_input, inputRows) = quantized ? reader.ReadQuantized(_dim) : reader.ReadDense(_dim);
        bool outputQuantized = reader.ReadBool();
        (_output, _outputRows) = quantized && outputQuantized ? reader.ReadQuantized(_dim) : reader.ReadDense(_dim);
        int needed = _loss == FastTextLoss.HierarchicalSoftmax ? _words.Labels.Count - 1 : _words.Labels.Count;
        if (_outputRows < needed || inputRows < _words.Rows)
            throw reader.Broken($"{inputRows} input and {_outputRows} output rows for {_words.Rows} features and {_words.Labels.Count} labels");
        if (_loss == FastTextLoss.HierarchicalSoftmax)
            _tree = new HuffmanTree(_words.LabelCounts);
    }

    /// <summary>The labels without their <c>__label__</c>, in the model's order.</summary>
    public IReadOnlyList<string> Labels => _words.Labels;

    /// <summary>Reads a model file.</summary>
    /// <exception cref="InputException">The file is no supervised fastText model.</exception>
    public static FastTextModel Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path);
    }

    /// <summary>Reads a model; <paramref name="name"/> stands in errors.</summary>
    public static FastTextModel Load(Stream stream, string name) => new(new FastTextReader(stream, name));

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
        Span<float> hidden = _dim <= 512 ? stackalloc float[_dim] : new float[_dim];
        if (!TryHide(text, hidden))
            return null;
        if (_tree is not null)
        {
            (int leaf, float logScore) = _tree.Best(this, hidden);
            return At(leaf, logScore);
        }
        Span<float> scores = Labels.Count <= 1024 ? stackalloc float[Labels.Count] : new float[Labels.Count];
        Activate(hidden, scores);
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return At(best, Log(scores[best]));
    }

    /// <summary>The k most likely labels, best first; none where the text has no feature that the model knows.</summary>
    public IReadOnlyList<Prediction> Predict(ReadOnlySpan<char> text, int k)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        IReadOnlyList<Prediction> best = Predict(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), k);
        ArrayPool<byte>.Shared.Return(bytes);
        return best;
    }

    /// <summary>The k most likely labels of a text in UTF-8, best first; none where the text has no feature that the model knows.</summary>
    public IReadOnlyList<Prediction> Predict(ReadOnlySpan<byte> text, int k)
    {
        Span<float> hidden = _dim <= 512 ? stackalloc float[_dim] : new float[_dim];
        if (!TryHide(text, hidden))
            return [];
        var scores = new float[Labels.Count];
        if (_tree is not null)
        {
            _tree.All(this, hidden, scores);
        }
        else
        {
            Activate(hidden, scores);
            for (int i = 0; i < scores.Length; i++)
                scores[i] = Log(scores[i]);
        }
        // A tree search gives up branches whose score has fallen to nothing.
        float least = _tree is null ? float.NegativeInfinity : Log(0);
        IEnumerable<int> order = Enumerable.Range(0, scores.Length).Where(i => scores[i] >= least).OrderByDescending(i => scores[i]).ThenBy(i => i);
        return [.. order.Take(k).Select(i => At(i, scores[i]))];
    }

    // fastText reports exp(log(p + 1e-5)), which is what its users compare thresholds with.
    internal static float Log(double probability) => (float)Math.Log(probability + 1e-5);

    internal float Dot(ReadOnlySpan<float> hidden, int row)
    {
        ReadOnlySpan<float> weights = _output.AsSpan(row * _dim, _dim);
        float sum = 0;
        int i = 0;
        if (_dim >= 8)
        {
            Vector256<float> sums = default;
            for (; i + 8 <= _dim; i += 8)
                sums += Vector256.Create(hidden[i..]) * Vector256.Create(weights[i..]);
            sum = Vector256.Sum(sums);
        }
        for (; i < hidden.Length; i++)
            sum += hidden[i] * weights[i];
        return sum;
    }

    private Prediction At(int label, float logScore) => new(_words.Labels[label], Math.Exp(logScore));

    private void Activate(ReadOnlySpan<float> hidden, Span<float> scores)
    {
        float max = float.NegativeInfinity, total = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = Dot(hidden, i);
            max = Math.Max(max, scores[i]);
        }
        foreach (ref float score in scores)
        {
            score = _loss == FastTextLoss.Softmax ? MathF.Exp(score - max) : SigmoidTable.At(score);
            total += score;
        }
        if (_loss != FastTextLoss.Softmax)
            return;
        foreach (ref float score in scores)
            score /= total;
    }

    /// <summary>The mean of the rows of all features; false where there is none.</summary>
    private bool TryHide(ReadOnlySpan<byte> text, Span<float> hidden)
    {
        List<int> rows = _rows ??= new List<int>(4096);
        rows.Clear();
        _words.AddFeatures(text, rows);
        if (rows.Count == 0)
            return false;
        SumRows(CollectionsMarshal.AsSpan(rows), hidden);
        float share = (float)(1.0 / rows.Count);
        foreach (ref float value in hidden)
            value *= share;
        return true;
    }

    // Sixteen columns stay in registers while all rows go by; the sum of each column has the order of the features, as fastText's.
    private void SumRows(ReadOnlySpan<int> rows, Span<float> hidden)
    {
        int column = 0;
        for (; column + 16 <= _dim; column += 16)
        {
            Vector256<float> low = default, high = default;
            foreach (int row in rows)
            {
                ReadOnlySpan<float> values = _input.AsSpan(row * _dim + column, 16);
                low += Vector256.Create(values);
                high += Vector256.Create(values[8..]);
            }
            low.CopyTo(hidden[column..]);
            high.CopyTo(hidden[(column + 8)..]);
        }
        for (; column < _dim; column++)
        {
            float sum = 0;
            foreach (int row in rows)
                sum += _input[row * _dim + column];
            hidden[column] = sum;
        }
    }
}

/// <summary>A label and its score.</summary>
/// <param name="Label">Without <c>__label__</c>.</param>
/// <param name="Score">Probability, 0 to 1 (a little above 1 is possible: fastText adds 1e-5).</param>
public readonly record struct Prediction(string Label, double Score);

/// <summary>The logistic function in 512 steps from -8 to 8, as fastText scores negative sampling and one-vs-all.</summary>
internal static class SigmoidTable
{
    private static readonly float[] Values = [.. Enumerable.Range(0, 513).Select(i => (float)(1.0 / (1.0 + Math.Exp(-(float)(i * 16 / 512.0 - 8)))))];

    public static float At(float x) => x < -8 ? 0 : x > 8 ? 1 : Values[(int)((x + 8) * 512 / 8 / 2)];
}

/// <summary>The label tree of hierarchical softmax: built from the label counts as fastText builds it.</summary>
internal sealed class HuffmanTree
{
    private readonly int[] _left, _right;
    private readonly int _leaves;

    public HuffmanTree(IReadOnlyList<long> counts)
    {
        _leaves = counts.Count;
        int nodes = 2 * _leaves - 1;
        _left = new int[nodes];
        _right = new int[nodes];
        var weights = new long[nodes];
        weights.AsSpan().Fill(1_000_000_000_000_000);
        for (int i = 0; i < _leaves; i++)
            weights[i] = counts[i];
        int leaf = _leaves - 1, node = _leaves;
        for (int i = _leaves; i < nodes; i++)
        {
            _left[i] = Smallest();
            _right[i] = Smallest();
            weights[i] = weights[_left[i]] + weights[_right[i]];
        }

        int Smallest() => leaf >= 0 && weights[leaf] < weights[node] ? leaf-- : node++;
    }

    /// <summary>Log scores of all leaves; parents stand behind their children.</summary>
    public void All(FastTextModel model, ReadOnlySpan<float> hidden, Span<float> logScores)
    {
        var scores = new float[_left.Length];
        for (int node = _left.Length - 1; node >= _leaves; node--)
        {
            float right = Right(model, hidden, node);
            scores[_left[node]] = scores[node] + FastTextModel.Log(1.0 - right);
            scores[_right[node]] = scores[node] + FastTextModel.Log(right);
        }
        scores.AsSpan(0, _leaves).CopyTo(logScores);
    }

    /// <summary>The best leaf; branches below the best score so far are not entered.</summary>
    public (int Leaf, float LogScore) Best(FastTextModel model, ReadOnlySpan<float> hidden)
    {
        var best = (Leaf: 0, LogScore: float.NegativeInfinity);
        Visit(_left.Length - 1, 0, model, hidden, ref best);
        return best;
    }

    private void Visit(int node, float score, FastTextModel model, ReadOnlySpan<float> hidden, ref (int Leaf, float LogScore) best)
    {
        if (score <= best.LogScore)
            return;
        if (node < _leaves)
        {
            best = (node, score);
            return;
        }
        float right = Right(model, hidden, node);
        // The likelier side first: it sets the bar for the other.
        (int First, float Score, int Second, float Other) order = (_left[node], score + FastTextModel.Log(1.0 - right), _right[node], score + FastTextModel.Log(right));
        if (order.Other > order.Score)
            order = (order.Second, order.Other, order.First, order.Score);
        Visit(order.First, order.Score, model, hidden, ref best);
        Visit(order.Second, order.Other, model, hidden, ref best);
    }

    private float Right(FastTextModel model, ReadOnlySpan<float> hidden, int node) => (float)(1.0 / (1 + Math.Exp(-model.Dot(hidden, node - _leaves))));
}
