namespace DataPipeline.Torch;

/// <summary>Processes that exchange tensors. All of them make the same calls in the same order; each call returns when this process's part is done.</summary>
public sealed class ProcessGroup : IDisposable
{
    private nint handle;

    internal ProcessGroup(nint handle, int rank, int size) => (this.handle, Rank, Size) = (handle, rank, size);

    /// <summary>Number of this process, from 0.</summary>
    public int Rank { get; }

    /// <summary>Number of processes.</summary>
    public int Size { get; }

    /// <summary>Bytes of the tensors given to collectives by this process so far: what the backend sends for them depends on its algorithm.</summary>
    public long Bytes { get; private set; }

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(ProcessGroup));

    internal nint Count(Tensor tensor)
    {
        Bytes += tensor.numel() * torch.element_size(tensor.dtype);
        return tensor.Handle;
    }

    /// <summary>Leaves the group.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref handle, 0) is var left && left != 0) Native.dp_group_free(left);
    }
}

/// <summary>How the tensors of all processes become one, numbered as libtorch numbers it.</summary>
public enum ReduceOp
{
    /// <summary>The sum.</summary>
    SUM = 0,
    /// <summary>The product.</summary>
    PRODUCT = 2,
    /// <summary>The least, element by element.</summary>
    MIN = 3,
    /// <summary>The greatest, element by element.</summary>
    MAX = 4,
}
