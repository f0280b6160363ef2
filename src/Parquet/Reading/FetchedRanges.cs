namespace DataPipeline.Parquet;

/// <summary>Ranges of a source, fetched by few requests and kept in memory; what lies outside of them is read from the source.</summary>
internal sealed class FetchedRanges : ByteSource
{
    /// <summary>Bytes that are kept at most: of a larger row group the rest is read as it is used.</summary>
    private const long MaxKept = 1 << 28;

    /// <summary>Bytes of one request at most.</summary>
    private const int MaxRequest = 1 << 26;
    private readonly ByteSource _source;
    private readonly List<(long Start, byte[] Bytes)> _kept = [];

    private FetchedRanges(ByteSource source) => _source = source;

    public override string Name => _source.Name;

    public override long Length => _source.Length;

    public override int GapBytes => _source.GapBytes;

    /// <summary>Fetches the ranges, those together that lie no further apart than the source's gap.</summary>
    public static FetchedRanges Of(ByteSource source, IEnumerable<(long Start, long End)> ranges)
    {
        var fetched = new FetchedRanges(source);
        long kept = 0;
        foreach ((long start, long end) in Join(ranges.Order(), source.GapBytes))
        {
            if (kept + end - start > MaxKept)
                break;
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)(end - start));
            source.Read(start, bytes);
            fetched._kept.Add((start, bytes));
            kept += bytes.Length;
        }

        return fetched;
    }

    public override void Read(long offset, Span<byte> target)
    {
        foreach ((long start, byte[] bytes) in _kept)
        {
            if (offset >= start && offset + target.Length <= start + bytes.Length)
            {
                bytes.AsSpan((int)(offset - start), target.Length).CopyTo(target);
                return;
            }
        }

        _source.Read(offset, target);
    }

    protected override void Dispose(bool disposing) => _kept.Clear();

    private static IEnumerable<(long Start, long End)> Join(IEnumerable<(long Start, long End)> sorted, int gap)
    {
        (long Start, long End)? open = null;
        foreach ((long start, long end) in sorted)
        {
            if (open is { } last && start <= last.End + gap && Math.Max(end, last.End) - last.Start <= MaxRequest)
            {
                open = (last.Start, Math.Max(end, last.End));
                continue;
            }

            if (open is { } done)
                yield return done;
            open = (start, end);
        }

        if (open is { } rest)
            yield return rest;
    }
}
