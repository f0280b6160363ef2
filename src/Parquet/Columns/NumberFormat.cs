using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Parquet;

/// <summary>Numbers and booleans between memory and plain encoding (little-endian; 8- and 16-bit integers stored in 32 bits; booleans as bits).</summary>
internal static class NumberFormat
{
    public static int Size(PhysicalType type) => type switch
    {
        PhysicalType.Boolean => 1,
        PhysicalType.Int32 or PhysicalType.Float => 4,
        PhysicalType.Int64 or PhysicalType.Double => 8,
        _ => throw new InvalidOperationException($"{type} is not a number."),
    };

    public static long PlainBytes(DataField field, int count) =>
        field.PhysicalType == PhysicalType.Boolean ? (count + 7L) / 8 : (long)count * Size(field.PhysicalType);

    public static bool IsUnsigned<T>() => typeof(T) == typeof(byte) || typeof(T) == typeof(ushort) || typeof(T) == typeof(uint) || typeof(T) == typeof(ulong);

    public static bool Fits<T>(DataField field) => field.PhysicalType switch
    {
        PhysicalType.Boolean => typeof(T) == typeof(bool),
        PhysicalType.Float => typeof(T) == typeof(float),
        PhysicalType.Double => typeof(T) == typeof(double),
        PhysicalType.Int64 => typeof(T) == typeof(long) || typeof(T) == typeof(ulong),
        PhysicalType.Int32 => typeof(T) == typeof(int) || typeof(T) == typeof(uint) || typeof(T) == typeof(short) || typeof(T) == typeof(ushort)
            || typeof(T) == typeof(sbyte) || typeof(T) == typeof(byte) || typeof(T) == typeof(long),
        _ => false,
    };

    public static void Encode<T>(ReadOnlySpan<T> values, PhysicalType type, Span<byte> target) where T : unmanaged
    {
        if (type == PhysicalType.Boolean)
            EncodeBits(MemoryMarshal.Cast<T, byte>(values), target);
        else if (Unsafe.SizeOf<T>() == Size(type))
            MemoryMarshal.AsBytes(values).CopyTo(target);
        else if (typeof(T) == typeof(ushort))
            Widen(MemoryMarshal.Cast<T, ushort>(values), MemoryMarshal.Cast<byte, uint>(target));
        else if (typeof(T) == typeof(short))
            WidenAny<short>(MemoryMarshal.Cast<T, short>(values), MemoryMarshal.Cast<byte, int>(target));
        else if (typeof(T) == typeof(byte))
            WidenAny<byte>(MemoryMarshal.Cast<T, byte>(values), MemoryMarshal.Cast<byte, int>(target));
        else
            WidenAny<sbyte>(MemoryMarshal.Cast<T, sbyte>(values), MemoryMarshal.Cast<byte, int>(target));
    }

    /// <summary>Appends numbers given by their bits.</summary>
    public static void EncodeAll<T, TKey>(ReadOnlySpan<TKey> keys, DataField field, ByteBuffer output) where T : unmanaged where TKey : unmanaged =>
        Encode(MemoryMarshal.Cast<TKey, T>(keys), field.PhysicalType, output.Extend((int)PlainBytes(field, keys.Length)));

    public static void Decode<T>(ReadOnlySpan<byte> source, DataField field, Span<T> target) where T : unmanaged
    {
        if (field.PhysicalType == PhysicalType.Boolean)
            DecodeBits(source, MemoryMarshal.Cast<T, byte>(target));
        else if (Unsafe.SizeOf<T>() == Size(field.PhysicalType))
            source.CopyTo(MemoryMarshal.AsBytes(target));
        else if (typeof(T) == typeof(ushort))
            Narrow(MemoryMarshal.Cast<byte, uint>(source), MemoryMarshal.Cast<T, ushort>(target));
        else if (typeof(T) == typeof(short))
            NarrowAny(MemoryMarshal.Cast<byte, int>(source), MemoryMarshal.Cast<T, short>(target));
        else if (typeof(T) == typeof(byte))
            NarrowAny(MemoryMarshal.Cast<byte, int>(source), MemoryMarshal.Cast<T, byte>(target));
        else if (typeof(T) == typeof(sbyte))
            NarrowAny(MemoryMarshal.Cast<byte, int>(source), MemoryMarshal.Cast<T, sbyte>(target));
        else if (field.LogicalType.IsUnsigned)
            NarrowAny(MemoryMarshal.Cast<byte, uint>(source), MemoryMarshal.Cast<T, long>(target));
        else
            NarrowAny(MemoryMarshal.Cast<byte, int>(source), MemoryMarshal.Cast<T, long>(target));
    }

