using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Rotary position embedding (Su 2021), half-split layout: dimension i turns with i + d/2 by position * theta^(-2i/d), as in Hugging Face.
/// Rolling by half the width swaps the halves, so with the sign in the sine table a rotation is three operators.
/// </summary>
internal sealed class Rope : IDisposable
{
    private readonly Tensor cos_T1D, sin_T1D;

    /// <summary>Tables for positions below the context.</summary>
    internal Rope(int context, int width, double theta, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var cos = new double[context * width];
        var sin = new double[context * width];
        int half = width / 2;
        for (int position = 0; position < context; position++)
            for (int i = 0; i < half; i++)
            {
                double angle = position * Math.Pow(theta, -2.0 * i / width);
                int at = position * width + i;
                cos[at] = cos[at + half] = Math.Cos(angle);
                sin[at] = -Math.Sin(angle);
                sin[at + half] = Math.Sin(angle);
            }
        cos_T1D = tensor<double>(cos, [context, 1, width]).to(dtype).to(device).DetachFromDisposeScope();
        sin_T1D = tensor<double>(sin, [context, 1, width]).to(dtype).to(device).DetachFromDisposeScope();
    }

    /// <summary>Turns each head by its position.</summary>
    internal Tensor Rotate(Tensor x_BTHD)
    {
        using var scope = NewDisposeScope();
        long time = x_BTHD.size(1), width = x_BTHD.size(3);
        Tensor turned = x_BTHD.mul(cos_T1D.narrow(0, 0, time));
        return turned.addcmul_(x_BTHD.roll(width / 2, -1), sin_T1D.narrow(0, 0, time)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        cos_T1D.Dispose();
        sin_T1D.Dispose();
    }
}
