using System.Buffers.Binary;
using System.Text;

namespace DataPipeline.Parquet;

/// <summary>
/// Text or bytes of one leaf column. Values are places in shared segments: text as read stays in its page, and a dictionary's value
/// is held once however often it occurs.
/// </summary>
public sealed class BinaryColumnBuffer : ColumnBuffer
{
    private const int FirstSegment = 1 << 16;
    private const int LargestSegment = 1 << 26;
    private const int MaxFree = 64;
    private readonly List<byte[]> _segments = [];

    // Pages that this buffer was given to keep texts in, and those of them whose texts are forgotten: touching new memory costs as much as a third of unpacking.
    private readonly List<byte[]> _taken = [];
    private readonly List<byte[]> _free = [];
    private long[] _places = new long[16];
    private int[] _lengths = new int[16];
    private byte[] _own = [];
    private int _ownSegment = -1;
    private int _ownUsed;
    private int _count;
    private long _bytes;
    private long _segmentBytes;

    /// <summary>Makes an empty buffer.</summary>
    public BinaryColumnBuffer(DataField field) : base(field)
    {
        if (field.PhysicalType is not (PhysicalType.ByteArray or PhysicalType.FixedLenByteArray or PhysicalType.Int96))
            throw new ArgumentException($"Column '{field}' of type {field.PhysicalType} does not hold bytes.", nameof(field));
        FixedLength = field.PhysicalType == PhysicalType.Int96 ? 12 : field.TypeLength;
    }

    /// <inheritdoc/>
    public override int ValueCount => _count;

    /// <inheritdoc/>
    public override long ByteCount => FixedLength > 0 ? _bytes : _bytes + (4L * _count);

    /// <summary>Bytes of every value, or 0 where lengths differ.</summary>
    internal int FixedLength { get; }

