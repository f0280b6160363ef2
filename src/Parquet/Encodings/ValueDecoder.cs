using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>Reads the values of a page, a part at a time, into a column buffer.</summary>
internal abstract class ValueDecoder
{
    /// <summary>Values decoded before the claim of a page is believed for the next ones: bounds what a lying count can make us take, and keeps indices in the first cache.</summary>
    private const int Block = 1 << 12;

    /// <summary>Appends <paramref name="count"/> values; fails once the buffer takes more than <paramref name="maxBytes"/>.</summary>
    public void Decode(ColumnBuffer into, int count, long maxBytes = long.MaxValue)
    {
        while (count > 0)
        {
            count -= DecodeBlock(into, Math.Min(count, Block));
            if (into.MemoryBytes > maxBytes)
                throw new ParquetException($"the column takes {into.MemoryBytes} bytes in memory, more than {maxBytes}: if that is right, stream its rows or raise {nameof(ReadLimits.MaxColumnBytes)}");
        }
    }

    /// <summary>Fails where the page's values are known to end later than they were read: they were not what they were taken for.</summary>
    public virtual void CheckEnd()
    {
    }

    /// <summary>Appends some of <paramref name="count"/> values, at least one, and returns how many.</summary>
    private protected abstract int DecodeBlock(ColumnBuffer into, int count);

    /// <summary>The decoder for a page's values, which lie at <paramref name="offset"/> up to <paramref name="end"/>.</summary>
    public static ValueDecoder Create(PageEncoding encoding, DataField field, ColumnBuffer? dictionary, byte[] page, int offset, int end)
    {
        switch (encoding)
        {
            case PageEncoding.Plain when field.PhysicalType == PhysicalType.Boolean:
                return new BooleanDecoder(RleDecoder.OfBits(page, offset, end));
            case PageEncoding.Plain:
                return new PlainDecoder(page, offset, end, isFixed: field.PhysicalType != PhysicalType.ByteArray);
            case PageEncoding.PlainDictionary or PageEncoding.RleDictionary:
                if (dictionary is null)
                    throw new ParquetException("a page uses a dictionary but the column has none");
                return new DictionaryDecoder(dictionary, page, offset, end);
            case PageEncoding.Rle when field.PhysicalType == PhysicalType.Boolean:
                int length = Prefix(page, offset, end);
                return new BooleanDecoder(new RleDecoder(page, offset + 4, offset + 4 + length, 1));
            case PageEncoding.DeltaBinaryPacked when field.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64:
                return new DeltaIntegerDecoder(page, offset, end);
            case PageEncoding.DeltaLengthByteArray when field.PhysicalType == PhysicalType.ByteArray:
                return new DeltaLengthDecoder(page, offset, end);
            case PageEncoding.DeltaByteArray when field.PhysicalType is PhysicalType.ByteArray or PhysicalType.FixedLenByteArray:
                return new DeltaBytesDecoder(page, offset, end);
            case PageEncoding.ByteStreamSplit when ByteStreamSplit.SizeOf(field) is > 0 and int size:
                byte[] joined = ByteStreamSplit.Join(page.AsSpan(offset, end - offset), size);
                return new PlainDecoder(joined, 0, joined.Length, isFixed: true);
            case PageEncoding.Alp when field.PhysicalType is PhysicalType.Float or PhysicalType.Double:
                return new AlpDecoder(page, offset, end, field.PhysicalType == PhysicalType.Double);
            default:
                throw new ParquetException($"the encoding {encoding} of {field.PhysicalType} is not read here");
        }
    }

    /// <summary>A four-byte length at <paramref name="offset"/> of what follows it, held against <paramref name="end"/>.</summary>
    public static int Prefix(byte[] page, int offset, int end)
    {
        if (end - offset < 4)
            throw new ParquetException("the page ends within a length");
        int length = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(offset));
        return (uint)length <= (uint)(end - offset - 4) ? length : throw new ParquetException($"the page claims {length} bytes where {end - offset - 4} are left");
    }
}

internal sealed class PlainDecoder(byte[] page, int offset, int end, bool isFixed) : ValueDecoder
{
    private int _at = offset;

    // Texts written where the schema has a fixed length, or levels where it has none, would be read as values: what is left over tells.
    public override void CheckEnd()
    {
        if (isFixed && _at != end)
            throw new ParquetException($"{end - _at} bytes are left after the last value: the page does not hold what the schema says");
    }

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        _at += into.AppendPlain(page, _at, end, count);
        return count;
    }
}

/// <summary>A page without a byte for values: right where it holds nulls alone.</summary>
internal sealed class NoValues : ValueDecoder
{
    private protected override int DecodeBlock(ColumnBuffer into, int count) => throw new ParquetException($"the page ends before its values, of which {count} are due");
}

internal sealed class BooleanDecoder(RleDecoder bits) : ValueDecoder
{
    private int[] _values = [];

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        if (_values.Length < count)
            _values = new int[count];
        bits.Read(_values.AsSpan(0, count));
        into.AppendBooleans(_values.AsSpan(0, count));
        return count;
    }
}

internal sealed class DictionaryDecoder(ColumnBuffer dictionary, byte[] page, int offset, int end) : ValueDecoder
{
    private readonly RleDecoder _indices = new(page, offset + 1, end, page[offset]);
    private int[] _values = [];

    private protected override int DecodeBlock(ColumnBuffer into, int count)
    {
        if (_values.Length < count)
            _values = new int[count];
        _indices.Read(_values.AsSpan(0, count));
        into.AppendGather(dictionary, _values.AsSpan(0, count));
        return count;
    }
}
