using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>What a fastText model was trained with, as far as reading it needs.</summary>
internal sealed record FastTextArguments(int Dim, int WordNGrams, FastTextLoss Loss, int Bucket, int MinN, int MaxN);

/// <summary>fastText's numbers for its losses.</summary>
internal enum FastTextLoss
{
    HierarchicalSoftmax = 1,
    NegativeSampling = 2,
    Softmax = 3,
    OneVersusAll = 4,
}

/// <summary>Reads the little-endian values of a fastText file and says where it is broken.</summary>
internal sealed class FastTextReader(Stream stream, string name)
{
    private const int Magic = 793712314, Supervised = 3, Centroids = 256;
    private long _offset;

    public InputException Broken(string why, Exception? inner = null) =>
        new($"{name}: not a fastText model that can be used: {why} (at byte {_offset}); give a supervised .bin or .ftz file of version 11 or 12", inner);

    public FastTextArguments ReadHeader()
    {
        if (ReadInt32() != Magic)
            throw Broken("the first four bytes are not fastText's");
        int version = ReadInt32();
        if (version is not (11 or 12))
            throw Broken($"version {version}");
        int dim = ReadInt32();
        Skip(4 * 4);
        int wordNGrams = ReadInt32(), loss = ReadInt32(), model = ReadInt32(), bucket = ReadInt32(), minn = ReadInt32(), maxn = ReadInt32();
        Skip(4 + 8);
        if (dim is < 1 or > 100_000 || bucket < 0 || !Enum.IsDefined((FastTextLoss)loss))
            throw Broken($"dimension {dim}, bucket {bucket}, loss {loss}");
        if (model != Supervised)
            throw Broken("it holds word vectors, not a classifier");
        // Version 11 wrote subword settings for supervised models that it did not use.
        return new FastTextArguments(dim, wordNGrams, (FastTextLoss)loss, bucket, minn, version == 11 ? 0 : maxn);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long ReadInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        ReadExactly(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public bool ReadBool() => ReadByte() != 0;

    public int ReadCount(string what)
    {
        int count = ReadInt32();
        RequireBytes(count, what);
        return count;
    }

    /// <summary>A lying count must not allocate what the file cannot fill.</summary>
    public void RequireBytes(long count, string what)
    {
        if (count < 0 || (stream.CanSeek && count > stream.Length))
            throw Broken($"{count} bytes of {what} announced in a file of {stream.Length}");
    }

    public byte[] ReadZeroTerminated()
    {
        var bytes = new List<byte>(16);
        for (byte value; (value = ReadByte()) != 0;)
            bytes.Add(value);
        return [.. bytes];
    }

    public (float[] Values, int Rows) ReadDense(int dim)
    {
        int rows = ReadRows(dim);
        return (ReadFloats((long)rows * dim), rows);
    }

    /// <summary>Unpacks product quantization: each group of columns is a number of one of 256 centroids, each row has a norm of its own.</summary>
    public (float[] Values, int Rows) ReadQuantized(int dim)
    {
        bool hasNorms = ReadBool();
        int rows = ReadRows(dim);
        byte[] codes = ReadBytes(ReadCount("codes"));
        (int groups, int width, int lastWidth, float[] centroids) = ReadQuantizer(dim);
        if (codes.Length != (long)rows * groups || (long)rows * dim > Array.MaxLength)
            throw Broken($"{codes.Length} codes for {rows} rows of {groups}");
        byte[]? normCodes = hasNorms ? ReadBytes(rows) : null;
        float[] norms = hasNorms ? ReadQuantizer(1).Centroids : [];
        var values = new float[(long)rows * dim];
        for (int row = 0; row < rows; row++)
        {
            float norm = normCodes is null ? 1 : norms[normCodes[row]];
            for (int group = 0; group < groups; group++)
            {
                int size = group == groups - 1 ? lastWidth : width;
                ReadOnlySpan<float> centroid = centroids.AsSpan(group * Centroids * width + codes[row * groups + group] * size, size);
                Span<float> target = values.AsSpan(row * dim + group * width, size);
                for (int i = 0; i < size; i++)
                    target[i] = norm * centroid[i];
            }
        }
        return (values, rows);
    }

    private (int Groups, int Width, int LastWidth, float[] Centroids) ReadQuantizer(int dim)
    {
        int stored = ReadInt32(), groups = ReadInt32(), width = ReadInt32(), lastWidth = ReadInt32();
        if (stored != dim || groups < 1 || width < 1 || lastWidth < 1 || (long)(groups - 1) * width + lastWidth != dim)
            throw Broken($"a quantizer of {stored} columns in {groups} groups of {width}, the last {lastWidth}, for {dim} columns");
        return (groups, width, lastWidth, ReadFloats((long)dim * Centroids));
    }

    private int ReadRows(int dim)
    {
        long rows = ReadInt64(), columns = ReadInt64();
        if (rows < 0 || columns != dim || rows * dim > Array.MaxLength)
            throw Broken($"a matrix of {rows} x {columns} where {dim} columns were announced");
        return (int)rows;
    }

    private float[] ReadFloats(long count)
    {
        RequireBytes(count * sizeof(float), "numbers");
        var values = new float[count];
        ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private byte[] ReadBytes(int count)
    {
        RequireBytes(count, "codes");
        var bytes = new byte[count];
        ReadExactly(bytes);
        return bytes;
    }

    private void ReadExactly(Span<byte> bytes)
    {
        try
        {
            stream.ReadExactly(bytes);
            _offset += bytes.Length;
        }
        catch (EndOfStreamException e)
        {
            throw Broken("it ends too early", e);
        }
    }

    private void Skip(int count) => ReadBytes(count);

    private byte ReadByte()
    {
        int value = stream.ReadByte();
        if (value < 0)
            throw Broken("it ends too early");
        _offset++;
        return (byte)value;
    }
}
