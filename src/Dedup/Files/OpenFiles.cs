namespace DataPipeline.Dedup.Files;

/// <summary>Files of shards opened when asked for, at most a fixed number at a time: the one opened longest ago is closed first.</summary>
internal sealed class OpenFiles<T>(Func<int, T> open, int most = 128) : IDisposable where T : IDisposable
{
    private readonly Dictionary<int, T> _open = [];
    private readonly Queue<int> _order = [];

    public T this[int shard]
    {
        get
        {
            if (_open.TryGetValue(shard, out T? file))
                return file;
            if (_open.Count == most && _open.Remove(_order.Dequeue(), out T? oldest))
                oldest.Dispose();
            _order.Enqueue(shard);
            return _open[shard] = open(shard);
        }
    }

    public void Dispose()
    {
        foreach (T file in _open.Values)
            file.Dispose();
    }
}
