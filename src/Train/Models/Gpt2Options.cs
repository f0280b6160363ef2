using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>The GPT-2 decoder (Radford 2019), or with norms behind the parts that of the first GPT (Radford 2018).</summary>
/// <param name="layers">Number of blocks.</param>
/// <param name="heads">Attention heads; they divide the width.</param>
/// <param name="width">Width of the residual stream; the feed-forward part is 4 times as wide.</param>
/// <param name="context">Longest sequence in tokens: there is a learned vector for each position.</param>
/// <param name="bias">Whether linear layers and norms have a bias, as GPT-2; nanoGPT trains without.</param>
/// <param name="tanhGelu">GELU by tanh, as GPT-2; false is the exact one.</param>
/// <param name="tied">Whether the output matrix is the embedding.</param>
/// <param name="dropout">Share of the embedding and of what each part adds to the residual stream zeroed in training.</param>
/// <param name="normEps">Added to the variance in LayerNorm.</param>
/// <param name="postNorm">LayerNorm behind each part and none at the end, as the first GPT; harder to train deep (Xiong 2020).</param>
/// <param name="attentionDropout">Share of attention weights zeroed in training.</param>
[Stage("gpt2")]
public partial record Gpt2Options(
    [Range(1, 1000)] int layers = 4,
    [Range(1, 1000)] int heads = 4,
    [Range(2, 65536)] int width = 128,
    [Range(1, 1 << 20)] int context = 256,
    bool bias = true,
    bool tanhGelu = true,
    bool tied = true,
    [Range(0.0, 0.99)] double dropout = 0,
    [Range(0.0, 1.0)] double normEps = 1e-5,
    bool postNorm = false,
    [Range(0.0, 0.99)] double attentionDropout = 0) : ModelOptions
{
    /// <inheritdoc/>
    public override string? Mistake => width % heads != 0 ? $"width {width} is not a multiple of heads {heads}" : null;

    /// <inheritdoc/>
    public override long Parameters(int vocabulary)
    {
        long d = width, norm = bias ? 2 * d : d, matrices = 12 * d * d, biases = bias ? 9 * d : 0;
        return (tied ? 1 : 2) * vocabulary * d + context * d + layers * (matrices + biases + 2 * norm) + (postNorm ? 0 : norm);
    }

    /// <inheritdoc/>
    public override LanguageModel Make(int vocabulary, ulong? seed = 1, ScalarType dtype = ScalarType.Float32, Device? device = null) => new Gpt2(this, vocabulary, seed, dtype, device);
}
