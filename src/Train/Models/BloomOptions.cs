using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>The BLOOM decoder (BigScience 2022): linear biases in place of positions (ALiBi, Press 2021), a norm behind the embedding, GELU.</summary>
/// <param name="layers">Number of blocks.</param>
/// <param name="heads">Attention heads; they divide the width.</param>
/// <param name="width">Width of the residual stream; the feed-forward part is 4 times as wide.</param>
/// <param name="context">Longest sequence in tokens; the weights do not depend on it, so it may be raised afterwards.</param>
/// <param name="dropout">Share of what each part adds to the residual stream zeroed in training.</param>
/// <param name="normEps">Added to the variance in LayerNorm.</param>
/// <param name="initStd">Standard deviation of new weights; residual outputs take this / sqrt(2 * layers).</param>
/// <param name="attentionDropout">Share of attention weights zeroed in training.</param>
[Stage("bloom")]
public record BloomOptions(
    [Range(1, 1000)] int layers = 4,
    [Range(1, 1000)] int heads = 4,
    [Range(2, 65536)] int width = 128,
    [Range(1, 1 << 20)] int context = 256,
    [Range(0.0, 0.99)] double dropout = 0,
    [Range(0.0, 1.0)] double normEps = 1e-5,
    [Range(0.0, 1.0)] double initStd = 0.02,
    [Range(0.0, 0.99)] double attentionDropout = 0) : ModelOptions
{
    /// <inheritdoc/>
    public override string? Mistake => width % heads != 0 ? $"width {width} is not a multiple of heads {heads}" : null;

    /// <inheritdoc/>
    public override long Parameters(int vocabulary) => (long)vocabulary * width + layers * (12L * width * width + 13L * width) + 4L * width;

    /// <inheritdoc/>
    public override LanguageModel Make(int vocabulary, ulong? seed = 1, ScalarType dtype = ScalarType.Float32, Device? device = null) => new Bloom(this, vocabulary, seed, dtype, device);

    internal JsonObject ToConfig(int vocabulary) => new()
    {
        ["architectures"] = new JsonArray("BloomForCausalLM"),
        ["model_type"] = "bloom",
        ["vocab_size"] = vocabulary,
        ["hidden_size"] = width,
        ["n_layer"] = layers,
        ["n_head"] = heads,
        ["seq_length"] = context,
        ["layer_norm_epsilon"] = normEps,
        ["initializer_range"] = initStd,
        ["hidden_dropout"] = dropout,
        ["attention_dropout"] = attentionDropout,
        ["apply_residual_connection_post_layernorm"] = false,
        ["tie_word_embeddings"] = true,
        ["torch_dtype"] = "float32",
    };

    internal static BloomOptions FromConfig(JsonObject config)
    {
        if (config.Truth("apply_residual_connection_post_layernorm", false)) throw new InputException("config.json: apply_residual_connection_post_layernorm is true, which is not supported");
        return new BloomOptions(
            // The published files say num_attention_heads, n_embed and n_layer or num_hidden_layers.
            layers: config.Whole(config.ContainsKey("n_layer") ? "n_layer" : "num_hidden_layers"),
            heads: config.Whole(config.ContainsKey("n_head") ? "n_head" : "num_attention_heads"),
            width: config.Whole(config.ContainsKey("hidden_size") ? "hidden_size" : "n_embed"),
            context: config.Whole("seq_length", 2048),
            dropout: config.Number("hidden_dropout", 0),
            normEps: config.Number("layer_norm_epsilon", 1e-5),
            initStd: config.Number("initializer_range", 0.02),
            attentionDropout: config.Number("attention_dropout", 0));
    }
}
