namespace DataPipeline.Parquet;

/// <summary>How the values of a column chunk are encoded.</summary>
/// <param name="Encoding">The encoding of its data pages.</param>
/// <param name="Dictionary">For dictionary pages: the distinct values.</param>
/// <param name="IsAligned">For dictionary pages: whether indices take whole bytes rather than the fewest bits.</param>
internal readonly record struct ChunkEncoding(PageEncoding Encoding, ColumnDictionary? Dictionary = null, bool IsAligned = false)
{
    /// <summary>Bits of an index.</summary>
    public int IndexWidth => IsAligned ? (Dictionary!.Width + 7) / 8 * 8 : Dictionary!.Width;
}

/// <summary>Encodes the values of a page, with buffers that are reused from page to page.</summary>
internal sealed class ValueEncoder
{
    private const int Block = 1 << 12;
    private readonly RleEncoder _rle = new();
    private readonly DeltaEncoder _delta = new();
    private readonly DeltaBytesEncoder _deltaBytes;
    private readonly ByteBuffer _plain = new();
    private readonly int[] _indices = new int[Block];

    public ValueEncoder() => _deltaBytes = new DeltaBytesEncoder(_delta);

    /// <summary>Appends <paramref name="count"/> values from <paramref name="start"/> on.</summary>
    public void Encode(ColumnBuffer column, int start, int count, ChunkEncoding encoding, ByteBuffer output)
    {
        switch (encoding.Encoding)
        {
            case PageEncoding.RleDictionary:
                EncodeIndices(encoding, start, count, output);
                break;
            case PageEncoding.DeltaBinaryPacked:
                column.EncodeDelta(start, count, _delta, output);
                break;
            case PageEncoding.DeltaLengthByteArray:
                _deltaBytes.EncodeLengths((BinaryColumnBuffer)column, start, count, output);
                break;
            case PageEncoding.DeltaByteArray:
                _deltaBytes.EncodePrefixes((BinaryColumnBuffer)column, start, count, output);
                break;
            case PageEncoding.ByteStreamSplit:
                _plain.Clear();
                column.EncodePlain(start, count, _plain);
                ByteStreamSplit.Split(_plain.Span, ByteStreamSplit.SizeOf(column.Field), output.Extend(_plain.Length));
                break;
            default:
                column.EncodePlain(start, count, output);
                break;
        }
    }

    private void EncodeIndices(ChunkEncoding encoding, int start, int count, ByteBuffer output)
    {
        ColumnDictionary dictionary = encoding.Dictionary!;
        int width = encoding.IndexWidth, bytes = width / 8;
        output.Add((byte)width);
        if (encoding.IsAligned)
            RleEncoder.StartAligned(output, count);
        else
            _rle.Start(output, width);
        for (int at = 0; at < count; at += Block)
        {
            Span<int> indices = _indices.AsSpan(0, Math.Min(Block, count - at));
            dictionary.CopyIndices(start + at, indices);
            if (encoding.IsAligned)
                RleEncoder.AddAligned(indices, bytes, output);
            else
                _rle.Add(indices);
        }

        if (encoding.IsAligned)
            RleEncoder.EndAligned(count, bytes, output);
        else
            _rle.Flush();
    }
}
