namespace DataPipeline.Dedup;

/// <summary>Connected groups of documents; 4 bytes a document hold both the way to the root and, at a root, the size.</summary>
/// <remarks>The smaller number becomes the root, so the result is the same whatever the order of unions; path halving keeps finds short.</remarks>
internal sealed class UnionFind
{
    // The next document on the way to the root, or at a root the negative number of its documents.
    private readonly int[] _next;

    public UnionFind(int count)
    {
        _next = new int[count];
        Clear();
    }

    /// <summary>Parts all documents again.</summary>
    public void Clear() => _next.AsSpan().Fill(-1);

    /// <summary>The smallest document connected with this one.</summary>
    public int Find(int item)
    {
        int[] next = _next;
        for (int up; (up = next[item]) >= 0;)
        {
            int above = next[up];
            if (above < 0)
                return up;
            next[item] = above;
            item = above;
        }
        return item;
    }

    /// <summary>Documents connected with a root, itself too.</summary>
    public int Size(int root) => -_next[root];

    /// <summary>Connects two documents.</summary>
    public void Union(int a, int b)
    {
        (a, b) = (Find(a), Find(b));
        if (a == b)
            return;
        (int root, int other) = (Math.Min(a, b), Math.Max(a, b));
        _next[root] += _next[other];
        _next[other] = root;
    }
}
