namespace DataPipeline.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator viewOp = new("aten::view"), reshapeOp = new("aten::reshape"), transposeOp = new("aten::transpose", "int"), permuteOp = new("aten::permute"),
        unsqueezeOp = new("aten::unsqueeze"), squeezeDim = new("aten::squeeze", "dim"), expandOp = new("aten::expand"), contiguousOp = new("aten::contiguous"), narrowOp = new("aten::narrow"),
        selectOp = new("aten::select", "int"), chunkOp = new("aten::chunk"), splitSizes = new("aten::split_with_sizes"), indexSelectOp = new("aten::index_select"), repeatInterleaveOp = new("aten::repeat_interleave", "self_int"),
        triuOp = new("aten::triu"), trilOp = new("aten::tril"), toDtype = new("aten::to", "dtype"), toDevice = new("aten::to", "device"), cloneOp = new("aten::clone"), detachOp = new("aten::detach"), rollOp = new("aten::roll");

    /// <summary>The same memory in another shape; -1 is worked out.</summary>
    public Tensor view(params ReadOnlySpan<long> shape)
    {
        fixed (long* s = shape) return viewOp.Call(this, Argument.Ints(s, shape.Length));
    }

    /// <summary>Another shape, copying only when the memory does not allow a view.</summary>
    public Tensor reshape(params ReadOnlySpan<long> shape)
    {
        fixed (long* s = shape) return reshapeOp.Call(this, Argument.Ints(s, shape.Length));
    }

    /// <summary>Dimensions in another order.</summary>
    public Tensor permute(params ReadOnlySpan<long> order)
    {
        fixed (long* s = order) return permuteOp.Call(this, Argument.Ints(s, order.Length));
    }

    /// <summary>Dimensions of length 1 repeated without copying; -1 keeps a length.</summary>
    public Tensor expand(params ReadOnlySpan<long> shape)
    {
        fixed (long* s = shape) return expandOp.Call(this, Argument.Ints(s, shape.Length));
    }

    /// <summary>Parts of the given lengths along a dimension, as views.</summary>
    public Tensor[] split(ReadOnlySpan<long> lengths, long dim)
    {
        fixed (long* s = lengths) return splitSizes.CallList(this, Argument.Ints(s, lengths.Length), dim);
    }

    /// <summary>Two dimensions swapped.</summary>
    public Tensor transpose(long dim0, long dim1) => transposeOp.Call(this, dim0, dim1);
    /// <summary>A new dimension of length 1.</summary>
    public Tensor unsqueeze(long dim) => unsqueezeOp.Call(this, dim);
    /// <summary>A dimension of length 1 removed.</summary>
    public Tensor squeeze(long dim) => squeezeDim.Call(this, dim);
    /// <summary>Row-major memory, a copy only when it is not so already.</summary>
    public Tensor contiguous() => contiguousOp.Call(this);
    /// <summary>`length` positions from `start` along a dimension, as a view.</summary>
    public Tensor narrow(long dim, long start, long length) => narrowOp.Call(this, dim, start, length);
    /// <summary>One position along a dimension, which disappears.</summary>
    public Tensor select(long dim, long index) => selectOp.Call(this, dim, index);
    /// <summary>Equal parts along a dimension, as views.</summary>
    public Tensor[] chunk(long chunks, long dim) => chunkOp.CallList(this, chunks, dim);
    /// <summary>Positions picked along a dimension, copied.</summary>
    public Tensor index_select(long dim, Tensor index) => indexSelectOp.Call(this, dim, index);
    /// <summary>Each position repeated in place along a dimension.</summary>
    public Tensor repeat_interleave(long repeats, long dim) => repeatInterleaveOp.Call(this, repeats, dim);
    /// <summary>Positions shifted along a dimension, those pushed out coming back at the other end.</summary>
    public Tensor roll(long shift, long dim) => rollOp.Call(this, Argument.Ints(&shift, 1), Argument.Ints(&dim, 1));
    /// <summary>The part on and above a diagonal.</summary>
    public Tensor triu(long diagonal = 0) => triuOp.Call(this, diagonal);
    /// <summary>The part on and below a diagonal.</summary>
    public Tensor tril(long diagonal = 0) => trilOp.Call(this, diagonal);
    /// <summary>As another type; itself when it is that type already.</summary>
    public Tensor to(ScalarType type) => toDtype.Call(this, type);
    /// <summary>On another device; itself when it is there already.</summary>
    public Tensor to(Device device) => toDevice.Call(this, device, dtype);
    /// <summary>In main memory.</summary>
    public Tensor cpu() => to(torch.CPU);
    /// <summary>A copy.</summary>
    public Tensor clone() => cloneOp.Call(this);
    /// <summary>The same memory outside the graph.</summary>
    public Tensor detach() => detachOp.Call(this);
}
