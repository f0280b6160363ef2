using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>A source as an endless row of tokens: epoch after epoch, each with its documents in another order, packed without gaps.</summary>
/// <remarks>A place is found through the running length at every 16th document of the epoch, which is counted once when the epoch is entered. Whoever goes on where the last
/// reading ended, as training does, does not search.</remarks>
internal sealed class SourceStream(TokenStore store, Seed seed)
{
    private const int Stride = 16;

    private readonly Lock _entering = new();
    private volatile Epoch? _recent;
    private volatile Epoch? _before;
    // Written and read as a whole by any thread; an old one is still right.
    private volatile Place? _last;

    private sealed record Epoch(long Number, DocumentPermutation Order, long[] LengthBefore);

    /// <summary>The document that holds a token.</summary>
    /// <param name="At">The token's place in the endless row.</param>
    /// <param name="Epoch">Its epoch.</param>
    /// <param name="Number">Place of the document in the epoch's order.</param>
    /// <param name="Skip">Tokens of the document before it.</param>
    private sealed record Place(long At, Epoch Epoch, long Number, long Skip);

    /// <summary>Copies tokens from a place on, into the next epochs where this one ends.</summary>
    public void Read(long from, Span<long> target)
    {
        Place place = _last is { } last && last.At == from ? last : Find(from);
        (Epoch epoch, long number, long skip) = (place.Epoch, place.Number, place.Skip);
        while (true)
        {
            long document = epoch.Order[number], start = store.OffsetOf(document), length = store.OffsetOf(document + 1) - start;
            int take = (int)Math.Min(length - skip, target.Length);
            store.CopyTo(start + skip, target[..take]);
            target = target[take..];
            from += take;
            skip += take;
            bool isEnd = skip == length && number + 1 == store.DocumentCount;
            if (target.IsEmpty && isEnd)
            {
                // Entering an epoch reads the length of every document: not before a token of it is asked for.
                _last = null;
                return;
            }
            if (skip == length)
            {
                skip = 0;
                (epoch, number) = isEnd ? (Enter(epoch.Number + 1), 0) : (epoch, number + 1);
            }
            if (target.IsEmpty)
                break;
        }
        _last = new Place(from, epoch, number, skip);
    }

    /// <summary>The same tokens as stretches of the store.</summary>
    public IEnumerable<(long Start, int Length)> Pieces(long from, int length)
    {
        (_, Epoch epoch, long number, long skip) = Find(from);
        while (length > 0)
        {
            long document = epoch.Order[number], start = store.OffsetOf(document) + skip;
            int take = (int)Math.Min(store.OffsetOf(document + 1) - start, length);
            yield return (start, take);
            length -= take;
            skip = 0;
            if (length > 0)
                (epoch, number) = number + 1 == store.DocumentCount ? (Enter(epoch.Number + 1), 0) : (epoch, number + 1);
        }
    }

    /// <summary>The token at a place; the next reading still goes on where the last one ended.</summary>
    public long TokenAt(long from)
    {
        Place place = _last is { } last && last.At == from ? last : Find(from);
        Span<long> token = stackalloc long[1];
        store.CopyTo(store.OffsetOf(place.Epoch.Order[place.Number]) + place.Skip, token);
        return token[0];
    }

    /// <summary>The documents of so many tokens from a place on, in their order.</summary>
    public IEnumerable<long> DocumentsOf(long from, long count)
    {
        for (long at = from; at < from + count;)
        {
            Place place = Find(at);
            long document = place.Epoch.Order[place.Number];
            yield return document;
            at += store.OffsetOf(document + 1) - store.OffsetOf(document) - place.Skip;
        }
    }

    private Place Find(long from)
    {
        Epoch epoch = Enter(from / store.TokenCount);
        long offset = from % store.TokenCount;
        int mark = Array.BinarySearch(epoch.LengthBefore, offset);
        if (mark < 0)
            mark = ~mark - 1;
        long begin = epoch.LengthBefore[mark];
        for (long number = (long)mark * Stride; ; number++)
        {
            long document = epoch.Order[number], length = store.OffsetOf(document + 1) - store.OffsetOf(document);
            if (offset - begin < length)
                return new Place(from, epoch, number, offset - begin);
            begin += length;
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
