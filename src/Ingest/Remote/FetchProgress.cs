namespace DataPipeline.Ingest.Remote;

/// <summary>Hears how far a fetch is; called from any thread.</summary>
public abstract class FetchProgress
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private long _bytesKnown;
    private int _files, _filesDone;

    /// <summary>So many files are to be fetched, others were there already.</summary>
    internal void Begin(int files, int there)
    {
        _files = files;
        Started(files, there);
    }

    /// <summary>The size of a file is known; the whole is guessed from the mean of those known.</summary>
    internal void Knows(FetchItem item, long? bytes)
    {
        lock (_lock)
        {
            if (bytes is not { } size || !_known.Add(item.Url))
                return;
            _bytesKnown += size;
            Expect((long)(_bytesKnown / (double)_known.Count * Math.Max(_files, _known.Count)));
        }
    }

    /// <summary>Bytes came.</summary>
    internal void Came(long bytes) => Advance(bytes);

    /// <summary>Bytes are here from an earlier try.</summary>
    internal void Found(long bytes) => Have(bytes);

    /// <summary>Bytes turned out to be useless.</summary>
    internal void Back(long bytes)
    {
        if (bytes > 0)
            Have(-bytes);
    }

    /// <summary>A file is there, or given up.</summary>
    internal void Ended(string name, string? failure) => Said(name, failure, Interlocked.Increment(ref _filesDone), _files);

    /// <summary>Before the first file.</summary>
    protected abstract void Started(int files, int there);

    /// <summary>How many bytes all files will have, as far as can be said.</summary>
    protected abstract void Expect(long bytes);

    /// <summary>Bytes came.</summary>
    protected abstract void Advance(long bytes);

    /// <summary>Bytes are here that did not come now, or turned out to be useless (below zero).</summary>
    protected abstract void Have(long bytes);

    /// <summary>A file has ended, well or with a failure.</summary>
    protected abstract void Said(string name, string? failure, int done, int files);
}
