using System.Runtime.InteropServices;
using System.Text;

namespace DataPipeline.Torch;

/// <summary>One ATen operator, looked up by name in the dispatcher at its first call.</summary>
/// <param name="name">Name with its namespace, as "aten::add".</param>
/// <param name="overload">Overload as in native_functions.yaml, as "Tensor"; empty for the plain one.</param>
public sealed unsafe class Operator(string name, string overload = "")
{
    private const int MostResults = 8;

    // Written by any thread, always with an equivalent value.
    private nint handle;

    /// <summary>Whether this libtorch has the operator; a kernel for the device is another matter.</summary>
    public bool Exists => handle != 0 || (handle = Native.dp_find_operator(name, overload)) != 0;

    /// <summary>The schema text, as "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor".</summary>
    public string Schema
    {
        get
        {
            byte* text = stackalloc byte[2048];
            return Encoding.UTF8.GetString(text, Native.dp_schema(Found, text, 2048));
        }
    }

    private nint Found => Exists ? handle : throw new TorchException($"libtorch {torch.version} has no operator {name}{(overload.Length == 0 ? "" : "." + overload)}");

    /// <summary>Calls with boxed arguments: Tensor, long, int, double, bool, ScalarType, Device, string, null, or an array of long, double, bool or Tensor.</summary>
    public object?[] Invoke(params object?[] arguments)
    {
        var pins = new List<GCHandle>();
        try
        {
            nint Pin(object array)
            {
                pins.Add(GCHandle.Alloc(array, GCHandleType.Pinned));
                return pins[^1].AddrOfPinnedObject();
            }
            var converted = new Argument[arguments.Length];
            for (int i = 0; i < arguments.Length; i++)
                converted[i] = arguments[i] switch
                {
                    null => Argument.None,
                    Tensor t => t,
                    long l => l,
                    int n => n,
                    double d => d,
                    bool b => b,
                    ScalarType s => s,
                    Device v => v,
                    string s when Encoding.UTF8.GetBytes(s) is var bytes => Argument.String((byte*)Pin(bytes), bytes.Length),
                    long[] a => Argument.Ints((long*)Pin(a), a.Length),
                    double[] a => Argument.Doubles((double*)Pin(a), a.Length),
                    bool[] a => Argument.Bools((byte*)Pin(Array.ConvertAll(a, b => b ? (byte)1 : (byte)0)), a.Length),
                    Tensor[] a => Argument.Tensors((nint*)Pin(Array.ConvertAll(a, t => t.Handle)), a.Length),
                    var other => throw new ArgumentException($"{name}: argument {i} is a {other.GetType().Name}, which no operator takes"),
                };
            Argument* results = stackalloc Argument[MostResults];
            int count = Run(converted, results, MostResults);
            var values = new object?[count];
            for (int i = 0; i < count; i++) values[i] = Unbox(results[i]);
            return values;
        }
        finally
        {
            foreach (GCHandle pin in pins) pin.Free();
        }
    }

    /// <summary>Calls for the first result, a tensor.</summary>
    internal Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[MostResults];
        int count = Run(arguments, results, MostResults);
        for (int i = 1; i < count; i++)
            if (results[i].Tag == Argument.Kind.Tensor) Native.dp_release(results[i].Pointer);
        return new Tensor(results[0].Pointer);
    }

    /// <summary>Calls for two tensors.</summary>
    internal (Tensor, Tensor) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[MostResults];
        Run(arguments, results, MostResults);
        return (new Tensor(results[0].Pointer), new Tensor(results[1].Pointer));
    }

    /// <summary>Calls for a list of tensors.</summary>
    internal Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[MostResults];
        Run(arguments, results, MostResults);
        return (Tensor[])Unbox(results[0])!;
    }

    /// <summary>Calls for a number.</summary>
    internal double CallNumber(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[MostResults];
        Run(arguments, results, MostResults);
        return results[0].Tag == Argument.Kind.Double ? results[0].Double : results[0].Int;
    }

    /// <summary>Calls an operator that writes in place: its result is its own argument, so no reference is taken.</summary>
    internal void CallInPlace(params ReadOnlySpan<Argument> arguments) => Run(arguments, null, 0);

    private int Run(ReadOnlySpan<Argument> arguments, Argument* results, int capacity)
    {
        int count;
        fixed (Argument* first = arguments) count = Native.dp_call(Found, first, arguments.Length, results, capacity);
        Native.Check(count);
        return count;
    }

    private static object? Unbox(Argument value)
    {
        switch (value.Tag)
        {
            case Argument.Kind.Tensor: return value.Pointer == 0 ? null : new Tensor(value.Pointer);
            case Argument.Kind.Int: return value.Int;
            case Argument.Kind.Double: return value.Double;
            case Argument.Kind.Bool: return value.Int != 0;
            case Argument.Kind.Tensors:
                var tensors = new Tensor[value.Count];
                for (int i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(((nint*)value.Pointer)[i]);
                Native.dp_free(value.Pointer);
                return tensors;
            default: return null;
        }
    }
}
