namespace DataPipeline.Dedup;

/// <summary>Decides which documents stay, one kind of duplicate after another; documents have numbers in corpus order.</summary>
/// <remarks>The result depends on the groups as sets alone: connected components have no order, and the survivor is the smallest by (rank, number).</remarks>
/// <param name="ranks">Priority of every document's source; smaller survives.</param>
internal sealed class Clusters(ushort[] ranks)
{
    private const sbyte Stays = -1;

    private readonly int[] _survivor = new int[ranks.Length];
    private readonly sbyte[] _removedBy = Filled(ranks.Length);
    private readonly UnionFind _joined = new(ranks.Length);

    /// <summary>Connects the documents of a group that are still there.</summary>
    /// <param name="group">Ascending numbers.</param>
    /// <param name="confirm">Asked for each document with the first of the group, then with the one before it; null joins all.</param>
    public void Join(List<int> group, Func<int, int, bool>? confirm)
    {
        int first = -1, before = -1;
        foreach (int document in group)
        {
            if (_removedBy[document] != Stays)
                continue;
            if (first < 0)
                first = document;
            else if (confirm is null || confirm(first, document))
                _joined.Union(first, document);
            else if (before != first && confirm(before, document))
                _joined.Union(before, document);
            before = document;
        }
    }

    /// <summary>Ends a kind: of each cluster all documents but the survivor are removed.</summary>
    public ClusterSizes Choose(int kind)
    {
        var best = new int[ranks.Length];
        var sizes = new int[ranks.Length];
        for (int i = 0; i < best.Length; i++)
        {
            int root = _joined.Find(i);
            if (sizes[root]++ == 0 || ranks[i] < ranks[best[root]])
                best[root] = i;
        }
        var histogram = new SortedDictionary<int, long>();
        (long count, int largest) = (0, 0);
        for (int i = 0; i < best.Length; i++)
        {
            int root = _joined.Find(i);
            if (sizes[root] == 1)
                continue;
            if (root == i)
            {
                int bin = 1 << System.Numerics.BitOperations.Log2((uint)sizes[root]);
                histogram[bin] = histogram.GetValueOrDefault(bin) + 1;
                count++;
                largest = Math.Max(largest, sizes[root]);
            }
            if (best[root] == i)
                continue;
            _removedBy[i] = (sbyte)kind;
            _survivor[i] = best[root];
        }
        _joined.Clear();
        return new ClusterSizes(histogram, count, largest);
    }

    /// <summary>The kind that removed a document and the one that stayed for it, or null when it stays. A survivor may have been removed by a later kind.</summary>
    public (int Kind, int Survivor)? RemovedBy(int document) =>
        _removedBy[document] == Stays ? null : (_removedBy[document], _survivor[document]);

    private static sbyte[] Filled(int count)
    {
        var removedBy = new sbyte[count];
        removedBy.AsSpan().Fill(Stays);
        return removedBy;
    }
}

/// <summary>How large the clusters of a kind are.</summary>
/// <param name="Histogram">Number of clusters by size, rounded down to a power of two.</param>
/// <param name="Count">Clusters of two or more.</param>
/// <param name="Largest">Documents of the largest; 0 without one.</param>
internal readonly record struct ClusterSizes(SortedDictionary<int, long> Histogram, long Count, int Largest);
