using System.Runtime.InteropServices;

namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    private static readonly Operator emptyOp = new("aten::empty", "memory_format"), zerosOp = new("aten::zeros"), onesOp = new("aten::ones"), fullOp = new("aten::full"),
        randnOp = new("aten::randn"), randOp = new("aten::rand"), arangeOp = new("aten::arange", "start_step"), randpermOp = new("aten::randperm");

    /// <summary>Uninitialised memory; pinned memory is what a card copies from without a detour.</summary>
    public static Tensor empty(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device? device = null, bool pinned = false)
    {
        fixed (long* s = shape) return emptyOp.Call(Argument.Ints(s, shape.Length), dtype, Argument.None, device ?? CPU, pinned);
    }

    /// <summary>Zeros.</summary>
    public static Tensor zeros(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device? device = null)
    {
        fixed (long* s = shape) return zerosOp.Call(Argument.Ints(s, shape.Length), dtype, Argument.None, device ?? CPU);
    }

    /// <summary>Ones.</summary>
    public static Tensor ones(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device? device = null)
    {
        fixed (long* s = shape) return onesOp.Call(Argument.Ints(s, shape.Length), dtype, Argument.None, device ?? CPU);
    }

    /// <summary>One value everywhere.</summary>
    public static Tensor full(ReadOnlySpan<long> shape, double value, ScalarType dtype = float32, Device? device = null)
    {
        fixed (long* s = shape) return fullOp.Call(Argument.Ints(s, shape.Length), value, dtype, Argument.None, device ?? CPU);
    }

    /// <summary>Standard normal numbers from the seeded generator.</summary>
    public static Tensor randn(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device? device = null)
    {
        fixed (long* s = shape) return randnOp.Call(Argument.Ints(s, shape.Length), dtype, Argument.None, device ?? CPU);
    }

    /// <summary>Uniform numbers in [0, 1) from the seeded generator.</summary>
    public static Tensor rand(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device? device = null)
    {
        fixed (long* s = shape) return randOp.Call(Argument.Ints(s, shape.Length), dtype, Argument.None, device ?? CPU);
    }

    /// <summary>start, start + step, ... below end.</summary>
    public static Tensor arange(double start, double end, double step = 1, ScalarType dtype = int64, Device? device = null) =>
        arangeOp.Call(start, end, step, dtype, Argument.None, device ?? CPU);

    /// <summary>0..n-1 in a random order from the seeded generator.</summary>
    public static Tensor randperm(long n, Device? device = null) => randpermOp.Call(n, int64, Argument.None, device ?? CPU);

    /// <summary>A copy of the values (float, double, long, int, byte) in row-major order.</summary>
    public static Tensor tensor<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, Device? device = null) where T : unmanaged
    {
        ScalarType type = default(T) switch
        {
            float => float32,
            double => float64,
            long => int64,
            int => int32,
            byte => ScalarType.Byte,
            bool => ScalarType.Bool,
            _ => throw new ArgumentException($"no tensor holds {typeof(T).Name}", nameof(values)),
        };
        long count = 1;
        foreach (long length in shape) count *= length;
        if (count != values.Length) throw new ArgumentException($"{values.Length} values do not fill a shape of {count}", nameof(values));
        return FromBytes(MemoryMarshal.AsBytes(values), type, shape, device);
    }

    /// <summary>A copy of little-endian bytes as a tensor of the type and shape.</summary>
    public static Tensor FromBytes(ReadOnlySpan<byte> bytes, ScalarType type, ReadOnlySpan<long> shape, Device? device = null)
    {
        Tensor here = empty(shape, type);
        bytes.CopyTo(here.Bytes());
        if (device is not { Type: not DeviceType.CPU } away) return here;
        Tensor there = here.to(away);
        here.Dispose();
        return there;
    }

    /// <summary>A number without dimensions.</summary>
    public static Tensor scalar(double value, ScalarType dtype = float32, Device? device = null) => full([], value, dtype, device);
}
