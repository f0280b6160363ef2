namespace DataPipeline.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator sumAll = new("aten::sum"), sumDim = new("aten::sum", "dim_IntList"), meanAll = new("aten::mean"), meanDim = new("aten::mean", "dim"),
        logsumexpOp = new("aten::logsumexp"), maxAll = new("aten::max"), minAll = new("aten::min"), argmaxOp = new("aten::argmax"), normOp = new("aten::norm", "Scalar"),
        stdDim = new("aten::std", "dim"), cumsumOp = new("aten::cumsum"), topkOp = new("aten::topk"), gatherOp = new("aten::gather"), allOp = new("aten::all"), multinomialOp = new("aten::multinomial");

    /// <summary>Sum of all elements.</summary>
    public Tensor sum() => sumAll.Call(this);
    /// <summary>Sum along a dimension.</summary>
    public Tensor sum(long dim, bool keepdim = false) => sumDim.Call(this, Argument.Ints(&dim, 1), keepdim);
    /// <summary>Mean of all elements.</summary>
    public Tensor mean() => meanAll.Call(this);
    /// <summary>Mean along a dimension.</summary>
    public Tensor mean(long dim, bool keepdim = false) => meanDim.Call(this, Argument.Ints(&dim, 1), keepdim);
    /// <summary>Standard deviation along a dimension, with n-1 when unbiased.</summary>
    public Tensor std(long dim, bool unbiased = true, bool keepdim = false) => stdDim.Call(this, Argument.Ints(&dim, 1), unbiased, keepdim);
    /// <summary>log(sum(exp(this))) along a dimension.</summary>
    public Tensor logsumexp(long dim, bool keepdim = false) => logsumexpOp.Call(this, Argument.Ints(&dim, 1), keepdim);
    /// <summary>Largest element.</summary>
    public Tensor max() => maxAll.Call(this);
    /// <summary>Smallest element.</summary>
    public Tensor min() => minAll.Call(this);
    /// <summary>Index of the largest along a dimension.</summary>
    public Tensor argmax(long dim, bool keepdim = false) => argmaxOp.Call(this, dim, keepdim);
    /// <summary>Euclidean norm of all elements.</summary>
    public Tensor norm() => normOp.Call(this, 2.0);
    /// <summary>Running sum along a dimension.</summary>
    public Tensor cumsum(long dim) => cumsumOp.Call(this, dim);
    /// <summary>Whether all elements hold.</summary>
    public Tensor all() => allOp.Call(this);
    /// <summary>The k largest along a dimension, in order, and their indices.</summary>
    public (Tensor Values, Tensor Indices) topk(long k, long dim = -1) => topkOp.CallPair(this, k, dim);
    /// <summary>Elements picked along a dimension by an index of the same number of dimensions.</summary>
    public Tensor gather(long dim, Tensor index) => gatherOp.Call(this, dim, index);
    /// <summary>Indices drawn with these weights from the seeded generator.</summary>
    public Tensor multinomial(long count, bool replacement = false) => multinomialOp.Call(this, count, replacement);
}
