using System.Runtime.InteropServices;

namespace DataPipeline.Torch;

/// <summary>
/// A libtorch tensor. It lives until it is disposed or the dispose scope it was made in ends; there is no finalizer, because waiting for
/// the collector let memory grow by tens of megabytes a step, and because without one no handle can be freed under a running call.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private static long alive;
    private nint handle;

    internal Tensor(nint handle)
    {
        this.handle = handle;
        Interlocked.Increment(ref alive);
        Scope = DisposeScope.Current;
        Scope?.Add(this);
    }

    internal DisposeScope? Scope { get; private set; }

    /// <summary>Number of tensors not yet disposed, in the whole process: flat from step to step, or something leaks.</summary>
    public static long Alive => Interlocked.Read(ref alive);

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor), "the tensor was disposed, perhaps with the dispose scope it was made in");

    /// <summary>Lengths of the dimensions.</summary>
    public long[] shape
    {
        get
        {
            Native.TensorFacts facts = Facts();
            return new ReadOnlySpan<long>(facts.Sizes, facts.Dimensions).ToArray();
        }
    }

    /// <summary>Number of dimensions.</summary>
    public int ndim => Facts().Dimensions;

    /// <summary>Element type.</summary>
    public ScalarType dtype => (ScalarType)Facts().ScalarType;

    /// <summary>Where the tensor lives.</summary>
    public Device device
    {
        get
        {
            Native.TensorFacts facts = Facts();
            return new Device((DeviceType)facts.DeviceType, facts.DeviceIndex);
        }
    }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool is_contiguous => Facts().Contiguous != 0;

    /// <summary>Whether gradients are wanted for it.</summary>
    public bool requires_grad
    {
        get => Facts().RequiresGrad != 0;
        set => Native.Check(Native.dp_set_requires_grad(Handle, value ? 1 : 0));
    }

    /// <summary>The gradient after backward, or null; setting null frees it.</summary>
    public Tensor? grad
    {
        get => Native.dp_grad(Handle) is var g && g == 0 ? null : new Tensor(g);
        set => Native.Check(Native.dp_set_grad(Handle, value?.Handle ?? 0));
    }

    /// <summary>Number of elements.</summary>
    public long numel() => Facts().Elements;

    /// <summary>Length of one dimension; negative counts from the last.</summary>
    public long size(int dimension)
    {
        Native.TensorFacts facts = Facts();
        return facts.Sizes[dimension < 0 ? dimension + facts.Dimensions : dimension];
    }

    /// <summary>Adds d(this)/d(leaf) to the gradient of every leaf; the tensor is one number unless a gradient is given.</summary>
    public void backward(Tensor? gradient = null, bool retain_graph = false, bool create_graph = false) =>
        Native.Check(Native.dp_backward(Handle, gradient?.Handle ?? 0, retain_graph ? 1 : 0, create_graph ? 1 : 0));

    /// <summary>The only element as a number.</summary>
    public double item() => itemOperator.CallNumber(this);

    private static readonly Operator itemOperator = new("aten::item");

    /// <summary>The elements in row-major order, copied out as the type asked for, which must be the tensor's own.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        var values = new T[numel()];
        CopyTo<T>(values);
        return values;
    }

    /// <summary>Copies the elements in row-major order; the byte count must match.</summary>
    public void CopyTo<T>(Span<T> values) where T : unmanaged
    {
        using var scope = torch.NewDisposeScope();
        Tensor here = detach().cpu().contiguous();
        ReadOnlySpan<byte> bytes = here.Bytes();
        Span<byte> target = MemoryMarshal.AsBytes(values);
        if (bytes.Length != target.Length) throw new ArgumentException($"a {dtype} tensor of shape [{string.Join(", ", shape)}] holds {bytes.Length} bytes, the target {target.Length}", nameof(values));
        bytes.CopyTo(target);
    }

    /// <summary>The elements of a contiguous CPU tensor in row-major order, in its own memory: valid while the tensor lives.</summary>
    public Span<T> Data<T>() where T : unmanaged => sizeof(T) == torch.element_size(dtype)
        ? MemoryMarshal.Cast<byte, T>(Bytes()) : throw new ArgumentException($"the elements of a {dtype} tensor are no {typeof(T).Name}");

    /// <summary>Writes the bytes of a contiguous CPU tensor, little-endian in row-major order.</summary>
    public void WriteTo(Stream stream)
    {
        for (long at = 0, length = ByteCount; at < length; at += ChunkBytes) stream.Write(Bytes(at, (int)Math.Min(ChunkBytes, length - at)));
    }

    /// <summary>Fills a contiguous CPU tensor with bytes as <see cref="WriteTo"/> writes them; throws EndOfStreamException when there are too few.</summary>
    public void ReadFrom(Stream stream)
    {
        for (long at = 0, length = ByteCount; at < length; at += ChunkBytes) stream.ReadExactly(Bytes(at, (int)Math.Min(ChunkBytes, length - at)));
    }

    // A span holds 2 GiB at most, a tensor more.
    private const int ChunkBytes = 1 << 26;

    private long ByteCount => numel() * torch.element_size(dtype);

    /// <summary>The memory of a contiguous CPU tensor: valid while the tensor lives.</summary>
    internal Span<byte> Bytes() => Bytes(0, checked((int)ByteCount));

    private Span<byte> Bytes(long start, int length)
    {
        Native.TensorFacts facts = Facts();
        if (facts.Contiguous == 0 || facts.DeviceType != 0) throw new InvalidOperationException("only a contiguous CPU tensor has memory to read");
        return new Span<byte>((byte*)facts.Data + start, length);
    }

    /// <summary>Hands the tensor to the scope around the current one; returns it.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        Scope = Scope?.Outer;
        Scope?.Add(this);
        return this;
    }

    /// <summary>Takes the tensor out of every scope: whoever calls this disposes it.</summary>
    public Tensor DetachFromDisposeScope()
    {
        Scope = null;
        return this;
    }

    /// <summary>Releases the tensor; its memory goes when no view or graph needs it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref handle, 0) is var released && released != 0)
        {
            Interlocked.Decrement(ref alive);
            Native.dp_release(released);
        }
    }

    /// <summary>Type, shape and device, as "Float32[2, 3] cpu".</summary>
    public override string ToString() => handle == 0 ? "disposed" : $"{dtype}[{string.Join(", ", shape)}] {device}";

    private Native.TensorFacts Facts()
    {
        Native.TensorFacts facts;
        Native.Check(Native.dp_facts(Handle, &facts));
        return facts;
    }
}
