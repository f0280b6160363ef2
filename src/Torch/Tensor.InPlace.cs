namespace DataPipeline.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator indexAddInPlace = new("aten::index_add_"), resizeInPlace = new("aten::resize_"), addInPlace = new("aten::add_", "Tensor"), mulInPlace = new("aten::mul_", "Scalar"), mulTensorInPlace = new("aten::mul_", "Tensor"), divInPlace = new("aten::div_", "Scalar"),
        zeroInPlace = new("aten::zero_"), fillInPlace = new("aten::fill_", "Scalar"), copyInPlace = new("aten::copy_"), normalInPlace = new("aten::normal_"), uniformInPlace = new("aten::uniform_"),
        maskedFillInPlace = new("aten::masked_fill_", "Scalar"), addcmulInPlace = new("aten::addcmul_");

    /// <summary>this += alpha * other.</summary>
    public Tensor add_(Tensor other, double alpha = 1) => Same(addInPlace, other, alpha);
    /// <summary>this *= value.</summary>
    public Tensor mul_(double value) => Same(mulInPlace, value);
    /// <summary>this *= other.</summary>
    public Tensor mul_(Tensor other) => Same(mulTensorInPlace, other);
    /// <summary>this /= value.</summary>
    public Tensor div_(double value) => Same(divInPlace, value);
    /// <summary>All zeros.</summary>
    public Tensor zero_()
    {
        zeroInPlace.CallInPlace(this);
        return this;
    }
    /// <summary>One value everywhere.</summary>
    public Tensor fill_(double value) => Same(fillInPlace, value);
    /// <summary>The values of another tensor, converted and broadcast as needed.</summary>
    public Tensor copy_(Tensor source) => Same(copyInPlace, source);
    /// <summary>Normal numbers from the seeded generator.</summary>
    public Tensor normal_(double mean = 0, double std = 1) => Same(normalInPlace, mean, std);
    /// <summary>Uniform numbers in [low, high) from the seeded generator.</summary>
    public Tensor uniform_(double low = 0, double high = 1) => Same(uniformInPlace, low, high);
    /// <summary>Adds rows of the source to the positions picked along a dimension.</summary>
    public Tensor index_add_(long dim, Tensor index, Tensor source) => Same(indexAddInPlace, dim, index, source);
    /// <summary>this += x * y.</summary>
    public Tensor addcmul_(Tensor x, Tensor y) => Same(addcmulInPlace, x, y);
    /// <summary>Another shape in its own memory, which grows when it has to; new elements are not written.</summary>
    public Tensor resize_(params ReadOnlySpan<long> shape)
    {
        fixed (long* s = shape) resizeInPlace.CallInPlace(this, Argument.Ints(s, shape.Length));
        return this;
    }
    /// <summary>The value where the mask holds.</summary>
    public Tensor masked_fill_(Tensor mask, double value) => Same(maskedFillInPlace, mask, value);

    private Tensor Same(Operator op, Argument second)
    {
        op.CallInPlace(this, second);
        return this;
    }

    private Tensor Same(Operator op, Argument second, Argument third, Argument fourth)
    {
        op.CallInPlace(this, second, third, fourth);
        return this;
    }

    private Tensor Same(Operator op, Argument second, Argument third)
    {
        op.CallInPlace(this, second, third);
        return this;
    }
}
