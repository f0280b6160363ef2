using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>Shape of a LLaMA-style decoder.</summary>
/// <param name="layers">Number of blocks.</param>
/// <param name="heads">Query heads of a block; they divide the width.</param>
/// <param name="kvHeads">Key and value heads (Ainslie 2023); they divide the heads. 0 is one for each query head.</param>
/// <param name="width">Width of the residual stream.</param>
/// <param name="context">Longest sequence in tokens.</param>
/// <param name="feedForward">Width of the feed-forward part. 0 is int(8 * width / 3) up to a multiple of 64.</param>
/// <param name="ropeTheta">Base of the rotary angles: 10000 in LLaMA 1 and 2, 500000 in LLaMA 3.</param>
/// <param name="normEps">Added to the mean square in RMSNorm: 1e-6 in LLaMA 1, 1e-5 since.</param>
/// <param name="tied">Whether the output matrix is the embedding.</param>
/// <param name="initStd">Standard deviation of new weights; residual outputs take this / sqrt(2 * layers), as GPT-2.</param>
public sealed record LlamaOptions(
    [Range(1, 1000)] int layers = 4,
    [Range(1, 1000)] int heads = 4,
    [Range(0, 1000)] int kvHeads = 0,
    [Range(2, 65536)] int width = 128,
    [Range(1, 1 << 20)] int context = 256,
    [Range(0, 1 << 20)] int feedForward = 0,
    [Range(1.0, 1e9)] double ropeTheta = 10000,
    [Range(0.0, 1.0)] double normEps = 1e-5,
    bool tied = true,
    [Range(0.0, 1.0)] double initStd = 0.02)
{
    /// <summary>Key heads, resolved.</summary>
    internal int KeyHeads => kvHeads == 0 ? heads : kvHeads;

    /// <summary>Feed-forward width, resolved.</summary>
    internal int HiddenWidth => feedForward != 0 ? feedForward : (8 * width / 3 + 63) / 64 * 64;

    /// <summary>What does not fit together, or null.</summary>
    public string? Mistake =>
        width % heads != 0 ? $"width {width} is not a multiple of heads {heads}"
        : width / heads % 2 != 0 ? $"the head width {width / heads} (width / heads) is odd, rotary positions need pairs"
        : heads % KeyHeads != 0 ? $"heads {heads} is not a multiple of kv_heads {KeyHeads}"
        : null;
}
