namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    /// <summary>Operators over a whole list of tensors in one call, which is how optimizers stay cheap on many small weights.</summary>
    public static class @foreach
    {
        private static readonly Operator mulScalar = new("aten::_foreach_mul_", "Scalar"), addScalar = new("aten::_foreach_add_", "Scalar"), divScalar = new("aten::_foreach_div_", "Scalar"),
            addList = new("aten::_foreach_add_", "List"), sumList = new("aten::_foreach_add", "List"), addcmul = new("aten::_foreach_addcmul_", "Scalar"), addcdiv = new("aten::_foreach_addcdiv_", "Scalar"),
            squareRoot = new("aten::_foreach_sqrt"), normScalar = new("aten::_foreach_norm", "Scalar");

        /// <summary>x *= value.</summary>
        public static void mul_(TensorList x, double value) => mulScalar.CallInPlace(x.Argument, value);

        /// <summary>x += value.</summary>
        public static void add_(TensorList x, double value) => addScalar.CallInPlace(x.Argument, value);

        /// <summary>x /= value.</summary>
        public static void div_(TensorList x, double value) => divScalar.CallInPlace(x.Argument, value);

        /// <summary>x += alpha * y.</summary>
        public static void add_(TensorList x, TensorList y, double alpha = 1) => addList.CallInPlace(x.Argument, y.Argument, alpha);

        /// <summary>x + alpha * y, new tensors.</summary>
        public static TensorList add(TensorList x, TensorList y, double alpha = 1) => new(sumList.CallList(x.Argument, y.Argument, alpha));

        /// <summary>x += value * y * z.</summary>
        public static void addcmul_(TensorList x, TensorList y, TensorList z, double value) => addcmul.CallInPlace(x.Argument, y.Argument, z.Argument, value);

        /// <summary>x += value * y / z.</summary>
        public static void addcdiv_(TensorList x, TensorList y, TensorList z, double value) => addcdiv.CallInPlace(x.Argument, y.Argument, z.Argument, value);

        /// <summary>Square roots, new tensors.</summary>
        public static TensorList sqrt(TensorList x) => new(squareRoot.CallList(x.Argument));

        /// <summary>The Euclidean norm of each, new tensors.</summary>
        public static Tensor[] norm(TensorList x) => normScalar.CallList(x.Argument, 2.0);
    }
}

/// <summary>Tensors whose handles lie side by side in pinned memory, ready for list operators without copying at every call.</summary>
public sealed unsafe class TensorList
{
    private readonly nint[] handles;

    /// <summary>A list over the tensors, which must outlive it.</summary>
    public TensorList(IReadOnlyList<Tensor> tensors)
    {
        Tensors = tensors;
        handles = GC.AllocateUninitializedArray<nint>(tensors.Count, pinned: true);
        for (int i = 0; i < handles.Length; i++) handles[i] = tensors[i].Handle;
    }

    /// <summary>The tensors in order.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    internal Argument Argument
    {
        get
        {
            // Asking for the handles again turns a disposed tensor into an exception instead of freed memory.
            for (int i = 0; i < handles.Length; i++) handles[i] = Tensors[i].Handle;
            return Torch.Argument.Tensors((nint*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(handles)), handles.Length);
        }
    }
}
