namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    private static readonly Operator catOp = new("aten::cat"), stackOp = new("aten::stack"), whereOp = new("aten::where", "self"), maximumOp = new("aten::maximum"),
        minimumOp = new("aten::minimum"), matmulOp = new("aten::matmul"), baddbmmOp = new("aten::baddbmm"), bmmOp = new("aten::bmm"), outerOp = new("aten::outer");

    /// <summary>Joins along an existing dimension.</summary>
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        nint* handles = stackalloc nint[tensors.Length];
        for (int i = 0; i < tensors.Length; i++) handles[i] = tensors[i].Handle;
        return catOp.Call(Argument.Tensors(handles, tensors.Length), dim);
    }

    /// <summary>Joins along a new dimension.</summary>
    public static Tensor stack(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        nint* handles = stackalloc nint[tensors.Length];
        for (int i = 0; i < tensors.Length; i++) handles[i] = tensors[i].Handle;
        return stackOp.Call(Argument.Tensors(handles, tensors.Length), dim);
    }

    /// <summary>From one where the condition holds, from the other elsewhere.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => whereOp.Call(condition, x, y);

    /// <summary>The larger of two, element by element.</summary>
    public static Tensor maximum(Tensor x, Tensor y) => maximumOp.Call(x, y);

    /// <summary>The smaller of two, element by element.</summary>
    public static Tensor minimum(Tensor x, Tensor y) => minimumOp.Call(x, y);

    /// <summary>Matrix product over the last two dimensions.</summary>
    public static Tensor matmul(Tensor x, Tensor y) => matmulOp.Call(x, y);

    /// <summary>Matrix products of two batches [b, n, k] and [b, k, m].</summary>
    public static Tensor bmm(Tensor x, Tensor y) => bmmOp.Call(x, y);

    /// <summary>beta * input + alpha * (x @ y) in one kernel.</summary>
    public static Tensor baddbmm(Tensor input, Tensor x, Tensor y, double beta = 1, double alpha = 1) => baddbmmOp.Call(input, x, y, beta, alpha);

    /// <summary>Every product of two vectors.</summary>
    public static Tensor outer(Tensor x, Tensor y) => outerOp.Call(x, y);
}