    /// <summary>The bytes of a value; nulls are not counted.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
            return _segments[(int)(_places[index] >> 32)].AsSpan((int)_places[index], _lengths[index]);
        }
    }

    /// <summary>A value as text; bytes that are not UTF-8 become U+FFFD.</summary>
    public string GetString(int index) => Encoding.UTF8.GetString(this[index]);

    /// <summary>Appends a row with bytes, in a column outside lists.</summary>
    public void Add(ReadOnlySpan<byte> value) => Add(value, FlatLevel());

    /// <summary>Appends a row with text or null, in a column outside lists.</summary>
    public void Add(string? value)
    {
        if (value is null)
            AddNull();
        else
            Add(value, FlatLevel());
    }

    /// <summary>Appends bytes at a repetition level (any depth).</summary>
    public void Add(ReadOnlySpan<byte> value, int repetitionLevel)
    {
        if (FixedLength > 0 && value.Length != FixedLength)
            throw new ArgumentException($"Column '{Field}' takes values of {FixedLength} bytes, not {value.Length}.", nameof(value));
        AddValueLevels(repetitionLevel);
        value.CopyTo(Reserve(value.Length));
        Commit(value.Length);
    }

    /// <summary>Appends text at a repetition level (any depth); a lone surrogate is stored as U+FFFD.</summary>
    public void Add(ReadOnlySpan<char> value, int repetitionLevel)
    {
        if (FixedLength > 0)
            throw new InvalidOperationException($"Column '{Field}' takes {FixedLength} bytes a value, not text.");
        AddValueLevels(repetitionLevel);
        Commit(Encoding.UTF8.GetBytes(value, Reserve(Encoding.UTF8.GetByteCount(value))));
    }

    /// <summary>Appends a row that is a list of texts, perhaps empty; null items need an optional item field.</summary>
    public void AddList(IEnumerable<string?> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        CheckList();
        int level = 0;
        foreach (string? item in items)
        {
            if (item is not null)
                Add(item, level);
            else if (Field.IsNullable)
                AddNull(level, Field.MaxDefinitionLevel - 1);
            else
                throw new ArgumentException($"The items of column '{Field}' may not be null.", nameof(items));
            level = 1;
        }

        if (level == 0)
            AddEmptyList();
    }

    /// <summary>The rows of a column outside lists as text, with nulls in their places.</summary>
    public string?[] ToStrings()
    {
        CheckFlat();
        var rows = new string?[RowCount];
        int value = 0, row = 0;
        if (Field.MaxDefinitionLevel == 0)
        {
            for (; row < rows.Length; row++)
                rows[row] = GetString(row);
            return rows;
        }

        for (int run = 0; run < DefinitionLevels.RunCount; run++)
        {
            (int level, long count) = DefinitionLevels[run];
            for (long i = 0; i < count; i++, row++)
            {
                if (level == Field.MaxDefinitionLevel)
                    rows[row] = GetString(value++);
            }
        }

        return rows;
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        foreach (byte[] page in _taken)
        {
            if (_free.Count < MaxFree)
                _free.Add(page);
        }

        _taken.Clear();
        _segments.Clear();
        _ownSegment = -1;
        (_ownUsed, _count, _bytes, _segmentBytes) = (0, 0, 0, 0);
    }

    internal override long MemoryBytes => _segmentBytes + (12L * _count);

    internal override void CheckWritable()
    {
    }

    internal override int FillBytes(int start, int count, long limit, out long bytes)
    {
        bytes = 0;
        int taken = 0;
        int prefix = FixedLength > 0 ? 0 : 4;
        while (taken < count && bytes < limit)
            bytes += _lengths[start + taken++] + prefix;
        return taken;
    }

    internal override void EncodePlain(int start, int count, ByteBuffer output)
    {
        for (int i = start; i < start + count; i++)
        {
            if (FixedLength == 0)
                output.AddInt32(_lengths[i]);
            output.Add(this[i]);
        }
    }

    internal override void FindMinMax(int start, int count, out byte[]? min, out byte[]? max, out bool isMinExact, out bool isMaxExact)
    {
        min = max = null;
        isMinExact = isMaxExact = true;
        if (Field.PhysicalType == PhysicalType.Int96 || Field.LogicalType.Kind == LogicalKind.Interval)
            return;

        int least = -1, most = -1;
        bool isHalf = Field.LogicalType.Kind == LogicalKind.Float16;
        for (int i = start; i < start + count; i++)
        {
            ReadOnlySpan<byte> value = this[i];
            if (isHalf && Half.IsNaN(BinaryPrimitives.ReadHalfLittleEndian(value)))
                continue;
            if (least < 0 || BoundOrder.Compare(Field, value, this[least]) < 0)
                least = i;
            if (most < 0 || BoundOrder.Compare(Field, value, this[most]) > 0)
                most = i;
        }

        if (least < 0)
            return;
        if (Field.LogicalType.Kind is LogicalKind.Decimal or LogicalKind.Float16)
        {
            (min, max) = (this[least].ToArray(), this[most].ToArray());

            // Zeros take the sign that widens, as the format asks.
            if (isHalf && BinaryPrimitives.ReadHalfLittleEndian(min) == Half.Zero)
                BinaryPrimitives.WriteHalfLittleEndian(min, Half.NegativeZero);
            if (isHalf && BinaryPrimitives.ReadHalfLittleEndian(max) == Half.Zero)
                BinaryPrimitives.WriteHalfLittleEndian(max, Half.Zero);
            return;
        }

        min = TextBounds.Lower(this[least], out isMinExact);
        max = TextBounds.Upper(this[most], out isMaxExact);
    }

    internal override bool IsRising => false;

    internal override ColumnDictionary? TryBuildDictionary(int maxBytes, bool isForced) => TextDictionary.TryBuild(this, maxBytes, isForced);

    internal override void EncodeDelta(int start, int count, DeltaEncoder encoder, ByteBuffer output) =>
        throw new InvalidOperationException($"Column '{Field}' does not hold integers.");

    internal override byte[] TakePage(int length)
    {
        int at = _free.FindIndex(page => page.Length >= length && page.Length / 2 <= length);
        byte[] page = at >= 0 ? _free[at] : GC.AllocateUninitializedArray<byte>(length);
        if (at >= 0)
            _free.RemoveAt(at);
        _taken.Add(page);
        return page;
    }

    internal override ColumnBuffer CreateEmpty() => new BinaryColumnBuffer(Field);

    internal override int AppendPlain(byte[] page, int offset, int end, int count)
    {
        long segment = (long)AddSegment(page) << 32;
        int at = offset;
        for (int i = 0; i < count; i++)
        {
            int length = FixedLength;
            if (length == 0)
            {
                if (end - at < 4)
                    throw new ParquetException($"the page ends before value {i} of {count}");
                length = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(at));
                at += 4;
            }

            if ((uint)length > (uint)(end - at))
                throw new ParquetException($"a value claims {length} bytes where {end - at} are left in the page");
            AddPlace(segment | (uint)at, length);
            at += length;
        }

        return at - offset;
    }

    internal override void AppendGather(ColumnBuffer dictionary, ReadOnlySpan<int> indices)
    {
        var source = (BinaryColumnBuffer)dictionary;
        int mapped = -1;
        long segment = 0;
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)source._count)
                throw new ParquetException($"a value points at entry {index} of a dictionary of {source._count}");

            long place = source._places[index];
            if ((int)(place >> 32) != mapped)
            {
                mapped = (int)(place >> 32);
                segment = (long)AddSegment(source._segments[mapped]) << 32;
            }

            AddPlace(segment | (uint)place, source._lengths[index]);
        }
    }

    /// <summary>Appends values that lie in <paramref name="bytes"/>, which is kept and not copied.</summary>
    internal void AppendPlaces(byte[] bytes, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths)
    {
        long segment = (long)AddSegment(bytes) << 32;
        for (int i = 0; i < starts.Length; i++)
        {
            if (FixedLength > 0 && lengths[i] != FixedLength)
                throw new ParquetException($"a value of {lengths[i]} bytes is found in a column of {FixedLength} bytes a value");
            AddPlace(segment | (uint)starts[i], lengths[i]);
        }
    }

    internal override void AppendIntegers(ReadOnlySpan<long> values) => throw new ParquetException("a column of bytes is encoded as integers");

    internal override void AppendBooleans(ReadOnlySpan<int> values) => throw new ParquetException("a column of bytes is encoded as booleans");

    internal override object ValueAt(int index) => this[index].ToArray();

    private int FlatLevel()
    {
        CheckFlat();
        return 0;
    }

    private int AddSegment(byte[] bytes)
    {
        for (int i = _segments.Count - 1; i >= Math.Max(0, _segments.Count - 4); i--)
        {
            if (ReferenceEquals(_segments[i], bytes))
                return i;
        }

        _segments.Add(bytes);
        _segmentBytes += bytes.Length;
        return _segments.Count - 1;
    }

    private void AddPlace(long place, int length)
    {
        if (_count == _places.Length)
        {
            Array.Resize(ref _places, _count * 2);
            Array.Resize(ref _lengths, _count * 2);
        }

        _places[_count] = place;
        _lengths[_count++] = length;
        _bytes += length;
    }

    private Span<byte> Reserve(int length)
    {
        if (_ownSegment < 0 || length > _own.Length - _ownUsed)
        {
            int size = (int)Math.Max(length, Math.Min(LargestSegment, Math.Max(FirstSegment, _own.Length * (_ownSegment < 0 ? 1L : 2L))));
            if (_ownSegment >= 0 || _own.Length < size)
                _own = GC.AllocateUninitializedArray<byte>(size);
            _ownUsed = 0;
            _ownSegment = _segments.Count;
            _segments.Add(_own);
        }

        return _own.AsSpan(_ownUsed, length);
    }

    private void Commit(int length)
    {
        AddPlace(((long)_ownSegment << 32) | (uint)_ownUsed, length);
        _ownUsed += length;
    }
}
