namespace DataPipeline.Dedup;

/// <summary>Decides which documents stay, one kind of duplicate after another; documents have numbers in corpus order.</summary>
/// <remarks>The result depends on the groups as sets alone: connected components have no order, and the survivor is the first by rank, then by value, then by
/// number. 9 bytes a document, 2 more with ranks, 8 more with values.</remarks>
/// <param name="count">Documents.</param>
/// <param name="ranks">Priority of every document's source, smaller survives; null when all are equal.</param>
/// <param name="values">What decides next, larger survives; null when all are equal.</param>
internal sealed class Clusters(int count, ushort[]? ranks = null, long[]? values = null)
{
    private const sbyte Stays = -1;

    // While a kind is joined, the root of a cluster has its best document here: none of its documents is removed yet.
    private readonly int[] _survivor = new int[count];
    private readonly sbyte[] _removedBy = Filled(count);
    private readonly UnionFind _joined = new(count);

    /// <summary>Connects the documents of a group that are still there.</summary>
    /// <param name="group">Ascending numbers.</param>
    /// <param name="check">What pairs have to pass; null joins all.</param>
    public void Join(List<int> group, PairCheck? check = null)
    {
        if (check is not null)
        {
            JoinChecked(group, check);
            return;
        }
        int first = -1;
        foreach (int document in group)
        {
            if (_removedBy[document] != Stays)
                continue;
            if (first < 0)
                first = document;
            else
                _joined.Union(first, document);
        }
    }

    private void JoinChecked(List<int> group, PairCheck check)
    {
        var others = new List<(int Document, byte[] Sketch)>();
        (int Document, byte[] Sketch)? before = null;
        foreach (int document in group)
        {
            if (_removedBy[document] != Stays)
                continue;
            byte[] sketch = check.Load(document);
            foreach ((int other, byte[] otherSketch) in others)
                JoinIf(document, sketch, other, otherSketch);
            if (!check.AllPairs && before is { } last)
                JoinIf(document, sketch, last.Document, last.Sketch);
            if (check.AllPairs || others.Count < PairCheck.MostLeaders && others.All(other => _joined.Find(other.Document) != _joined.Find(document)))
                others.Add((document, sketch));
            before = (document, sketch);
        }

        void JoinIf(int a, byte[] sketch, int b, byte[] other)
        {
            if (_joined.Find(a) != _joined.Find(b) && check.Similarity(sketch, other) >= check.Least)
                _joined.Union(a, b);
        }
    }

    /// <summary>Ends a kind: of each cluster all documents but the survivor are removed.</summary>
    public ClusterSizes Choose(int kind)
    {
        var histogram = new SortedDictionary<int, long>();
        (long clusters, int largest) = (0, 0);
        var top = new PriorityQueue<int, (int Size, int Earlier)>();
        for (int i = 0; i < count; i++)
        {
            int root = _joined.Find(i), size = _joined.Size(root);
            if (size == 1)
                continue;
            if (root != i)
            {
                if (IsBetter(i, _survivor[root]))
                    _survivor[root] = i;
                continue;
            }
            _survivor[i] = i;
            int bin = 1 << System.Numerics.BitOperations.Log2((uint)size);
            histogram[bin] = histogram.GetValueOrDefault(bin) + 1;
            clusters++;
            largest = Math.Max(largest, size);
            top.Enqueue(i, (size, -i));
            if (top.Count > TopCluster.Most)
                top.Dequeue();
        }
        (int Survivor, int Size)[] largestFirst = [.. top.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => (_survivor[item.Element], item.Priority.Size))];
        // From the end, since a root, the smallest of its cluster, is asked for its best until the last of the others.
        for (int i = count - 1; i >= 0; i--)
        {
            int root = _joined.Find(i);
            if (_joined.Size(root) == 1 || _survivor[root] == i)
                continue;
            _removedBy[i] = (sbyte)kind;
            _survivor[i] = _survivor[root];
        }
        _joined.Clear();
        return new ClusterSizes(histogram, clusters, largest, largestFirst);
    }

    /// <summary>The kind that removed a document and the one that stayed for it, or null when it stays. A survivor may have been removed by a later kind.</summary>
    public (int Kind, int Survivor)? RemovedBy(int document) =>
        _removedBy[document] == Stays ? null : (_removedBy[document], _survivor[document]);

    /// <summary>True when a document survives one with a smaller number.</summary>
    private bool IsBetter(int document, int earlier)
    {
        int byRank = ranks is null ? 0 : ranks[document].CompareTo(ranks[earlier]);
        return byRank < 0 || byRank == 0 && values is not null && values[document] > values[earlier];
    }

    private static sbyte[] Filled(int count)
    {
        var removedBy = new sbyte[count];
        removedBy.AsSpan().Fill(Stays);
        return removedBy;
    }
}

/// <summary>What two candidates have to pass before they are joined.</summary>
/// <param name="Load">The sketch of a document.</param>
/// <param name="Similarity">Similarity of two sketches, 0 to 1.</param>
/// <param name="Least">Least similarity.</param>
/// <param name="AllPairs">Compares every pair of a group; else each document with the first of every cluster in its group, up to <see cref="MostLeaders"/>, and with the one before it.</param>
internal sealed record PairCheck(Func<int, byte[]> Load, Func<byte[], byte[], double> Similarity, double Least, bool AllPairs = false)
{
    public const int MostLeaders = 256;
}

/// <summary>How large the clusters of a kind are.</summary>
/// <param name="Histogram">Number of clusters by size, rounded down to a power of two.</param>
/// <param name="Count">Clusters of two or more.</param>
/// <param name="Largest">Documents of the largest; 0 without one.</param>
/// <param name="Top">Survivors and sizes of the largest, the largest first.</param>
internal readonly record struct ClusterSizes(SortedDictionary<int, long> Histogram, long Count, int Largest, IReadOnlyList<(int Survivor, int Size)> Top);