    /// <summary>Integers as the delta encodings give them, which wrap at the column's width.</summary>
    public static void Narrow<T>(ReadOnlySpan<long> values, DataField field, Span<T> target) where T : unmanaged
    {
        if (field.PhysicalType == PhysicalType.Int64)
        {
            MemoryMarshal.AsBytes(values).CopyTo(MemoryMarshal.AsBytes(target));
            return;
        }

        if (field.PhysicalType != PhysicalType.Int32)
            throw new ParquetException($"a column of {field.PhysicalType} is encoded as integers");

        Span<int> few = stackalloc int[256];
        for (int at = 0; at < values.Length; at += few.Length)
        {
            int n = Math.Min(few.Length, values.Length - at);
            for (int i = 0; i < n; i++)
                few[i] = (int)values[at + i];
            Decode(MemoryMarshal.AsBytes(few[..n]), field, target.Slice(at, n));
        }
    }

    /// <summary>The integers as the column stores them: 32-bit columns hold unsigned values of 2^31 and more as negative ones.</summary>
    public static void Store<T>(ReadOnlySpan<T> values, PhysicalType type, Span<long> target) where T : unmanaged
    {
        if (type == PhysicalType.Int64)
        {
            MemoryMarshal.AsBytes(values).CopyTo(MemoryMarshal.AsBytes(target));
            return;
        }

        Span<int> few = stackalloc int[256];
        for (int at = 0; at < values.Length; at += few.Length)
        {
            int n = Math.Min(few.Length, values.Length - at);
            Encode(values.Slice(at, n), type, MemoryMarshal.AsBytes(few[..n]));
            for (int i = 0; i < n; i++)
                target[at + i] = few[i];
        }
    }

    /// <summary>Whether no value is below the one before it; leaves at the first that is.</summary>
    public static bool IsRising<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        Comparer<T> order = Comparer<T>.Default;
        for (int i = 1; i < values.Length; i++)
        {
            if (order.Compare(values[i - 1], values[i]) > 0)
                return false;
        }

