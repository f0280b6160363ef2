using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>4-bit NormalFloat (Dettmers 2023): 16 levels at quantiles of a normal distribution, one scale, the greatest magnitude, for each 64 numbers.</summary>
internal static class Nf4
{
    internal const int Block = 64;

    /// <summary>The levels, ascending, in float32 as published.</summary>
    internal static ReadOnlySpan<float> Levels =>
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    /// <summary>Levels of numbers, a nibble each, the first of a pair in the upper one, and the scale of each block.</summary>
    internal static (byte[] Packed, float[] Scales) Quantize(ReadOnlySpan<float> values)
    {
        var packed = new byte[(values.Length + 1) / 2];
        var scales = new float[(values.Length + Block - 1) / Block];
        for (int block = 0; block < scales.Length; block++)
        {
            ReadOnlySpan<float> part = values[(block * Block)..Math.Min(values.Length, (block + 1) * Block)];
            float scale = 0;
            foreach (float value in part) scale = Math.Max(scale, Math.Abs(value));
            scales[block] = scale;
            for (int i = 0; i < part.Length; i++)
            {
                int at = block * Block + i, level = scale == 0 ? 7 : Nearest(part[i] / scale);
                packed[at / 2] |= (byte)(at % 2 == 0 ? level << 4 : level);
            }
        }
        return (packed, scales);
    }

    private static int Nearest(float value)
    {
        ReadOnlySpan<float> levels = Levels;
        int level = 0;
        while (level < 15 && value > (levels[level] + levels[level + 1]) / 2) level++;
        return level;
    }
}

/// <summary>A matrix held in 4 bits and a scale for each 64 numbers: 0.56 bytes a number in place of 4.</summary>
internal sealed class Nf4Matrix : IDisposable
{
    private readonly long[] shape;
    private readonly Tensor packed, scales, pairs;

    internal Nf4Matrix(Tensor weight)
    {
        using var scope = NewDisposeScope();
        shape = weight.shape;
        if (weight.numel() % Nf4.Block != 0) throw new ArgumentException($"a matrix of {weight.numel()} numbers does not divide into blocks of {Nf4.Block}");
        (byte[] nibbles, float[] blockScales) = Nf4.Quantize(weight.detach().to(float32).cpu().contiguous().ToArray<float>());
        packed = tensor<byte>(nibbles, [nibbles.Length], weight.device).DetachFromDisposeScope();
        scales = tensor<float>(blockScales, [blockScales.Length, 1], weight.device).DetachFromDisposeScope();
        var both = new float[512];
        for (int i = 0; i < 256; i++) (both[2 * i], both[2 * i + 1]) = (Nf4.Levels[i >> 4], Nf4.Levels[i & 15]);
        pairs = tensor<float>(both, [256, 2], weight.device).DetachFromDisposeScope();
    }

    /// <summary>Bytes of the matrix.</summary>
    internal long Bytes => packed.numel() + 4 * scales.numel();

    /// <summary>The matrix in full; made anew at each use and freed after it.</summary>
    internal Tensor Dequantized(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return nn.functional.embedding(packed.to(int32), pairs).view(-1, Nf4.Block).mul(scales).view(shape).to(type).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        packed.Dispose();
        scales.Dispose();
        pairs.Dispose();
    }
}
