using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Reads the little-endian values of a fastText file and says where it is broken. What a file announces is compared with its length before memory is asked for.</summary>
/// <param name="stream">A stream that knows its length.</param>
/// <param name="name">Stands in errors.</param>
internal sealed class FastTextReader(Stream stream, string name)
{
    public const int Magic = 793712314, Version = 12, Supervised = 3;
    private const int SmallestEntry = 10;

    private long _offset;

    public long Length => stream.Length;

    public InputException Broken(string why, Exception? inner = null) =>
        new($"{name}: not a fastText model that can be used: {why} (at byte {_offset}); give a supervised .bin or .ftz file of version 11 or 12", inner);

    public FastTextArguments ReadHeader()
    {
        if (ReadInt32() != Magic)
            throw Broken("the first four bytes are not fastText's");
        int version = ReadInt32();
        if (version is not (11 or 12))
            throw Broken($"version {version}");
        int dim = ReadInt32(), window = ReadInt32(), epoch = ReadInt32(), minCount = ReadInt32(), negatives = ReadInt32(), wordNGrams = ReadInt32(), loss = ReadInt32();
        int model = ReadInt32(), bucket = ReadInt32(), minn = ReadInt32(), maxn = ReadInt32(), updates = ReadInt32();
        double sampling = BitConverter.Int64BitsToDouble(ReadInt64());
        if (model != Supervised)
            throw Broken("it holds word vectors, not a classifier");
        if (dim is < 1 or > 100_000 || bucket < 0 || maxn > 1000 || wordNGrams > 1000 || !Enum.IsDefined((FastTextLoss)loss))
            throw Broken($"dimension {dim}, bucket {bucket}, loss {loss}, n-grams of up to {maxn} characters and {wordNGrams} words");
        return new FastTextArguments
        {
            Dim = dim, WindowSize = window, Epoch = epoch, MinCount = minCount, Negatives = negatives, WordNGrams = wordNGrams, Loss = (FastTextLoss)loss,
            // Version 11 wrote subword settings for supervised models that it did not use.
            Bucket = bucket, MinN = minn, MaxN = version == 11 ? 0 : maxn, LearningRateUpdates = updates, SamplingThreshold = sampling,
        };
    }

    public FastTextDictionary ReadDictionary(FastTextArguments arguments)
    {
        int size = ReadInt32(), words = ReadInt32(), labels = ReadInt32();
        long tokens = ReadInt64(), kept = ReadInt64();
        if (words < 0 || labels < 1 || (long)words + labels != size)
            throw Broken($"{size} entries are not {words} words and {labels} labels");
        RequireBytes((long)size * SmallestEntry, "entries");
        var entries = new List<FastTextDictionary.Entry>(size);
        var text = new List<byte>();
        for (int i = 0; i < size; i++)
        {
            text.Clear();
            for (byte value; (value = ReadByte()) != 0;)
                text.Add(value);
            long count = ReadInt64();
            bool isLabel = ReadBool();
            if (isLabel != i >= words)
                throw Broken($"entry {i} is a {(isLabel ? "label among words" : "word among labels")}");
            if (count < 0)
                throw Broken($"entry {i} was seen {count} times");
            entries.Add(new FastTextDictionary.Entry([.. text], count));
        }
        return new FastTextDictionary(arguments, entries, words, tokens, ReadKept(arguments, kept));
    }

    private HashedRows ReadKept(FastTextArguments arguments, long kept)
    {
        if (kept < 0)
        {
            // Each bucket is a row of at least a byte.
            RequireBytes(arguments.Bucket, "rows of buckets");
            return new HashedRows((uint)arguments.Bucket);
        }
        RequireBytes(kept * 8, "kept rows");
        var buckets = new int[kept];
        buckets.AsSpan().Fill(-1);
        var seen = new HashSet<int>();
        for (long i = 0; i < kept; i++)
        {
            int bucket = ReadInt32(), row = ReadInt32();
            if ((uint)bucket >= (uint)arguments.Bucket || (uint)row >= kept || buckets[row] >= 0 || !seen.Add(bucket))
                throw Broken($"kept bucket {bucket} with row {row} is out of range or stands twice");
            buckets[row] = bucket;
        }
        return new HashedRows((uint)arguments.Bucket, buckets);
    }

    /// <summary>Rows of numbers as they stand in the file, or unpacked where they are quantized.</summary>
    /// <param name="columns">Columns there must be.</param>
    /// <param name="quantized">Product quantization.</param>
    /// <param name="dictionary">Says where hashed rows go; null leaves rows in their order.</param>
    public RowMatrix ReadMatrix(int columns, bool quantized, FastTextDictionary? dictionary = null)
    {
        if (quantized)
        {
            var packed = new QuantizedMatrix(this, columns);
            RowMatrix unpacked = Room(packed.Rows, columns, dictionary);
            for (int row = 0; row < unpacked.Rows; row++)
                packed.Unpack(RowInFile(row), unpacked[row]);
            return unpacked;
        }
        int rows = ReadRows(columns);
        RequireBytes((long)rows * columns * sizeof(float), "numbers");
        RowMatrix matrix = Room(rows, columns, dictionary);
        int[]? rowOf = null;
        if (dictionary?.Hashed.RowInFile is { } inFile)
        {
            rowOf = new int[inFile.Length];
            for (int row = 0; row < inFile.Length; row++)
                rowOf[inFile[row]] = row;
        }
        for (int row = 0; row < rows; row++)
            ReadExactly(MemoryMarshal.AsBytes(matrix[rowOf is null || row < dictionary!.WordCount ? row : dictionary.WordCount + rowOf[row - dictionary.WordCount]]));
        return matrix;

        int RowInFile(int row) => dictionary?.Hashed.RowInFile is { } order && row >= dictionary.WordCount ? dictionary.WordCount + order[row - dictionary.WordCount] : row;
    }

    private RowMatrix Room(int rows, int columns, FastTextDictionary? dictionary) =>
        dictionary is null || rows == dictionary.Rows ? new RowMatrix(rows, columns) : throw Broken($"{rows} input rows for {dictionary.Rows} features");

    public int ReadRows(int columns)
    {
        long rows = ReadInt64(), stored = ReadInt64();
        if (stored != columns || !RowMatrix.Fits(rows, columns))
            throw Broken($"a matrix of {rows} x {stored} where {columns} columns were announced");
        return (int)rows;
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
        if (count < 0 || count > stream.Length - _offset)
            throw Broken($"{count} bytes of {what} announced in a file of {stream.Length}");
    }

    public float[] ReadFloats(long count)
    {
        RequireBytes(count * sizeof(float), "numbers");
        var values = new float[count];
        ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public byte[] ReadBytes(int count)
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

    private byte ReadByte()
    {
        int value = stream.ReadByte();
        if (value < 0)
            throw Broken("it ends too early");
        _offset++;
        return (byte)value;
    }
}
