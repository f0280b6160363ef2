using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>What the similarity of documents is computed from, for one kind over all shards, looked up by number of document.</summary>
/// <param name="sketches">Files of sketches, a shard each; empty when the kind has none.</param>
/// <param name="texts">Files of texts, a shard each; empty unless the kind compares them.</param>
/// <param name="kind">The kind.</param>
/// <param name="firsts">Number of the first document of each shard, and of the end.</param>
internal sealed class Sketches(IReadOnlyList<FileEntry> sketches, IReadOnlyList<FileEntry> texts, DocumentDedup kind, int[] firsts) : IDisposable
{
    private readonly OpenFiles<SketchFile> _sketches = new(shard => new SketchFile(sketches[shard].Path, kind.SketchBytes));
    private readonly OpenFiles<BlobFile> _texts = new(shard => new BlobFile(texts[shard].Path));

    /// <summary>The sketch of a document, or its texts.</summary>
    public byte[] Load(int document)
    {
        int shard = ShardOf(firsts, document), row = document - firsts[shard];
        if (texts.Count > 0)
            return _texts[shard][row];
        var sketch = new byte[kind.SketchBytes];
        if (sketch.Length > 0)
            _sketches[shard].Read(row, sketch);
        return sketch;
    }

    /// <summary>Similarity of what two documents loaded, 0 to 1.</summary>
    public double Similarity(byte[] a, byte[] b) => texts.Count > 0 ? kind.TextSimilarity(a, b) : kind.Similarity(a, b);

    /// <summary>The shard that holds a document.</summary>
    public static int ShardOf(int[] firsts, int document)
    {
        // Behind an empty shard two entries are equal; the last of them is the shard that holds the document.
        int low = 0, high = firsts.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = firsts[middle] <= document ? (middle, high) : (low, middle);
        }
        return low;
    }

    public void Dispose()
    {
        _sketches.Dispose();
        _texts.Dispose();
    }
}
