namespace DataPipeline.Dedup;

/// <summary>Connected groups of documents; 4 bytes a document.</summary>
/// <remarks>The smaller number becomes the root, so the result is the same whatever the order of unions; path halving keeps finds short.</remarks>
internal sealed class UnionFind
{
    private readonly int[] _parent;

    public UnionFind(int count)
    {
        _parent = new int[count];
        Clear();
    }

    /// <summary>Parts all documents again.</summary>
    public void Clear()
    {
        for (int i = 0; i < _parent.Length; i++)
            _parent[i] = i;
    }

    /// <summary>The smallest document connected with this one.</summary>
    public int Find(int item)
    {
        int[] parent = _parent;
        while (parent[item] != item)
            item = parent[item] = parent[parent[item]];
        return item;
    }

    /// <summary>Connects two documents.</summary>
    public void Union(int a, int b)
    {
        (a, b) = (Find(a), Find(b));
        _parent[Math.Max(a, b)] = Math.Min(a, b);
    }
}
