using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>The samples of one source, epoch after epoch without end, found by their number.</summary>
internal abstract class SourceSamples
{
    /// <summary>What a place in the source counts: tokens, or rows of an epoch.</summary>
    public abstract long UnitsOf(long samples);

    /// <summary>Samples of an epoch, the last of which may reach into the next; at least 1.</summary>
    public abstract long EpochSamples { get; }

    /// <summary>Fills a row with a sample.</summary>
    /// <param name="from">Units drawn before the first sample.</param>
    /// <param name="index">Number of the sample.</param>
    /// <param name="row">Where it goes.</param>
    public abstract RowFill Read(long from, long index, SampleRow row);

    /// <summary>Numbers of the documents in the store that a sample is made of, in their order.</summary>
    public abstract IEnumerable<long> DocumentsOf(long from, long index);

    /// <summary>Tokens to predict in a sample.</summary>
    public abstract int TargetsOf(long from, long index);

    /// <summary>The samples of a store.</summary>
    public static SourceSamples Of(TokenStore store, Packing packing, int sequenceLength, Seed seed) => packing.MakesRows()
        ? new PackedSource(store, sequenceLength, seed, packing) : new StreamedSource(store, sequenceLength, seed, packing == Packing.Documents);
}

/// <summary>What is in a row.</summary>
/// <param name="Tokens">Tokens before the padding.</param>
/// <param name="Targets">How many of them are trained on.</param>
internal readonly record struct RowFill(int Tokens, int Targets)
{
    public Sample Of(int source) => new(source, Targets, Tokens);
}

/// <summary>Samples cut from the documents one behind the other. A sample's first input is the last target of the one before, so that every token is a target once an epoch.</summary>
internal sealed class StreamedSource(TokenStore store, int sequenceLength, Seed seed, bool marksDocuments) : SourceSamples
{
    private readonly SourceStream _stream = new(store, seed);

    public override long UnitsOf(long samples) => samples * sequenceLength;

    public override long EpochSamples => Math.Max(1, store.TokenCount / sequenceLength);

    public override int TargetsOf(long from, long index)
    {
        int targets = 0;
        foreach ((long start, int length) in _stream.Pieces(from + index * sequenceLength + 1, sequenceLength))
            targets += store.LearnedIn(start, length);
        return targets;
    }

    public override IEnumerable<long> DocumentsOf(long from, long index) => _stream.DocumentsOf(from + index * sequenceLength, sequenceLength + 1L);

    public override RowFill Read(long from, long index, SampleRow row)
    {
        long at = from + index * sequenceLength;
        _stream.Read(at, row.Inputs);
        row.Inputs[1..].CopyTo(row.Targets);
        row.Targets[^1] = _stream.TokenAt(at + sequenceLength);
        Mark(row);
        return new RowFill(sequenceLength, store.IsMasked ? Mask(at + 1, row) : sequenceLength);
    }

    private void Mark(SampleRow row)
    {
        if (!marksDocuments)
        {
            row.Mark(0, 0, sequenceLength);
            return;
        }
        int begin = 0, number = 0;
        // The end token of one document is the first input of the next.
        while (store.EndOfDocument is { } end && row.Inputs[(begin + 1)..].IndexOf(end) is >= 0 and int length)
        {
            row.Mark(number++, begin, begin + 1 + length);
            begin += 1 + length;
        }
        row.Mark(number, begin, sequenceLength);
    }

    private int Mask(long from, SampleRow row)
    {
        int at = 0, targets = 0;
        foreach ((long start, int length) in _stream.Pieces(from, sequenceLength))
        {
            targets += store.Mask(start, row.Targets.Slice(at, length));
            at += length;
        }
        return targets;
    }
}

