using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>A source as an endless row of tokens: epoch after epoch, each with its documents in another order, packed without gaps.</summary>
/// <remarks>A place is found through the running length at every 16th document of the epoch, which is counted once when the epoch is entered.</remarks>
internal sealed class SourceStream(TokenStore store, Seed seed)
{
    private const int Stride = 16;

    private readonly Lock _entering = new();
    private volatile Epoch? _recent;
    private volatile Epoch? _before;

    private sealed record Epoch(long Number, DocumentPermutation Order, long[] LengthBefore);

    /// <summary>Copies tokens from a place on, into the next epochs where this one ends.</summary>
    public void Read(long from, Span<int> target)
    {
        while (!target.IsEmpty)
        {
            Epoch epoch = Enter(from / store.TokenCount);
            long offset = from % store.TokenCount;
            int mark = Array.BinarySearch(epoch.LengthBefore, offset);
            if (mark < 0)
                mark = ~mark - 1;
            long place = (long)mark * Stride, begin = epoch.LengthBefore[mark];
            for (; place < store.DocumentCount && !target.IsEmpty; place++)
            {
                long document = epoch.Order[place], start = store.OffsetOf(document), length = store.OffsetOf(document + 1) - start;
                long skip = offset - begin;
                begin += length;
                if (skip >= length)
                    continue;
                int take = (int)Math.Min(length - skip, target.Length);
                store.CopyTo(start + skip, target[..take]);
                target = target[take..];
                from += take;
                offset += take;
            }
        }
    }

    private Epoch Enter(long number)
    {
        if (_recent is { } recent && recent.Number == number)
            return recent;
        // Samples are read in order, a few of them by several threads: two epochs are in use where one ends.
        if (_before is { } before && before.Number == number)
            return before;
        lock (_entering)
        {
            if (_recent is { } entered && entered.Number == number)
                return entered;
            DocumentPermutation order = new(store.DocumentCount, seed.For((ulong)number));
            long[] lengthBefore = new long[(store.DocumentCount + Stride - 1) / Stride];
            long length = 0;
            for (long place = 0; place < store.DocumentCount; place++)
            {
                if (place % Stride == 0)
                    lengthBefore[place / Stride] = length;
                long document = order[place];
                length += store.OffsetOf(document + 1) - store.OffsetOf(document);
            }
            _before = _recent;
            return _recent = new Epoch(number, order, lengthBefore);
        }
    }
}
