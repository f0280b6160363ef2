namespace DataPipeline.Parquet;

/// <summary>
/// The values of one leaf column of one row group, for writing or as read: values that are there one after another, and levels that say where
/// nulls and list bounds lie. Reused from row group to row group with <see cref="Clear"/>.
/// </summary>
public abstract class ColumnBuffer
{
    private protected ColumnBuffer(DataField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (field.Index < 0)
            throw new ArgumentException($"Field '{field.Name}' belongs to no schema yet.", nameof(field));
        Field = field;
    }

    /// <summary>The column.</summary>
    public DataField Field { get; }

    /// <summary>Definition levels; empty where the column can hold neither nulls nor lists.</summary>
    public LevelRuns DefinitionLevels { get; } = new();

    /// <summary>Repetition levels; empty where the column lies in no list.</summary>
    public LevelRuns RepetitionLevels { get; } = new();

    /// <summary>Values that are there (no nulls).</summary>
    public abstract int ValueCount { get; }

    /// <summary>Bytes that the values take in plain encoding: what decides when a row group is full.</summary>
    public abstract long ByteCount { get; }

    /// <summary>Values, nulls and empty lists.</summary>
    public long EntryCount => Field.MaxDefinitionLevel > 0 ? DefinitionLevels.Count : ValueCount;

    /// <summary>Rows.</summary>
    public long RowCount => Field.MaxRepetitionLevel > 0 ? RepetitionLevels.Zeros : EntryCount;

    /// <summary>Makes the buffer that suits a column's type: <see cref="BinaryColumnBuffer"/> or <see cref="ColumnBuffer{T}"/>.</summary>
    public static ColumnBuffer Create(DataField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return (field.PhysicalType, field.LogicalType) switch
        {
            (PhysicalType.Boolean, _) => new ColumnBuffer<bool>(field),
            (PhysicalType.Int32, { Kind: LogicalKind.Integer, BitWidth: 8, IsSigned: true }) => new ColumnBuffer<sbyte>(field),
            (PhysicalType.Int32, { Kind: LogicalKind.Integer, BitWidth: 8 }) => new ColumnBuffer<byte>(field),
            (PhysicalType.Int32, { Kind: LogicalKind.Integer, BitWidth: 16, IsSigned: true }) => new ColumnBuffer<short>(field),
            (PhysicalType.Int32, { Kind: LogicalKind.Integer, BitWidth: 16 }) => new ColumnBuffer<ushort>(field),
            (PhysicalType.Int32, { Kind: LogicalKind.Integer, IsSigned: false }) => new ColumnBuffer<uint>(field),
            (PhysicalType.Int32, _) => new ColumnBuffer<int>(field),
            (PhysicalType.Int64, { Kind: LogicalKind.Integer, IsSigned: false }) => new ColumnBuffer<ulong>(field),
            (PhysicalType.Int64, _) => new ColumnBuffer<long>(field),
            (PhysicalType.Float, _) => new ColumnBuffer<float>(field),
            (PhysicalType.Double, _) => new ColumnBuffer<double>(field),
            _ => new BinaryColumnBuffer(field),
        };
    }

    /// <summary>Appends a row that is null, in a column outside lists.</summary>
    public void AddNull()
    {
        if (!Field.IsNullable || Field.MaxRepetitionLevel > 0)
            throw new InvalidOperationException($"Column '{Field}' takes no null rows: {(Field.IsNullable ? "it lies in a list" : "it is required")}.");
        DefinitionLevels.Add(Field.MaxDefinitionLevel - 1);
    }

