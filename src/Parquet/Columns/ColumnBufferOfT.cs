using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Parquet;

/// <summary>Numbers or booleans of one leaf column.</summary>
/// <typeparam name="T">bool, float or double, or an integer of the column's width; a 16-bit column is kept in 16 bits here though files store 32.</typeparam>
public sealed class ColumnBuffer<T> : ColumnBuffer where T : unmanaged
{
    private T[] _values;

    /// <summary>Makes an empty buffer.</summary>
    /// <exception cref="ArgumentException">The column does not hold values of <typeparamref name="T"/>.</exception>
    public ColumnBuffer(DataField field, int capacity = 1024) : base(field)
    {
        if (!NumberFormat.Fits<T>(field))
            throw new ArgumentException($"Column '{field}' of type {field.PhysicalType} cannot be kept as {typeof(T).Name}.", nameof(field));
        _values = new T[Math.Max(16, capacity)];
        Count = 0;
    }

    private int Count { get; set; }

    /// <inheritdoc/>
    public override int ValueCount => Count;

    /// <inheritdoc/>
    public override long ByteCount => NumberFormat.PlainBytes(Field, Count);

    /// <summary>The values that are there, nulls left out.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, Count);

    /// <summary>Appends a row with a value, in a column outside lists.</summary>
    public void Add(T value)
    {
        CheckFlat();
        AddValueLevels(0);
        Extend(1)[0] = value;
    }

    /// <summary>Appends a row with a value or null, in a column outside lists.</summary>
    public void Add(T? value)
    {
        if (value is { } present)
            Add(present);
        else
            AddNull();
    }

    /// <summary>Appends many rows without nulls, in a column outside lists.</summary>
    public void AddRange(ReadOnlySpan<T> values)
    {
        CheckFlat();
        AddValueLevels(0, values.Length);
        values.CopyTo(Extend(values.Length));
    }

    /// <summary>Appends a value at a repetition level (any depth).</summary>
    public void Add(T value, int repetitionLevel)
    {
        AddValueLevels(repetitionLevel);
        Extend(1)[0] = value;
    }

    /// <summary>Appends a row that is a list of values, perhaps empty.</summary>
    public void AddList(ReadOnlySpan<T> items)
    {
        CheckList();
        AddListLevels(items.Length);
        items.CopyTo(Extend(items.Length));
    }

    /// <summary>Appends one row for each length: lists that lie one after another in <paramref name="items"/>.</summary>
    public void AddLists(ReadOnlySpan<T> items, ReadOnlySpan<int> lengths)
    {
        CheckList();
        long sum = 0;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            sum += length;
        }

        if (sum != items.Length)
            throw new ArgumentException($"The lengths sum to {sum} but there are {items.Length} items.", nameof(lengths));