/// <summary>Samples of whole documents. Which documents share a row is decided once, over the whole source; each epoch takes the rows in another order, so that it holds every
/// token once and knows its length.</summary>
/// <remarks>Documents longer than a row fill rows of their own; their rest is packed with the others (best fit that crops loses the ends of some). 12 bytes a document and 4 a row stay in memory.</remarks>
internal sealed class PackedSource : SourceSamples
{
    private readonly TokenStore _store;
    private readonly Seed _seed;
    private readonly int _sequenceLength;
    private readonly int[] _firstPiece;
    private readonly long[] _starts;
    private readonly int[] _lengths;

    public PackedSource(TokenStore store, int sequenceLength, Seed seed, Packing packing)
    {
        _store = store;
        _seed = seed;
        _sequenceLength = sequenceLength;
        List<long> starts = [];
        List<int> lengths = [];
        for (long document = 0; document < store.DocumentCount; document++)
        {
            for (long at = store.OffsetOf(document), end = store.OffsetOf(document + 1); at < end; at += sequenceLength)
            {
                starts.Add(at);
                lengths.Add((int)Math.Min(sequenceLength, end - at));
            }
        }
        IReadOnlyList<IReadOnlyList<(int Piece, int Length)>> rows = packing switch
        {
            Packing.Padded => [.. lengths.Select((length, piece) => (IReadOnlyList<(int, int)>)[(piece, length)])],
            Packing.BestFitCrop => BinPacking.BestFitCrop(lengths, sequenceLength),
            _ => [.. BinPacking.BestFitDecreasing(lengths, sequenceLength).Select(row => (IReadOnlyList<(int, int)>)[.. row.Select(piece => (piece, lengths[piece]))])],
        };
        _firstPiece = new int[rows.Count + 1];
        for (int row = 0; row < rows.Count; row++)
            _firstPiece[row + 1] = _firstPiece[row] + rows[row].Count;
        _starts = [.. rows.SelectMany(row => row.Select(part => starts[part.Piece]))];
        _lengths = [.. rows.SelectMany(row => row.Select(part => part.Length))];
    }

    private long RowCount => _firstPiece.Length - 1;

    public override long EpochSamples => RowCount;

    public override long UnitsOf(long samples) => samples;

    public override int TargetsOf(long from, long index)
    {
        int row = RowOf(from + index), targets = 0;
        for (int piece = _firstPiece[row]; piece < _firstPiece[row + 1]; piece++)
            targets += _store.LearnedIn(_starts[piece], _lengths[piece]);
        return targets;
    }

    public override IEnumerable<long> DocumentsOf(long from, long index)
    {
        int packed = RowOf(from + index);
        return Enumerable.Range(_firstPiece[packed], _firstPiece[packed + 1] - _firstPiece[packed]).Select(piece => _store.DocumentAt(_starts[piece]));
    }

    public override RowFill Read(long from, long index, SampleRow row)
    {
        int packed = RowOf(from + index), at = 0, targets = 0;
        for (int piece = _firstPiece[packed]; piece < _firstPiece[packed + 1]; piece++)
        {
            int length = _lengths[piece];
            long start = _starts[piece];
            _store.CopyTo(start, row.Targets.Slice(at, length));
            // What stands before a document in the store is the end token of another, which begins this one; before the first it is that of the last.
            _store.CopyTo(start > 0 ? start - 1 : _store.TokenCount - 1, row.Inputs.Slice(at, 1));
            row.Targets.Slice(at, length - 1).CopyTo(row.Inputs[(at + 1)..]);
            row.Mark(piece - _firstPiece[packed], at, at + length);
            targets += _store.Mask(start, row.Targets.Slice(at, length));
            at += length;
        }
        row.Inputs[at..].Fill(_store.EndOfDocument ?? 0);
        row.Targets[at..].Fill(PackedRow.NoTarget);
        row.Mark(_firstPiece[packed + 1] - _firstPiece[packed], at, _sequenceLength);
        return new RowFill(at, targets);
    }

    private int RowOf(long number) => (int)new DocumentPermutation(RowCount, _seed.For((ulong)(number / RowCount)))[number % RowCount];
}
