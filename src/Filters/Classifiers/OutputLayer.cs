using System.Runtime.Intrinsics;

namespace DataPipeline.Filters;

/// <summary>From the mean of a text's rows to labels, and the step of gradient descent back.</summary>
/// <param name="weights">A row for each label, or for each inner node of the tree.</param>
/// <param name="labelCount">Labels.</param>
internal abstract unsafe class OutputLayer(RowMatrix weights, int labelCount)
{
    /// <summary>What fastText adds to a probability before it takes the logarithm, which its users see: it reports exp(log(p + 1e-5)).</summary>
    public const double Added = 1e-5;

    public RowMatrix Weights => weights;

    public int LabelCount => labelCount;

    public static OutputLayer Create(FastTextArguments arguments, RowMatrix weights, FastTextDictionary dictionary) => arguments.Loss switch
    {
        FastTextLoss.HierarchicalSoftmax => new TreeLayer(weights, dictionary.LabelCounts),
        FastTextLoss.Softmax => new SoftmaxLayer(weights, dictionary.Labels.Count),
        _ => new LogisticLayer(weights, dictionary.LabelCounts, arguments.Loss == FastTextLoss.NegativeSampling ? arguments.Negatives : null),
    };

    /// <summary>Rows that the weights of a loss need at least.</summary>
    public static int RowsOf(FastTextLoss loss, int labels) => loss == FastTextLoss.HierarchicalSoftmax ? labels - 1 : labels;

    /// <summary>The best label and its score.</summary>
    public abstract (int Label, double Score) Best(float* hidden);

    /// <summary>The score of every label; NaN where it is below the threshold.</summary>
    public abstract void All(float* hidden, Span<double> scores, double threshold);

    /// <summary>One step of gradient descent on an example.</summary>
    /// <param name="hidden">Mean of the rows of the text.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="target">The one of them that is learned, where the loss learns one at a time.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="chance">Numbers for drawing labels.</param>
    /// <param name="gradient">The step for the mean of the rows is added to it.</param>
    /// <returns>The loss.</returns>
    public abstract double Learn(float* hidden, ReadOnlySpan<int> labels, int target, float rate, ref ulong chance, float* gradient);

    /// <summary>Made ready for many texts: what is computed from the weights once.</summary>
    public virtual void Freeze()
    {
    }

    /// <summary>The next number of a generator whose state is a counter (SplitMix64).</summary>
    protected static ulong Next(ref ulong chance) => Core.Seed.Mix(chance += 0x9E3779B97F4A7C15UL);
}

/// <summary>Probabilities over all labels.</summary>
internal sealed unsafe class SoftmaxLayer(RowMatrix weights, int labelCount) : OutputLayer(weights, labelCount)
{
    private readonly int _padded = RowMatrix.RoundUp(labelCount);

    // Weights by column: a score for 16 labels is a sum of vectors, with no sum across a vector.
    private RowMatrix? _columns;

    [ThreadStatic]
    private static float[]? _scores;

    public override void Freeze()
    {
        var columns = new RowMatrix(Weights.Columns, LabelCount);
        for (int label = 0; label < LabelCount; label++)
        {
            for (int column = 0; column < Weights.Columns; column++)
                columns[column][label] = Weights.Row(label)[column];
        }
        _columns = columns;
    }

    public override (int Label, double Score) Best(float* hidden)
    {
        Span<float> scores = Activate(hidden, out int best);
        double sum = 0;
        Vector512<float> most = Vector512.Create(scores[best]), sums = default;
        int i = 0;
        for (; i + RowMatrix.Lane <= LabelCount; i += RowMatrix.Lane)
            sums += Vector512.Exp(Vector512.Create<float>(scores[i..]) - most);
        for (; i < LabelCount; i++)
            sum += MathF.Exp(scores[i] - scores[best]);
        return (best, 1 / (sum + Vector512.Sum(sums)) + Added);
    }

    public override void All(float* hidden, Span<double> scores, double threshold)
    {
        Span<float> activations = Activate(hidden, out int best);
        float most = activations[best], sum = 0;
        for (int i = 0; i < LabelCount; i++)
            sum += activations[i] = MathF.Exp(activations[i] - most);
        for (int i = 0; i < LabelCount; i++)
        {
            float probability = activations[i] / sum;
            scores[i] = probability < threshold ? double.NaN : probability + Added;
        }
    }

    public override double Learn(float* hidden, ReadOnlySpan<int> labels, int target, float rate, ref ulong chance, float* gradient)
    {
        if (_scores is null || _scores.Length < _padded)
            _scores = new float[_padded];
        Span<float> scores = _scores.AsSpan(0, LabelCount);
        float most = float.NegativeInfinity, sum = 0;
        for (int i = 0; i < scores.Length; i++)
            most = Math.Max(most, scores[i] = Weights.Dot(i, hidden));
        for (int i = 0; i < scores.Length; i++)
            sum += scores[i] = MathF.Exp(scores[i] - most);
        for (int i = 0; i < scores.Length; i++)
        {
            float step = rate * ((i == target ? 1f : 0f) - scores[i] / sum);
            Weights.AddFrom(i, step, gradient);
            Weights.AddTo(i, hidden, step);
        }
        return -Math.Log(scores[target] / sum + Added);
    }