        foreach (int length in lengths)
            AddListLevels(length);
        items.CopyTo(Extend(items.Length));
    }

    /// <summary>The rows of a column outside lists, with nulls in their places.</summary>
    public T?[] ToNullable()
    {
        CheckFlat();
        var rows = new T?[RowCount];
        int value = 0;
        if (Field.MaxDefinitionLevel == 0)
        {
            foreach (T present in Values)
                rows[value++] = present;
            return rows;
        }

        int row = 0;
        for (int run = 0; run < DefinitionLevels.RunCount; run++)
        {
            (int level, long count) = DefinitionLevels[run];
            for (long i = 0; i < count; i++, row++)
            {
                if (level == Field.MaxDefinitionLevel)
                    rows[row] = _values[value++];
            }
        }

        return rows;
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        Count = 0;
    }

    internal override bool TryAddItems(object items, int firstLevel, int otherLevel)
    {
        if (items is not T[] { Length: > 0 } values || values.GetType() != typeof(T[]))
            return false;
        AddValueLevels(firstLevel);
        AddValueLevels(otherLevel, values.Length - 1);
        values.CopyTo(Extend(values.Length));
        return true;
    }

    internal override long MemoryBytes => (long)Count * Unsafe.SizeOf<T>();

    internal override void CheckWritable()
    {
        LogicalType logical = Field.LogicalType;
        bool isRightWidth = logical.Kind == LogicalKind.Integer
            ? Unsafe.SizeOf<T>() * 8 == logical.BitWidth && NumberFormat.IsUnsigned<T>() != logical.IsSigned
            : Field.PhysicalType == PhysicalType.Boolean || Unsafe.SizeOf<T>() == NumberFormat.Size(Field.PhysicalType);
        if (!isRightWidth)
            throw new ArgumentException($"Column '{Field}' ({Field.PhysicalType}, {logical.Kind} {logical.BitWidth}) is not written from values of {typeof(T).Name}.");
    }

    internal override int FillBytes(int start, int count, long limit, out long bytes)
    {
        int size = NumberFormat.Size(Field.PhysicalType);
        int taken = (int)Math.Min(count, Math.Max(1, limit / size));
        bytes = (long)taken * size;
        return taken;
    }

    internal override void EncodePlain(int start, int count, ByteBuffer output) =>
        NumberFormat.Encode<T>(_values.AsSpan(start, count), Field.PhysicalType, output.Extend((int)NumberFormat.PlainBytes(Field, count)));

    internal override void FindMinMax(int start, int count, out byte[]? min, out byte[]? max, out bool isMinExact, out bool isMaxExact)
    {
        isMinExact = isMaxExact = true;
        NumberFormat.FindMinMax(Values.Slice(start, count), Field.PhysicalType, out min, out max);
    }

    internal override bool IsRising => Field.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 && NumberFormat.IsRising(Values);

    internal override ColumnDictionary? TryBuildDictionary(int maxBytes, bool isForced) => (typeof(T) == typeof(bool) ? 0 : Unsafe.SizeOf<T>()) switch
    {
        1 => NumberDictionary.TryBuild<T, byte>(this, maxBytes, isForced),
        2 => NumberDictionary.TryBuild<T, ushort>(this, maxBytes, isForced),
        4 => NumberDictionary.TryBuild<T, uint>(this, maxBytes, isForced),
        8 => NumberDictionary.TryBuild<T, ulong>(this, maxBytes, isForced),
        _ => null,
    };

    internal override void EncodeDelta(int start, int count, DeltaEncoder encoder, ByteBuffer output)
    {
        long[] stored = new long[count];
        NumberFormat.Store(Values.Slice(start, count), Field.PhysicalType, stored);
        encoder.Encode(stored, Field.PhysicalType == PhysicalType.Int32, output);
    }

    internal override ColumnBuffer CreateEmpty() => new ColumnBuffer<T>(Field, 16);

    internal override int AppendPlain(byte[] page, int offset, int end, int count)
    {
        long bytes = NumberFormat.PlainBytes(Field, count);
        if (bytes > end - offset)
            throw new ParquetException($"the page ends within its values: {count} more need {bytes} bytes, {end - offset} are left");
        NumberFormat.Decode(page.AsSpan(offset, (int)bytes), Field, Extend(count));
        return (int)bytes;
    }

    internal override void AppendGather(ColumnBuffer dictionary, ReadOnlySpan<int> indices)
    {
        ReadOnlySpan<T> source = ((ColumnBuffer<T>)dictionary).Values;
        uint most = Most(MemoryMarshal.Cast<int, uint>(indices));
        if (most >= (uint)source.Length && indices.Length > 0)
            throw new ParquetException($"a value points at entry {most} of a dictionary of {source.Length}");

        // All are known to be inside: checked one by one this took most of the time that token columns took.
        ref T from = ref MemoryMarshal.GetReference(source);
        Span<T> target = Extend(indices.Length);
        for (int i = 0; i < indices.Length; i++)
            target[i] = Unsafe.Add(ref from, indices[i]);
    }

    private static uint Most(ReadOnlySpan<uint> values)
    {
        uint most = 0;
        int i = 0;
        if (Vector.IsHardwareAccelerated && values.Length >= Vector<uint>.Count)
        {
            Vector<uint> lanes = Vector<uint>.Zero;
            for (; i <= values.Length - Vector<uint>.Count; i += Vector<uint>.Count)
                lanes = Vector.Max(lanes, new Vector<uint>(values[i..]));
            for (int lane = 0; lane < Vector<uint>.Count; lane++)
                most = Math.Max(most, lanes[lane]);
        }

        for (; i < values.Length; i++)
            most = Math.Max(most, values[i]);
        return most;
    }

    internal override void Reserve(long count)
    {
        if (count > _values.Length - Count)
            Grow((int)Math.Min(Array.MaxLength, Count + count));
    }

    internal override void AppendIntegers(ReadOnlySpan<long> values) => NumberFormat.Narrow(values, Field, Extend(values.Length));

    internal override void AppendBooleans(ReadOnlySpan<int> values)
    {
        Span<T> target = Extend(values.Length);
        for (int i = 0; i < values.Length; i++)
            target[i] = Unsafe.BitCast<bool, T>(values[i] != 0);
    }

    internal override object ValueAt(int index) => _values[index];

    private Span<T> Extend(int count)
    {
        int needed = checked(Count + count);
        if (needed > _values.Length)
            Grow((int)Math.Min(Array.MaxLength, Math.Max(needed, _values.Length * 2L)));
        Span<T> span = _values.AsSpan(Count, count);
        Count = needed;
        return span;
    }

    private void Grow(int capacity)
    {
        T[] grown = GC.AllocateUninitializedArray<T>(capacity);
        Values.CopyTo(grown);
        _values = grown;
    }
}
