using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Filters;

/// <summary>Rows of floats in memory that does not move, each starting on a cache line and padded with zeros to whole vectors of 16.</summary>
internal sealed unsafe class RowMatrix
{
    /// <summary>Floats of a vector and of a cache line.</summary>
    public const int Lane = 16;

    private readonly float[] _memory;
    private readonly float* _first;

    public RowMatrix(int rows, int columns)
    {
        (Rows, Columns, Stride) = (rows, columns, RoundUp(columns));
        if (!Fits(rows, columns))
            throw new ArgumentOutOfRangeException(nameof(rows), $"{rows} rows of {columns} columns are too many");
        _memory = GC.AllocateArray<float>(rows * Stride + Lane, pinned: true);
        nuint at = (nuint)Unsafe.AsPointer(ref _memory[0]);
        _first = (float*)((at + 63) & ~(nuint)63);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Floats from a row to the next.</summary>
    public int Stride { get; }

    public static bool Fits(long rows, int columns) => rows >= 0 && rows * RoundUp(columns) + Lane <= Array.MaxLength;

    public static int RoundUp(int columns) => (columns + Lane - 1) / Lane * Lane;

    /// <summary>The first float of a row; valid as long as this object is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int row) => _first + (nint)row * Stride;

    public Span<float> this[int row] => _memory.AsSpan((int)(Row(row) - (float*)Unsafe.AsPointer(ref _memory[0])), Columns);

    public RowMatrix Copy()
    {
        var copy = new RowMatrix(Rows, Columns);
        for (int row = 0; row < Rows; row++)
            this[row].CopyTo(copy[row]);
        return copy;
    }

    /// <summary>Sums rows; two rows go at once in each column, so that one addition need not wait for another.</summary>
    public void Sum(ReadOnlySpan<int> rows, float* sum)
    {
        for (int column = 0; column < Stride; column += Lane)
        {
            float* first = _first + column;
            Vector512<float> even = default, odd = default;
            int i = 0;
            for (; i + 1 < rows.Length; i += 2)
            {
                even += Vector512.LoadAligned(first + (nint)rows[i] * Stride);
                odd += Vector512.LoadAligned(first + (nint)rows[i + 1] * Stride);
            }
            if (i < rows.Length)
                even += Vector512.LoadAligned(first + (nint)rows[i] * Stride);
            (even + odd).Store(sum + column);
        }
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Dot(int row, float* vector)
    {
        float* values = Row(row);
        Vector512<float> sum = Vector512.LoadAligned(values) * Vector512.Load(vector);
        for (int column = Lane; column < Stride; column += Lane)
            sum += Vector512.LoadAligned(values + column) * Vector512.Load(vector + column);
        return Vector512.Sum(sum);
    }

    /// <summary>Adds a multiple of a vector to a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(int row, float* vector, float factor)
    {
        float* values = Row(row);
        Vector512<float> times = Vector512.Create(factor);
        for (int column = 0; column < Stride; column += Lane)
            (Vector512.LoadAligned(values + column) + times * Vector512.Load(vector + column)).StoreAligned(values + column);
    }

    /// <summary>Adds a vector to a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(int row, float* vector)
    {
        float* values = Row(row);
        for (int column = 0; column < Stride; column += Lane)
            (Vector512.LoadAligned(values + column) + Vector512.LoadAligned(vector + column)).StoreAligned(values + column);
    }

    /// <summary>Adds a multiple of a row to a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddFrom(int row, float factor, float* vector)
    {
        float* values = Row(row);
        Vector512<float> times = Vector512.Create(factor);
        for (int column = 0; column < Stride; column += Lane)
            (Vector512.Load(vector + column) + times * Vector512.LoadAligned(values + column)).Store(vector + column);
    }
}
