using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Which dimensions of a head turn together. A checkpoint of one layout becomes the other by permuting the rows of its query and key matrices.</summary>
public enum RopeLayout
{
    /// <summary>Dimension i with i + d/2: Hugging Face, GPT-NeoX.</summary>
    HalfSplit,
    /// <summary>Dimension 2i with 2i + 1: Su 2021, Meta's own LLaMA files.</summary>
    Interleaved,
}

/// <summary>
/// Rotary position embedding (Su 2021): a pair of dimensions turns by position * frequency. With the sign in the sine table a rotation is three
/// operators: the pairs swapped, and two products.
/// </summary>
internal sealed class Rope : IDisposable
{
    private readonly RopeLayout layout;
    private readonly Tensor cos_TD, sin_TD;
    private readonly Tensor? swap_D;

    /// <summary>Tables for positions below the context.</summary>
    /// <param name="context">Positions.</param>
    /// <param name="frequencies">Radians a position of each pair: half the width of a head.</param>
    /// <param name="layout">Which dimensions are a pair.</param>
    /// <param name="dtype">Type of the model.</param>
    /// <param name="device">Where the model is.</param>
    internal Rope(int context, ReadOnlySpan<double> frequencies, RopeLayout layout, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        this.layout = layout;
        int half = frequencies.Length, width = 2 * half;
        var cos = new double[context * width];
        var sin = new double[context * width];
        for (int position = 0; position < context; position++)
            for (int i = 0; i < half; i++)
            {
                double angle = position * frequencies[i];
                (int one, int two) = layout == RopeLayout.HalfSplit ? (i, i + half) : (2 * i, 2 * i + 1);
                int at = position * width;
                cos[at + one] = cos[at + two] = Math.Cos(angle);
                sin[at + one] = -Math.Sin(angle);
                sin[at + two] = Math.Sin(angle);
            }
        cos_TD = tensor<double>(cos, [context, width]).to(dtype).to(device).DetachFromDisposeScope();
        sin_TD = tensor<double>(sin, [context, width]).to(dtype).to(device).DetachFromDisposeScope();
        if (layout == RopeLayout.Interleaved) swap_D = tensor<long>([.. Enumerable.Range(0, width).Select(i => (long)(i ^ 1))], [width], device).DetachFromDisposeScope();
    }

    /// <summary>Frequencies theta^(-2i/d) of the pairs.</summary>
    /// <param name="width">Width d of a head.</param>
    /// <param name="theta">Base of the angles.</param>
    /// <param name="scaling">How they are stretched, or null.</param>
    internal static double[] Frequencies(int width, double theta, RopeScaling? scaling = null)
    {
        double from = scaling?.Base(width, theta) ?? theta;
        return [.. Enumerable.Range(0, width / 2).Select(i => Math.Pow(from, -2.0 * i / width)).Select(frequency => scaling?.Scaled(frequency) ?? frequency)];
    }

    /// <summary>Rows of a query or key matrix [heads * d, width] from the interleaved layout to half-split, or back: products with it are the same rotated either way.</summary>
    internal static Tensor Relaid(Tensor weight, long heads, bool toHalfSplit)
    {
        long rows = weight.size(0), columns = weight.size(1), half = rows / heads / 2;
        Tensor pairs = toHalfSplit ? weight.reshape(heads, half, 2, columns) : weight.reshape(heads, 2, half, columns);
        return pairs.transpose(1, 2).reshape(rows, columns);
    }

    /// <summary>The rotation of some positions, for every layer of a pass.</summary>
    /// <param name="start">First position when none are given.</param>
    /// <param name="time">Number of tokens in a row.</param>
    /// <param name="positions_BT">Position of each token, or null to count from the start.</param>
    internal Turn At(long start, long time, Tensor? positions_BT)
    {
        if (positions_BT is null) return new Turn(this, cos_TD.narrow(0, start, time).unsqueeze(1), sin_TD.narrow(0, start, time).unsqueeze(1));
        return new Turn(this, nn.functional.embedding(positions_BT, cos_TD).unsqueeze(2), nn.functional.embedding(positions_BT, sin_TD).unsqueeze(2));
    }

    public void Dispose()
    {
        cos_TD.Dispose();
        sin_TD.Dispose();
        swap_D?.Dispose();
    }

    /// <summary>Cosines and sines of the tokens of a pass.</summary>
    internal readonly record struct Turn(Rope Rope, Tensor Cos_T1D, Tensor Sin_T1D)
    {
        /// <summary>Turns each head by its position.</summary>
        internal Tensor Rotate(Tensor x_BTHD)
        {
            using var scope = NewDisposeScope();
            Tensor swapped = Rope.layout == RopeLayout.HalfSplit ? x_BTHD.roll(x_BTHD.size(3) / 2, -1) : x_BTHD.index_select(-1, Rope.swap_D!);
            return x_BTHD.mul(Cos_T1D).addcmul_(swapped, Sin_T1D).MoveToOuterDisposeScope();
        }
    }
}