    private Span<float> Activate(float* hidden, out int best)
    {
        if (_scores is null || _scores.Length < _padded)
            _scores = new float[_padded];
        Span<float> scores = _scores.AsSpan(0, _padded);
        if (_columns is { } columns)
        {
            int label = 0;
            for (; label + 2 * RowMatrix.Lane <= _padded; label += 2 * RowMatrix.Lane)
            {
                Vector512<float> low = default, high = default;
                for (int column = 0; column < columns.Rows; column++)
                {
                    Vector512<float> value = Vector512.Create(hidden[column]);
                    low += value * Vector512.LoadAligned(columns.Row(column) + label);
                    high += value * Vector512.LoadAligned(columns.Row(column) + label + RowMatrix.Lane);
                }
                low.CopyTo(scores[label..]);
                high.CopyTo(scores[(label + RowMatrix.Lane)..]);
            }
            if (label < _padded)
            {
                Vector512<float> rest = default;
                for (int column = 0; column < columns.Rows; column++)
                    rest += Vector512.Create(hidden[column]) * Vector512.LoadAligned(columns.Row(column) + label);
                rest.CopyTo(scores[label..]);
            }
        }
        else
        {
            for (int i = 0; i < LabelCount; i++)
                scores[i] = Weights.Dot(i, hidden);
        }
        best = 0;
        for (int i = 1; i < LabelCount; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return scores;
    }
}

/// <summary>A logistic function for each label: one against all, or against a few drawn labels (Mikolov et al. 2013, arXiv 1310.4546).</summary>
internal sealed unsafe class LogisticLayer : OutputLayer
{
    private readonly int? _negatives;
    private readonly double[] _cumulated = [];

    /// <summary>Makes the layer.</summary>
    /// <param name="weights">A row for each label.</param>
    /// <param name="counts">How often each label was seen: labels are drawn in proportion to the square root.</param>
    /// <param name="negatives">Labels drawn for each example; null learns all labels each time.</param>
    public LogisticLayer(RowMatrix weights, ReadOnlySpan<long> counts, int? negatives) : base(weights, counts.Length)
    {
        _negatives = negatives;
        if (negatives is null)
            return;
        _cumulated = new double[counts.Length];
        double sum = 0;
        for (int i = 0; i < counts.Length; i++)
            _cumulated[i] = sum += Math.Sqrt(counts[i]);
    }

    public override (int Label, double Score) Best(float* hidden)
    {
        // The function grows in steps, so labels tie often; with fastText the last of them wins.
        (int Label, float Score) best = (0, -1);
        for (int i = 0; i < LabelCount; i++)
        {
            float score = SigmoidTable.At(Weights.Dot(i, hidden));
            if (score >= best.Score)
                best = (i, score);
        }
        return (best.Label, best.Score + Added);
    }

    public override void All(float* hidden, Span<double> scores, double threshold)
    {
        for (int i = 0; i < LabelCount; i++)
        {
            float score = SigmoidTable.At(Weights.Dot(i, hidden));
            scores[i] = score < threshold ? double.NaN : score + Added;
        }
    }

    public override double Learn(float* hidden, ReadOnlySpan<int> labels, int target, float rate, ref ulong chance, float* gradient)
    {
        double loss = 0;
        if (_negatives is not { } negatives)
        {
            for (int i = 0; i < LabelCount; i++)
                loss += Learn(i, labels.Contains(i), hidden, rate, gradient);
            return loss;
        }
        loss = Learn(target, true, hidden, rate, gradient);
        for (int i = 0; i < negatives && LabelCount > 1; i++)
        {
            int drawn;
            do
            {
                double at = (Next(ref chance) >> 11) * (1.0 / (1UL << 53)) * _cumulated[^1];
                drawn = Array.BinarySearch(_cumulated, at) is var found && found < 0 ? ~found : found + 1;
            }
            while (drawn == target || drawn >= LabelCount);
            loss += Learn(drawn, false, hidden, rate, gradient);
        }
        return loss;
    }

    private double Learn(int label, bool isRight, float* hidden, float rate, float* gradient)
    {
        float score = SigmoidTable.At(Weights.Dot(label, hidden));
        float step = rate * ((isRight ? 1 : 0) - score);
        Weights.AddFrom(label, step, gradient);
        Weights.AddTo(label, hidden, step);
        return -Math.Log((isRight ? score : 1 - score) + Added);
    }
}

/// <summary>The logistic function in 512 steps from -8 to 8, as fastText scores negative sampling and one-vs-all.</summary>
internal static class SigmoidTable
{
    private static readonly float[] Values = [.. Enumerable.Range(0, 513).Select(i => (float)(1.0 / (1.0 + Math.Exp(-(float)(i * 16 / 512.0 - 8)))))];

    public static float At(float x) => x < -8 ? 0 : x > 8 ? 1 : Values[(int)((x + 8) * 512 / 8 / 2)];
}
