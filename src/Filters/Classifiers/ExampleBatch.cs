namespace DataPipeline.Filters;

/// <summary>Lines of a training text as rows and labels, found on several threads.</summary>
internal sealed class ExampleBatch
{
    /// <summary>Lines of a batch.</summary>
    public const int Lines = 1024;

    private const int MostBytes = 1 << 24;

    private readonly Example[] _examples = [.. Enumerable.Range(0, Lines).Select(_ => new Example())];

    public int Count { get; private set; }

    public Example this[int index] => _examples[index];

    /// <summary>The lines of a text, a batch at a time; where a batch ends depends on the lines alone.</summary>
    public static IEnumerable<List<ReadOnlyMemory<byte>>> Cut(IEnumerable<ReadOnlyMemory<byte>> blocks)
    {
        var lines = new List<ReadOnlyMemory<byte>>(Lines);
        long bytes = 0;
        foreach (ReadOnlyMemory<byte> block in blocks)
        {
            for (int start = 0; start < block.Length;)
            {
                int length = block.Span[start..].IndexOf((byte)'\n');
                int end = length < 0 ? block.Length : start + length;
                lines.Add(block[start..end]);
                bytes += end - start;
                start = end + 1;
                if (lines.Count < Lines && bytes < MostBytes)
                    continue;
                yield return lines;
                lines.Clear();
                bytes = 0;
            }
        }
        if (lines.Count > 0)
            yield return lines;
    }

    /// <summary>Finds the features of the lines.</summary>
    public void Read(List<ReadOnlyMemory<byte>> lines, FastTextDictionary dictionary, int threads)
    {
        Count = lines.Count;
        if (threads == 1)
        {
            for (int i = 0; i < Count; i++)
                _examples[i].Read(lines[i].Span, dictionary);
            return;
        }
        Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => _examples[i].Read(lines[i].Span, dictionary));
    }
}

/// <summary>One line: the rows of its features, its labels, and how many tokens it has.</summary>
internal sealed class Example
{
    public FeatureList Features { get; } = new();

    public List<int> Labels { get; } = [];

    public int Tokens { get; private set; }

    /// <summary>Nothing can be learned from a line without a label or without a feature.</summary>
    public bool Teaches => Labels.Count > 0 && Features.Count > 0;

    public void Read(ReadOnlySpan<byte> line, FastTextDictionary dictionary)
    {
        Labels.Clear();
        Tokens = dictionary.AddFeatures(line, Features, labels: Labels);
    }
}