    /// <summary>Appends a null, or an empty or missing list, at the given levels (any depth).</summary>
    public void AddNull(int repetitionLevel, int definitionLevel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)definitionLevel, (uint)Field.MaxDefinitionLevel);
        CheckRepetition(repetitionLevel);
        if (Field.MaxRepetitionLevel > 0)
            RepetitionLevels.Add(repetitionLevel);
        DefinitionLevels.Add(definitionLevel);
    }

    /// <summary>Appends a row whose list is empty.</summary>
    public void AddEmptyList()
    {
        CheckList();
        RepetitionLevels.Add(0);
        DefinitionLevels.Add(Field.EmptyListLevel);
    }

    /// <summary>Appends a row whose list is null.</summary>
    public void AddNullList()
    {
        CheckList();
        if (!Field.IsInNullableList)
            throw new InvalidOperationException($"The list of column '{Field}' may be empty but not null.");
        RepetitionLevels.Add(0);
        DefinitionLevels.Add(Field.EmptyListLevel - 1);
    }

    /// <summary>The number of items of each list (0 for empty and null lists), for a column in exactly one list.</summary>
    public int[] ListLengths()
    {
        CheckList();
        var lengths = new int[RowCount];
        int row = -1;
        var definitions = new LevelCursor(DefinitionLevels);
        for (int run = 0; run < RepetitionLevels.RunCount; run++)
        {
            (int level, long count) = RepetitionLevels[run];
            if (level > 0)
            {
                lengths[row] += (int)count;
                definitions.Advance(count);
                continue;
            }

            for (long left = count; left > 0;)
            {
                long step = Math.Min(left, definitions.Remaining);
                lengths.AsSpan(row + 1, (int)step).Fill(definitions.Level > Field.EmptyListLevel ? 1 : 0);
                row += (int)step;
                left -= step;
                definitions.Advance(step);
            }
        }

        return lengths;
    }

    /// <summary>Forgets all rows and keeps the memory.</summary>
    public virtual void Clear()
    {
        DefinitionLevels.Clear();
        RepetitionLevels.Clear();
    }

    private protected void CheckFlat()
    {
        if (Field.MaxRepetitionLevel > 0)
            throw new InvalidOperationException($"Column '{Field}' lies in a list: add lists to it, or values with a repetition level.");
    }

    private protected void CheckList()
    {
        if (Field.MaxRepetitionLevel != 1)
            throw new InvalidOperationException($"Column '{Field}' lies in {Field.MaxRepetitionLevel} lists, not in one.");
    }

    private protected void CheckRepetition(int level) => ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)level, (uint)Field.MaxRepetitionLevel, nameof(level));

    /// <summary>Levels of a row of <paramref name="count"/> values in one list.</summary>
    private protected void AddListLevels(int count)
    {
        RepetitionLevels.Add(0);
        RepetitionLevels.Add(1, Math.Max(0, count - 1));
        DefinitionLevels.Add(count == 0 ? Field.EmptyListLevel : Field.MaxDefinitionLevel, Math.Max(1, count));
    }

    private protected void AddValueLevels(int repetitionLevel, int count = 1)
    {
        CheckRepetition(repetitionLevel);
        if (Field.MaxRepetitionLevel > 0)
            RepetitionLevels.Add(repetitionLevel, count);
        if (Field.MaxDefinitionLevel > 0)
            DefinitionLevels.Add(Field.MaxDefinitionLevel, count);
    }

    /// <summary>Bytes of memory that the values hold on to.</summary>
    internal abstract long MemoryBytes { get; }

    /// <summary>Bytes that values and levels take before they are written.</summary>
    internal long PendingBytes => ByteCount + (8L * (DefinitionLevels.RunCount + RepetitionLevels.RunCount));

    /// <summary>Appends the items of one list where <paramref name="items"/> is an array of the column's own type; else does nothing.</summary>
    internal virtual bool TryAddItems(object items, int firstLevel, int otherLevel) => false;

    /// <summary>How many of the values from <paramref name="start"/> on, at most <paramref name="count"/>, fill <paramref name="limit"/> bytes.</summary>
    internal abstract int FillBytes(int start, int count, long limit, out long bytes);

    internal abstract void EncodePlain(int start, int count, ByteBuffer output);

    /// <summary>Bounds of <paramref name="count"/> values from <paramref name="start"/> on.</summary>
    internal abstract void FindMinMax(int start, int count, out byte[]? min, out byte[]? max, out bool isMinExact, out bool isMaxExact);

    /// <summary>Whether the values are integers of which none is below the one before.</summary>
    internal abstract bool IsRising { get; }

    /// <summary>The chunk's distinct values, or null where they take more than <paramref name="maxBytes"/> or, unless <paramref name="isForced"/>, a dictionary plainly does not pay.</summary>
    internal abstract ColumnDictionary? TryBuildDictionary(int maxBytes, bool isForced);

    /// <summary>Encodes integers as DELTA_BINARY_PACKED.</summary>
    internal abstract void EncodeDelta(int start, int count, DeltaEncoder encoder, ByteBuffer output);

    /// <summary>Fails where the buffer's values cannot be stored in the column as they are.</summary>
    internal abstract void CheckWritable();

    internal abstract ColumnBuffer CreateEmpty();

    /// <summary>Makes room for values that will be decoded, so that the memory does not grow step by step.</summary>
    internal virtual void Reserve(long count)
    {
    }

    /// <summary>Memory for a page that values will be left in: of this buffer where <see cref="Clear"/> set some free.</summary>
    internal virtual byte[] TakePage(int length) => GC.AllocateUninitializedArray<byte>(length);

    /// <summary>Decodes <paramref name="count"/> plain values and returns how many bytes they took.</summary>
    internal abstract int AppendPlain(byte[] page, int offset, int end, int count);

    internal abstract void AppendGather(ColumnBuffer dictionary, ReadOnlySpan<int> indices);

    internal abstract void AppendIntegers(ReadOnlySpan<long> values);

    internal abstract void AppendBooleans(ReadOnlySpan<int> values);

    /// <summary>The value as stored, boxed.</summary>
    internal abstract object ValueAt(int index);
}