        return true;
    }

    public static void FindMinMax<T>(ReadOnlySpan<T> values, PhysicalType type, out byte[]? min, out byte[]? max) where T : unmanaged
    {
        min = max = null;
        if (values.Length == 0)
            return;

        (T least, T most)? found =
            typeof(T) == typeof(bool) ? As<T, byte>(MinMax(MemoryMarshal.Cast<T, byte>(values)))
            : typeof(T) == typeof(sbyte) ? As<T, sbyte>(MinMax(MemoryMarshal.Cast<T, sbyte>(values)))
            : typeof(T) == typeof(byte) ? As<T, byte>(MinMax(MemoryMarshal.Cast<T, byte>(values)))
            : typeof(T) == typeof(short) ? As<T, short>(MinMax(MemoryMarshal.Cast<T, short>(values)))
            : typeof(T) == typeof(ushort) ? As<T, ushort>(MinMax(MemoryMarshal.Cast<T, ushort>(values)))
            : typeof(T) == typeof(int) ? As<T, int>(MinMax(MemoryMarshal.Cast<T, int>(values)))
            : typeof(T) == typeof(uint) ? As<T, uint>(MinMax(MemoryMarshal.Cast<T, uint>(values)))
            : typeof(T) == typeof(long) ? As<T, long>(MinMax(MemoryMarshal.Cast<T, long>(values)))
            : typeof(T) == typeof(ulong) ? As<T, ulong>(MinMax(MemoryMarshal.Cast<T, ulong>(values)))
            : typeof(T) == typeof(float) ? AsFloat<T, float>(MinMaxFloat(MemoryMarshal.Cast<T, float>(values)))
            : AsFloat<T, double>(MinMaxFloat(MemoryMarshal.Cast<T, double>(values)));
        if (found is not { } bounds)
            return;

        min = new byte[Size(type)];
        max = new byte[Size(type)];
        Encode([bounds.least], type, min);
        Encode([bounds.most], type, max);
    }

    private static (T, T)? As<T, TNumber>((TNumber Min, TNumber Max) pair) where T : unmanaged where TNumber : unmanaged =>
        (Unsafe.BitCast<TNumber, T>(pair.Min), Unsafe.BitCast<TNumber, T>(pair.Max));

    private static (T, T)? AsFloat<T, TNumber>((TNumber Min, TNumber Max)? pair) where T : unmanaged where TNumber : unmanaged =>
        pair is { } found ? As<T, TNumber>(found) : null;

    private static (T Min, T Max) MinMax<T>(ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        T min = values[0], max = values[0];
        int i = 0;
        if (Vector.IsHardwareAccelerated && values.Length >= Vector<T>.Count)
        {
            Vector<T> least = new(values), most = least;
            for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> next = new(values[i..]);
                least = Vector.Min(least, next);
                most = Vector.Max(most, next);
            }

            for (int lane = 0; lane < Vector<T>.Count; lane++)
            {
                min = T.Min(min, least[lane]);
                max = T.Max(max, most[lane]);
            }
        }

        for (; i < values.Length; i++)
        {
            min = T.Min(min, values[i]);
            max = T.Max(max, values[i]);
        }

        return (min, max);
    }

    /// <summary>Bounds without NaN, null where nothing else is there; zeros take the sign that widens, as the format asks.</summary>
    private static (T Min, T Max)? MinMaxFloat<T>(ReadOnlySpan<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T min = T.PositiveInfinity, max = T.NegativeInfinity;
        bool any = false;
        foreach (T value in values)
        {
            if (T.IsNaN(value))
                continue;
            any = true;
            min = value < min ? value : min;
            max = value > max ? value : max;
        }

        return any ? (T.IsZero(min) ? T.NegativeZero : min, T.IsZero(max) ? T.Zero : max) : null;
    }

    private static void EncodeBits(ReadOnlySpan<byte> values, Span<byte> target)
    {
        target.Clear();
        for (int i = 0; i < values.Length; i++)
            target[i >> 3] |= (byte)((values[i] & 1) << (i & 7));
    }

    private static void DecodeBits(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] = (byte)((source[i >> 3] >> (i & 7)) & 1);
    }

    private static void Widen(ReadOnlySpan<ushort> source, Span<uint> target)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= source.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
            {
                (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Create(source[i..]));
                low.CopyTo(target[i..]);
                high.CopyTo(target[(i + 4)..]);
            }
        }

        for (; i < source.Length; i++)
            target[i] = source[i];
    }

    private static void Narrow(ReadOnlySpan<uint> source, Span<ushort> target)
    {
        int i = 0;
        uint any = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<uint> bits = default;
            for (; i <= source.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
            {
                Vector128<uint> low = Vector128.Create(source[i..]), high = Vector128.Create(source[(i + 4)..]);
                bits |= low | high;
                Vector128.Narrow(low, high).CopyTo(target[i..]);
            }

            for (int lane = 0; lane < 4; lane++)
                any |= bits[lane];
        }

        for (; i < source.Length; i++)
        {
            any |= source[i];
            target[i] = (ushort)source[i];
        }

        if (any > ushort.MaxValue)
            throw new ParquetException("a value is too large for the 16 bits of its column");
    }

    private static void WidenAny<T>(ReadOnlySpan<T> source, Span<int> target) where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < source.Length; i++)
            target[i] = int.CreateTruncating(source[i]);
    }

    private static void NarrowAny<TFrom, TTo>(ReadOnlySpan<TFrom> source, Span<TTo> target) where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : unmanaged, IBinaryInteger<TTo>
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = TTo.CreateTruncating(source[i]);
            if (TFrom.CreateTruncating(target[i]) != source[i])
                throw new ParquetException($"the value {source[i]} is too large for the width of its column");
        }
    }
}
