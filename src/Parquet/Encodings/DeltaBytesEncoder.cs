namespace DataPipeline.Parquet;

/// <summary>Writes DELTA_LENGTH_BYTE_ARRAY (all lengths, then all bytes) and DELTA_BYTE_ARRAY (how much each value shares with the start of the one before, then the rests).</summary>
internal sealed class DeltaBytesEncoder(DeltaEncoder integers)
{
    private long[] _prefixes = [];
    private long[] _lengths = [];

    /// <summary>Appends lengths and bytes of the values.</summary>
    public void EncodeLengths(BinaryColumnBuffer column, int start, int count, ByteBuffer output)
    {
        Reserve(count);
        for (int i = 0; i < count; i++)
            _lengths[i] = column[start + i].Length;
        integers.Encode(_lengths.AsSpan(0, count), is32Bits: true, output);
        for (int i = 0; i < count; i++)
            output.Add(column[start + i]);
    }

    /// <summary>Appends the values as shared prefixes and rests; the first value shares nothing, so that a page stands alone.</summary>
    public void EncodePrefixes(BinaryColumnBuffer column, int start, int count, ByteBuffer output)
    {
        Reserve(count);
        ReadOnlySpan<byte> last = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> value = column[start + i];
            _prefixes[i] = value.CommonPrefixLength(last);
            _lengths[i] = value.Length - _prefixes[i];
            last = value;
        }

        integers.Encode(_prefixes.AsSpan(0, count), is32Bits: true, output);
        integers.Encode(_lengths.AsSpan(0, count), is32Bits: true, output);
        for (int i = 0; i < count; i++)
            output.Add(column[start + i][(int)_prefixes[i]..]);
    }

    private void Reserve(int count)
    {
        if (_lengths.Length >= count)
            return;
        _prefixes = new long[count];
        _lengths = new long[count];
    }
}
