namespace DataPipeline.Parquet;

/// <summary>
/// Chooses how a column chunk is encoded: by the options where they say so, else by packing a sample of its values in each way that may pay.
/// The sample is four stretches at fixed places, so the choice depends on the values and options alone. It costs one to two percent of the
/// time that packing the chunk takes; choosing by type alone was refused, since a column of ids and a column of readings have one type.
/// </summary>
internal sealed class EncodingChooser(ParquetOptions options, PageCodec codec, ValueEncoder encoder)
{
    private const int Stretches = 4;
    private const int StretchBytes = 1 << 15;

    // Below this many values the header of a delta page is no smaller than what it saves.
    private const int LeastDelta = 16;

    // Values longer than this on average share too little of their length, and their lengths matter too little, to try more than plain.
    private const int LongestMean = 512;

    // What an encoding has to save over plain: deltas and shared prefixes are slower to read.
    private const double DictionaryGain = 0.95;
    private const double DeltaGain = 0.9;
    private readonly ByteBuffer _page = new();
    private readonly ByteBuffer _packed = new();

    public ChunkEncoding Choose(ColumnBuffer column)
    {
        if (options.Encodings.TryGetValue(column.Field.ToString(), out PageEncoding asked))
            return Asked(column, asked);
        return column.Field.PhysicalType switch
        {
            PhysicalType.Boolean or PhysicalType.Int96 => new ChunkEncoding(PageEncoding.Plain),
            PhysicalType.ByteArray or PhysicalType.FixedLenByteArray => ChooseForBytes((BinaryColumnBuffer)column),
            _ when column.ValueCount >= LeastDelta && column.IsRising => new ChunkEncoding(PageEncoding.DeltaBinaryPacked),
            _ => ChooseForNumbers(column),
        };
    }

    private ChunkEncoding Asked(ColumnBuffer column, PageEncoding encoding)
    {
        if (encoding != PageEncoding.RleDictionary)
            return new ChunkEncoding(encoding);
        return column.TryBuildDictionary(options.DictionaryBytes, isForced: true) is { } dictionary ? Packed(column, dictionary) : new ChunkEncoding(PageEncoding.Plain);
    }

    private ChunkEncoding ChooseForBytes(BinaryColumnBuffer column)
    {
        if (column.TryBuildDictionary(options.DictionaryBytes, isForced: false) is { } dictionary)
            return Packed(column, dictionary);

        var best = new ChunkEncoding(PageEncoding.Plain);
        if (column.ValueCount < LeastDelta || column.FixedLength > 0 || column.Field.LogicalType.Kind == LogicalKind.Decimal || column.ByteCount / column.ValueCount > LongestMean)
            return best;

        double plain = Cost(column, best), least = plain;
        Try(PageEncoding.DeltaLengthByteArray, plain * DictionaryGain);
        Try(PageEncoding.DeltaByteArray, plain * DeltaGain);
        return best;

        void Try(PageEncoding encoding, double limit)
        {
            double cost = Cost(column, new ChunkEncoding(encoding));
            if (cost >= Math.Min(least, limit))
                return;
            least = cost;
            best = new ChunkEncoding(encoding);
        }
    }

    private ChunkEncoding ChooseForNumbers(ColumnBuffer column)
    {
        var best = new ChunkEncoding(PageEncoding.Plain);
        if (column.ValueCount < LeastDelta)
            return best;

        double least = Cost(column, best);
        if (column.TryBuildDictionary(options.DictionaryBytes, isForced: false) is { } dictionary)
        {
            ChunkEncoding packed = Packed(column, dictionary);
            double entries = (double)dictionary.Count * NumberFormat.Size(column.Field.PhysicalType) * (options.Compression == CompressionMethod.None ? 1 : 0.75);
            double cost = Cost(column, packed) + (entries * SampleOf(column) / column.ValueCount);
            if (cost < least * DictionaryGain)
                (best, least) = (packed, cost);
        }

        if (column.Field.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64)
        {
            // Differences that take half of a number's bits mean numbers in no order.
            var delta = new ChunkEncoding(PageEncoding.DeltaBinaryPacked);
            (int start, int count) = Stretch(column, 0);
            _page.Clear();
            encoder.Encode(column, start, count, delta, _page);
            if (_page.Length * 2 < NumberFormat.PlainBytes(column.Field, count) && Cost(column, delta) < least * DeltaGain)
                best = delta;
        }

        return best;
    }

    /// <summary>Indices in the fewest bits or in whole bytes, whichever packs smaller.</summary>
    private ChunkEncoding Packed(ColumnBuffer column, ColumnDictionary dictionary)
    {
        ChunkEncoding tight = new(PageEncoding.RleDictionary, dictionary), aligned = tight with { IsAligned = true };
        return dictionary.Width is > 0 and <= 24 && options.Compression != CompressionMethod.None && Cost(column, aligned) < Cost(column, tight) ? aligned : tight;
    }

    /// <summary>Bytes of the sample in an encoding, packed.</summary>
    private double Cost(ColumnBuffer column, ChunkEncoding encoding)
    {
        _packed.Clear();
        for (int i = 0; i < Stretches; i++)
        {
            (int start, int count) = Stretch(column, i);
            if (count == 0)
                continue;
            _page.Clear();
            encoder.Encode(column, start, count, encoding, _page);

            // The fastest level orders encodings as slower ones do.
            codec.Compress(options.Compression, Math.Min(1, options.CompressionLevel), _page.Span, _packed);
        }

        return _packed.Length;
    }

    private static long SampleOf(ColumnBuffer column)
    {
        long count = 0;
        for (int i = 0; i < Stretches; i++)
            count += Stretch(column, i).Count;
        return count;
    }

    private static (int Start, int Count) Stretch(ColumnBuffer column, int number)
    {
        int start = (int)((long)column.ValueCount * number / Stretches), end = (int)((long)column.ValueCount * (number + 1) / Stretches);
        return (start, column.FillBytes(start, end - start, StretchBytes, out _));
    }
}
