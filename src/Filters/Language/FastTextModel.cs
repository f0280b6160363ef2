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
        float[]? scores = LogScores(text);
        if (scores is null)
            return null;
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return At(scores, best);
    }

    /// <summary>The k most likely labels, best first; none where the text has no feature that the model knows.</summary>
    public IReadOnlyList<Prediction> Predict(ReadOnlySpan<char> text, int k)
    {
        if (LogScores(text) is not { } scores)
            return [];
        // A tree search gives up branches whose score has fallen to nothing.
        float least = _tree is null ? float.NegativeInfinity : (float)Math.Log(1e-5);
        IEnumerable<int> order = Enumerable.Range(0, scores.Length).Where(i => scores[i] >= least).OrderByDescending(i => scores[i]).ThenBy(i => i);
        return [.. order.Take(k).Select(i => At(scores, i))];
    }

    private Prediction At(float[] logScores, int label) => new(_words.Labels[label], Math.Exp(logScores[label]));

    private float[]? LogScores(ReadOnlySpan<char> text)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, bytes);
        float[]? scores = LogScores(bytes.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(bytes);
        return scores;
    }

    private float[]? LogScores(ReadOnlySpan<byte> text)
    {
        List<int> rows = _rows ??= new List<int>(4096);
        rows.Clear();
        _words.AddFeatures(text, rows);
        if (rows.Count == 0)
            return null;
        Span<float> hidden = _dim <= 512 ? stackalloc float[_dim] : new float[_dim];
        SumRows(CollectionsMarshal.AsSpan(rows), hidden);
        float share = (float)(1.0 / rows.Count);
        foreach (ref float value in hidden)
            value *= share;
        var logScores = new float[_words.Labels.Count];
        Score(hidden, logScores);
        return logScores;
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

    // fastText reports exp(log(p + 1e-5)), which is what its users compare thresholds with.
    private void Score(ReadOnlySpan<float> hidden, float[] logScores)
    {
        if (_tree is not null)
        {
            Span<float> nodes = new float[_outputRows];
            for (int i = 0; i < _words.Labels.Count - 1; i++)
                nodes[i] = Dot(hidden, i);
            _tree.Score(nodes, logScores);
            return;
        }
        float max = float.NegativeInfinity;
        for (int i = 0; i < logScores.Length; i++)
        {
            logScores[i] = Dot(hidden, i);
            max = Math.Max(max, logScores[i]);
        }
        float total = 0;
        for (int i = 0; i < logScores.Length; i++)
        {
            logScores[i] = _loss == FastTextLoss.Softmax ? (float)Math.Exp(logScores[i] - max) : SigmoidTable.At(logScores[i]);
            total += logScores[i];
        }
        for (int i = 0; i < logScores.Length; i++)
            logScores[i] = (float)Math.Log((_loss == FastTextLoss.Softmax ? logScores[i] / total : logScores[i]) + 1e-5);
    }

    private float Dot(ReadOnlySpan<float> hidden, int row)
    {
        ReadOnlySpan<float> weights = _output.AsSpan(row * _dim, _dim);
        float sum = 0;
        for (int i = 0; i < hidden.Length; i++)
            sum += hidden[i] * weights[i];
        return sum;
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

    /// <summary>Log scores of all leaves from the products of the inner nodes; parents stand behind their children.</summary>
    public void Score(ReadOnlySpan<float> inner, Span<float> logScores)
    {
        var scores = new float[_left.Length];
        for (int node = _left.Length - 1; node >= _leaves; node--)
        {
            float right = (float)(1.0 / (1 + Math.Exp(-inner[node - _leaves])));
            scores[_left[node]] = scores[node] + (float)Math.Log(1.0 - right + 1e-5);
            scores[_right[node]] = scores[node] + (float)Math.Log(right + 1e-5);
        }
        scores.AsSpan(0, _leaves).CopyTo(logScores);
    }
}
