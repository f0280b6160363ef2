using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>The LLaMA decoder (Touvron 2023) and what grew from it: Mistral's sliding window, Mixtral's experts, Qwen 3's norms of queries and keys.</summary>
/// <param name="layers">Number of blocks.</param>
/// <param name="heads">Query heads of a block.</param>
/// <param name="kvHeads">Key and value heads (Ainslie 2023); they divide the heads. 0 is one for each query head.</param>
/// <param name="width">Width of the residual stream.</param>
/// <param name="context">Longest sequence in tokens.</param>
/// <param name="feedForward">Width of the feed-forward part. 0 is int(8 * width / 3) up to a multiple of 64.</param>
/// <param name="ropeTheta">Base of the rotary angles: 10000 in LLaMA 1 and 2, 500000 in LLaMA 3.</param>
/// <param name="normEps">Added to the mean square in RMSNorm: 1e-6 in LLaMA 1, 1e-5 since.</param>
/// <param name="tied">Whether the output matrix is the embedding.</param>
/// <param name="initStd">Standard deviation of new weights; residual outputs take this / sqrt(2 * layers), as GPT-2.</param>
/// <param name="headWidth">Width of a head. 0 is width / heads.</param>
/// <param name="window">Tokens a query sees, itself included (Beltagy 2020; Mistral 4096). 0 is all.</param>
/// <param name="qkNorm">RMSNorm of each query and key head before the rotation (Dehghani 2023, Qwen 3): keeps scores bounded.</param>
/// <param name="ropeLayout">Which dimensions of a head turn together: half_split (Hugging Face) or interleaved (Meta). Checkpoints are written half-split either way.</param>
/// <param name="ropeScaling">Stretches the positions for a context longer than trained on.</param>
/// <param name="zeroOutputs">Whether residual outputs and an untied output matrix begin at zero (Zhang 2019; nanochat), so that every block begins as the identity.</param>
/// <param name="ngrams">Longest run of tokens, 2 or more, that has an embedding of its own beside those of its tokens; 0 is none. Other programs have no place for these tables.</param>
/// <param name="ngramRows">Rows of each of the tables for 2, 3, ... tokens.</param>
/// <param name="experts">A mixture of experts in place of the feed-forward part.</param>
/// <param name="dropout">Share of the embedding and of what each part adds to the residual stream zeroed in training; LLaMA was trained without.</param>
/// <param name="attentionDropout">Share of attention weights zeroed in training.</param>
[Stage("llama")]
public partial record LlamaOptions(
    [Range(1, 1000)] int layers = 4,
    [Range(1, 1000)] int heads = 4,
    [Range(0, 1000)] int kvHeads = 0,
    [Range(2, 65536)] int width = 128,
    [Range(1, 1 << 20)] int context = 256,
    [Range(0, 1 << 20)] int feedForward = 0,
    [Range(1.0, 1e9)] double ropeTheta = 10000,
    [Range(0.0, 1.0)] double normEps = 1e-5,
    bool tied = true,
    [Range(0.0, 1.0)] double initStd = 0.02,
    [Range(0, 65536)] int headWidth = 0,
    [Range(0, 1 << 20)] int window = 0,
    bool qkNorm = false,
    RopeLayout ropeLayout = RopeLayout.HalfSplit,
    RopeScaling? ropeScaling = null,
    bool zeroOutputs = false,
    [Range(0, 16)] int ngrams = 0,
    [Range(1, 1 << 26)] int ngramRows = 8192,
    ExpertOptions? experts = null,
    [Range(0.0, 0.99)] double dropout = 0,
    [Range(0.0, 0.99)] double attentionDropout = 0) : ModelOptions
{
    /// <summary>Key heads, resolved.</summary>
    internal int KeyHeads => kvHeads == 0 ? heads : kvHeads;

    /// <summary>Width of a head, resolved.</summary>
    internal int HeadSize => headWidth == 0 ? width / heads : headWidth;

    /// <summary>Feed-forward width, resolved.</summary>
    internal int HiddenWidth => feedForward != 0 ? feedForward : HiddenWidthOf(width, 64);

    /// <inheritdoc/>
    public override string? Mistake =>
        headWidth == 0 && width % heads != 0 ? $"width {width} is not a multiple of heads {heads}"
        : HeadSize % 2 != 0 ? $"the head width {HeadSize} (width / heads) is odd, rotary positions need pairs"
        : ngrams == 1 ? "ngrams 1 is the token itself: give 0, or 2 or more"
        : heads % KeyHeads != 0 ? $"heads {heads} is not a multiple of kv_heads {KeyHeads}"
        : ropeScaling?.Mistake ?? experts?.Mistake;

    /// <summary>The rule of the LLaMA reference: int(8d/3), times an optional multiplier (1.3 in 70B and 8B), up to a multiple.</summary>
    internal static int HiddenWidthOf(int width, int multipleOf, double? multiplier = null)
    {
        int hidden = 8 * width / 3;
        if (multiplier is { } factor) hidden = (int)(factor * hidden);
        return (hidden + multipleOf - 1) / multipleOf * multipleOf;
    }

    /// <inheritdoc/>
    public override long Parameters(int vocabulary)
    {
        long d = width, q = (long)heads * HeadSize, k = (long)KeyHeads * HeadSize;
        long attention = 2 * d * q + 2 * d * k + (qkNorm ? 2 * HeadSize : 0);
        long feedForward = 3 * d * HiddenWidth * (experts?.experts ?? 1) + d * (experts?.experts ?? 0);
        return (tied ? 1 : 2) * vocabulary * d + (ngrams > 0 ? (ngrams - 1L) * ngramRows * d : 0) + layers * (attention + feedForward + 2 * d) + d;
    }

    /// <inheritdoc/>
    public override LanguageModel Make(int vocabulary, ulong? seed = 1, ScalarType dtype = ScalarType.Float32, Device? device = null) => new Llama(this, vocabulary, seed, dtype, device);
}
