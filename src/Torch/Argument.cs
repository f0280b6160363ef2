using System.Runtime.InteropServices;

namespace DataPipeline.Torch;

/// <summary>One argument or result of a boxed call: 16 bytes, laid out as native/torch_binding.cpp reads them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal readonly unsafe struct Argument
{
    internal enum Kind { Default = 0, None = 1, Tensor = 2, Int = 3, Double = 4, Bool = 5, Tensors = 6, Ints = 7, Doubles = 8, Bools = 9, String = 10, Device = 11 }

    [FieldOffset(0)] internal readonly Kind Tag;
    [FieldOffset(4)] internal readonly int Count;
    [FieldOffset(8)] internal readonly long Int;
    [FieldOffset(8)] internal readonly double Double;
    [FieldOffset(8)] internal readonly nint Pointer;

    private Argument(Kind tag, long value) => (Tag, Int) = (tag, value);
    private Argument(double value) => (Tag, Double) = (Kind.Double, value);
    private Argument(Kind tag, void* memory, int count) => (Tag, Count, Pointer) = (tag, count, (nint)memory);

    /// <summary>The schema's own default.</summary>
    internal static Argument Default => default;
    internal static Argument None => new(Kind.None, 0);

    // The memory must stay fixed until the call returns.
    internal static Argument Ints(long* values, int count) => new(Kind.Ints, values, count);
    internal static Argument Doubles(double* values, int count) => new(Kind.Doubles, values, count);
    internal static Argument Bools(byte* values, int count) => new(Kind.Bools, values, count);
    internal static Argument Tensors(nint* handles, int count) => new(Kind.Tensors, handles, count);
    internal static Argument String(byte* text, int count) => new(Kind.String, text, count);

    public static implicit operator Argument(Tensor? tensor) => tensor is null ? None : new Argument(Kind.Tensor, tensor.Handle);
    public static implicit operator Argument(long value) => new(Kind.Int, value);
    public static implicit operator Argument(int value) => new(Kind.Int, value);
    public static implicit operator Argument(double value) => new(value);
    public static implicit operator Argument(bool value) => new(Kind.Bool, value ? 1 : 0);
    public static implicit operator Argument(ScalarType type) => new(Kind.Int, (long)type);
    public static implicit operator Argument(Device device) => new(Kind.Device, device.Bits);
}
