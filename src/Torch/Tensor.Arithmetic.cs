namespace DataPipeline.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator addTensor = new("aten::add", "Tensor"), addScalar = new("aten::add", "Scalar"), subTensor = new("aten::sub", "Tensor"), subScalar = new("aten::sub", "Scalar"),
        mulTensor = new("aten::mul", "Tensor"), mulScalar = new("aten::mul", "Scalar"), divTensor = new("aten::div", "Tensor"), divScalar = new("aten::div", "Scalar"),
        powScalar = new("aten::pow", "Tensor_Scalar"), negOp = new("aten::neg"), expOp = new("aten::exp"), logOp = new("aten::log"), log1pOp = new("aten::log1p"), sqrtOp = new("aten::sqrt"),
        rsqrtOp = new("aten::rsqrt"), cosOp = new("aten::cos"), sinOp = new("aten::sin"), tanhOp = new("aten::tanh"), sigmoidOp = new("aten::sigmoid"), absOp = new("aten::abs"), signOp = new("aten::sign"), remainderScalar = new("aten::remainder", "Scalar"), rightShiftScalar = new("aten::bitwise_right_shift", "Tensor_Scalar"),
        reluOp = new("aten::relu"), clampOp = new("aten::clamp"), eqScalar = new("aten::eq", "Scalar"), neScalar = new("aten::ne", "Scalar"), eqTensor = new("aten::eq", "Tensor"),
        gtTensor = new("aten::gt", "Tensor"), gtScalar = new("aten::gt", "Scalar"), ltScalar = new("aten::lt", "Scalar"), ltTensor = new("aten::lt", "Tensor"), leTensor = new("aten::le", "Tensor"), andOp = new("aten::logical_and"), orOp = new("aten::logical_or"),
        notOp = new("aten::logical_not"), isfiniteOp = new("aten::isfinite"), maskedFillOp = new("aten::masked_fill", "Scalar");

    /// <summary>this + alpha * other.</summary>
    public Tensor add(Tensor other, double alpha = 1) => alpha == 1 ? addTensor.Call(this, other) : addTensor.Call(this, other, alpha);
    /// <summary>this + value.</summary>
    public Tensor add(double value) => addScalar.Call(this, value);
    /// <summary>this + value; whole numbers stay whole.</summary>
    public Tensor add(long value) => addScalar.Call(this, value);
    /// <summary>this - other.</summary>
    public Tensor sub(Tensor other) => subTensor.Call(this, other);
    /// <summary>this - value.</summary>
    public Tensor sub(double value) => subScalar.Call(this, value);
    /// <summary>this * other, element by element.</summary>
    public Tensor mul(Tensor other) => mulTensor.Call(this, other);
    /// <summary>this * value.</summary>
    public Tensor mul(double value) => mulScalar.Call(this, value);
    /// <summary>this * value, of whole numbers: a product beyond 64 bits keeps its low ones.</summary>
    public Tensor mul(long value) => mulScalar.Call(this, value);
    /// <summary>The remainder of a division by a value, with the value's sign.</summary>
    public Tensor remainder(long value) => remainderScalar.Call(this, value);
    /// <summary>Whole numbers shifted right, the sign kept.</summary>
    public Tensor bitwise_right_shift(long bits) => rightShiftScalar.Call(this, bits);
    /// <summary>this / other, element by element.</summary>
    public Tensor div(Tensor other) => divTensor.Call(this, other);
    /// <summary>this / value.</summary>
    public Tensor div(double value) => divScalar.Call(this, value);
    /// <summary>this to the power of the exponent.</summary>
    public Tensor pow(double exponent) => powScalar.Call(this, exponent);
    /// <summary>-this.</summary>
    public Tensor neg() => negOp.Call(this);
    /// <summary>e to the power of this.</summary>
    public Tensor exp() => expOp.Call(this);
    /// <summary>Natural logarithm.</summary>
    public Tensor log() => logOp.Call(this);
    /// <summary>log(1 + this), exact near zero.</summary>
    public Tensor log1p() => log1pOp.Call(this);
    /// <summary>Square root.</summary>
    public Tensor sqrt() => sqrtOp.Call(this);
    /// <summary>1 / square root.</summary>
    public Tensor rsqrt() => rsqrtOp.Call(this);
    /// <summary>Cosine.</summary>
    public Tensor cos() => cosOp.Call(this);
    /// <summary>Sine.</summary>
    public Tensor sin() => sinOp.Call(this);
    /// <summary>Hyperbolic tangent.</summary>
    public Tensor tanh() => tanhOp.Call(this);
    /// <summary>1 / (1 + e^-this).</summary>
    public Tensor sigmoid() => sigmoidOp.Call(this);
    /// <summary>Absolute value.</summary>
    public Tensor abs() => absOp.Call(this);
    /// <summary>-1, 0 or 1.</summary>
    public Tensor sign() => signOp.Call(this);
    /// <summary>max(0, this).</summary>
    public Tensor relu() => reluOp.Call(this);
    /// <summary>Cut to [min, max]; null leaves a side open.</summary>
    public Tensor clamp(double? min = null, double? max = null) => clampOp.Call(this, min is { } low ? low : Argument.None, max is { } high ? high : Argument.None);
    /// <summary>Where this equals the value.</summary>
    public Tensor eq(double value) => eqScalar.Call(this, value);
    /// <summary>Where this equals the other.</summary>
    public Tensor eq(Tensor other) => eqTensor.Call(this, other);
    /// <summary>Where this differs from the value.</summary>
    public Tensor ne(double value) => neScalar.Call(this, value);
    /// <summary>Where this is greater.</summary>
    public Tensor gt(Tensor other) => gtTensor.Call(this, other);
    /// <summary>Where this is greater.</summary>
    public Tensor gt(double value) => gtScalar.Call(this, value);
    /// <summary>Where this is less.</summary>
    public Tensor lt(double value) => ltScalar.Call(this, value);
    /// <summary>Where this is less.</summary>
    public Tensor lt(Tensor other) => ltTensor.Call(this, other);
    /// <summary>Where this is less or equal.</summary>
    public Tensor le(Tensor other) => leTensor.Call(this, other);
    /// <summary>Where both hold.</summary>
    public Tensor logical_and(Tensor other) => andOp.Call(this, other);
    /// <summary>Where one of the two holds.</summary>
    public Tensor logical_or(Tensor other) => orOp.Call(this, other);
    /// <summary>Where this does not hold.</summary>
    public Tensor logical_not() => notOp.Call(this);
    /// <summary>Where this is neither infinite nor NaN.</summary>
    public Tensor isfinite() => isfiniteOp.Call(this);
    /// <summary>The value where the mask holds, this elsewhere.</summary>
    public Tensor masked_fill(Tensor mask, double value) => maskedFillOp.Call(this, mask, value);

    /// <summary>Sum.</summary>
    public static Tensor operator +(Tensor x, Tensor y) => x.add(y);
    /// <summary>Sum.</summary>
    public static Tensor operator +(Tensor x, double y) => x.add(y);
    /// <summary>Difference.</summary>
    public static Tensor operator -(Tensor x, Tensor y) => x.sub(y);
    /// <summary>Difference.</summary>
    public static Tensor operator -(Tensor x, double y) => x.sub(y);
    /// <summary>Difference.</summary>
    public static Tensor operator -(double x, Tensor y) => y.neg().add(x);
    /// <summary>Product, element by element.</summary>
    public static Tensor operator *(Tensor x, Tensor y) => x.mul(y);
    /// <summary>Product.</summary>
    public static Tensor operator *(Tensor x, double y) => x.mul(y);
    /// <summary>Product.</summary>
    public static Tensor operator *(double x, Tensor y) => y.mul(x);
    /// <summary>Quotient, element by element.</summary>
    public static Tensor operator /(Tensor x, Tensor y) => x.div(y);
    /// <summary>Quotient.</summary>
    public static Tensor operator /(Tensor x, double y) => x.div(y);
    /// <summary>Negation.</summary>
    public static Tensor operator -(Tensor x) => x.neg();
}
