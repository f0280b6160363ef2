namespace DataPipeline.Filters;

/// <summary>The label tree of hierarchical softmax: a Huffman tree over label counts, built as fastText builds it; at each node a logistic function says right or left.</summary>
internal sealed unsafe class TreeLayer : OutputLayer
{
    private readonly int[] _left, _right, _parent;
    private readonly bool[] _isRight;

    public TreeLayer(RowMatrix weights, ReadOnlySpan<long> counts) : base(weights, counts.Length)
    {
        int leaves = counts.Length, nodes = 2 * leaves - 1;
        (_left, _right, _parent, _isRight) = (new int[nodes], new int[nodes], new int[nodes], new bool[nodes]);
        var sizes = new long[nodes];
        sizes.AsSpan().Fill(1_000_000_000_000_000);
        counts.CopyTo(sizes);
        int leaf = leaves - 1, node = leaves;
        for (int i = leaves; i < nodes; i++)
        {
            _left[i] = Smallest();
            _right[i] = Smallest();
            sizes[i] = sizes[_left[i]] + sizes[_right[i]];
            _parent[_left[i]] = _parent[_right[i]] = i;
            _isRight[_right[i]] = true;
        }
        _parent[nodes - 1] = -1;

        int Smallest() => leaf >= 0 && sizes[leaf] < sizes[node] ? leaf-- : node++;
    }

    public override (int Label, double Score) Best(float* hidden)
    {
        var best = (Leaf: 0, Score: -1.0);
        Visit(_left.Length - 1, 1, hidden, ref best);
        return best;
    }

    public override void All(float* hidden, Span<double> scores, double threshold)
    {
        // A search that gives up a branch below the threshold; parents stand behind their children.
        var all = new double[_left.Length];
        all[^1] = 1;
        for (int node = _left.Length - 1; node >= LabelCount; node--)
        {
            double right = Right(hidden, node);
            all[_left[node]] = all[node] * (1.0 - right + Added);
            all[_right[node]] = all[node] * (right + Added);
        }
        for (int i = 0; i < LabelCount; i++)
            scores[i] = all[i] < threshold + Added ? double.NaN : all[i];
    }

    public override double Learn(float* hidden, ReadOnlySpan<int> labels, int target, float rate, ref ulong chance, float* gradient)
    {
        double loss = 0;
        for (int child = target, node = _parent[target]; node >= 0; child = node, node = _parent[node])
        {
            int row = node - LabelCount;
            float score = SigmoidTable.At(Weights.Dot(row, hidden));
            float step = rate * ((_isRight[child] ? 1 : 0) - score);
            Weights.AddFrom(row, step, gradient);
            Weights.AddTo(row, hidden, step);
            loss -= Math.Log((_isRight[child] ? score : 1 - score) + Added);
        }
        return loss;
    }

    // Products of probabilities stand for sums of logarithms: p + 1e-5 is what fastText takes the logarithm of.
    private void Visit(int node, double score, float* hidden, ref (int Leaf, double Score) best)
    {
        // A single label is the whole tree.
        while (node >= LabelCount)
        {
            double right = Right(hidden, node) + Added, left = 1.0 - right + 2 * Added;
            // The likelier side first: it sets the bar for the other.
            (int likely, int other) = right > left ? (_right[node], _left[node]) : (_left[node], _right[node]);
            Visit(likely, score * Math.Max(left, right), hidden, ref best);
            (node, score) = (other, score * Math.Min(left, right));
            if (score <= best.Score)
                return;
        }
        if (score > best.Score)
            best = (node, score);
    }

    private float Right(float* hidden, int node) => 1f / (1f + MathF.Exp(-Weights.Dot(node - LabelCount, hidden)));
}
