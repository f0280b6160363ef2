using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Stochastic gradient boosting for squared error (Friedman 2001, 2002): each tree is fitted, on half of the rows, to what the trees before leave over.</summary>
/// <remarks>
/// Trees grow level by level over all features and all thresholds; the order of each feature is sorted once, so a level costs rows times features. Equal gains go to the first feature
/// and threshold. Histograms, which make large libraries fast, save nothing on the few hundred runs of a mixture search. Depth, rate and the half were chosen by
/// cross-validation on the public runs of RegMix (docs/decisions.md); which rows a tree sees depends on the seed and its number alone.
/// </remarks>
public sealed class BoostedTrees : MixtureModel
{
    private const int Trees = 1000, Depth = 3, LeastLeaf = 5;
    private const double Rate = 0.05, RowShare = 0.5;

    private readonly double _start;
    private readonly List<Node[]> _trees = [];

    private BoostedTrees(double start) => _start = start;

    /// <inheritdoc/>
    public override double Predict(ReadOnlySpan<double> weights)
    {
        double sum = _start;
        foreach (Node[] tree in _trees)
            sum += Leaf(tree, weights);
        return sum;
    }

    internal static BoostedTrees Fit(double[][] rows, double[] values, Seed seed)
    {
        var model = new BoostedTrees(values.Average());
        int features = rows[0].Length;
        int[][] orders = [.. Enumerable.Range(0, features).Select(feature => Enumerable.Range(0, rows.Length).OrderBy(row => rows[row][feature]).ToArray())];
        double[] left = [.. values.Select(value => value - model._start)];
        for (int tree = 0; tree < Trees; tree++)
        {
            Node[] grown = Grow(rows, orders, left, seed.For((ulong)tree));
            model._trees.Add(grown);
            for (int row = 0; row < rows.Length; row++)
                left[row] -= Leaf(grown, rows[row]);
        }
        return model;
    }

    /// <summary>A full binary tree in an array, children of i at 2i + 1 and 2i + 2; leaves above the last level have no feature.</summary>
    private static Node[] Grow(double[][] rows, int[][] orders, double[] left, Seed seed)
    {
        var tree = new Node[(1 << (Depth + 1)) - 1];
        // Rows that this tree does not see are in no node.
        int[] nodeOf = [.. Enumerable.Range(0, rows.Length).Select(row => seed.Fraction((ulong)row) < RowShare ? 0 : -1)];
        for (int level = 0; level <= Depth; level++)
        {
            (int first, int count) = ((1 << level) - 1, 1 << level);
            double[] sums = new double[count];
            int[] sizes = new int[count];
            for (int row = 0; row < rows.Length; row++)
            {
                if (nodeOf[row] < first)
                    continue;
                sums[nodeOf[row] - first] += left[row];
                sizes[nodeOf[row] - first]++;
            }
            for (int node = 0; node < count; node++)
                tree[first + node] = new Node(-1, 0, sizes[node] > 0 ? Rate * sums[node] / sizes[node] : 0);
            if (level < Depth)
                Split(rows, orders, left, nodeOf, tree, first, sums, sizes);
        }
        return tree;
    }

    private static void Split(double[][] rows, int[][] orders, double[] left, int[] nodeOf, Node[] tree, int first, double[] sums, int[] sizes)
    {
        int count = sums.Length;
        double[] gains = new double[count];
        for (int feature = 0; feature < orders.Length; feature++)
        {
            double[] belowSum = new double[count], last = new double[count];
            int[] below = new int[count];
            foreach (int row in orders[feature])
            {
                int node = nodeOf[row] - first;
                if (node < 0)
                    continue;
                double value = rows[row][feature];
                if (below[node] >= LeastLeaf && sizes[node] - below[node] >= LeastLeaf && value > last[node])
                {
                    double above = sums[node] - belowSum[node];
                    double gain = belowSum[node] * belowSum[node] / below[node] + above * above / (sizes[node] - below[node]) - sums[node] * sums[node] / sizes[node];
                    if (gain > gains[node] + 1e-15)
                    {
                        gains[node] = gain;
                        tree[first + node] = tree[first + node] with { Feature = feature, Threshold = (last[node] + value) / 2 };
                    }
                }
                belowSum[node] += left[row];
                below[node]++;
                last[node] = value;
            }
        }
        for (int row = 0; row < rows.Length; row++)
        {
            if (nodeOf[row] >= first && tree[nodeOf[row]] is { Feature: >= 0 } node)
                nodeOf[row] = 2 * nodeOf[row] + (rows[row][node.Feature] < node.Threshold ? 1 : 2);
        }
    }

    private static double Leaf(Node[] tree, ReadOnlySpan<double> weights)
    {
        int at = 0;
        while (tree[at].Feature >= 0)
            at = 2 * at + (weights[tree[at].Feature] < tree[at].Threshold ? 1 : 2);
        return tree[at].Value;
    }

    private readonly record struct Node(int Feature, double Threshold, double Value);
}
