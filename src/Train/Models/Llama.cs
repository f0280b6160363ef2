using System.Text.Json.Nodes;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// The LLaMA decoder (Touvron 2023): RMSNorm before each part, rotary positions, grouped-query attention, SwiGLU feed-forward, no biases.
/// Weights carry the names and layouts of Hugging Face's LlamaForCausalLM.
/// </summary>
public sealed class Llama : LanguageModel
{
    private readonly LlamaOptions options;
    private readonly Tensor embedding, norm, head;
    private readonly Block[] blocks;
    private readonly Attention attention;
    private readonly Rope rope;

    /// <summary>A new model with random weights: normal of the options' standard deviation.</summary>
    public Llama(LlamaOptions options, int vocabulary, ulong seed = 1, ScalarType dtype = float32, Device? device = null)
        : base(vocabulary, options.context, seed, dtype, device ?? CPU)
    {
        if (options.Mistake is { } mistake) throw new Core.ConfigurationException(mistake);
        this.options = options;
        int width = options.width, headWidth = width / options.heads, keys = options.KeyHeads * headWidth, hidden = options.HiddenWidth;
        double std = options.initStd, residual = std / Math.Sqrt(2 * options.layers);

        embedding = NormalWeight("model.embed_tokens.weight", std, vocabulary, width);
        blocks = new Block[options.layers];
        for (int i = 0; i < blocks.Length; i++)
        {
            string at = $"model.layers.{i}";
            blocks[i] = new Block(
                ConstantWeight($"{at}.input_layernorm.weight", 1, width),
                NormalWeight($"{at}.self_attn.q_proj.weight", std, width, width),
                NormalWeight($"{at}.self_attn.k_proj.weight", std, keys, width),
                NormalWeight($"{at}.self_attn.v_proj.weight", std, keys, width),
                NormalWeight($"{at}.self_attn.o_proj.weight", residual, width, width),
                ConstantWeight($"{at}.post_attention_layernorm.weight", 1, width),
                NormalWeight($"{at}.mlp.gate_proj.weight", std, hidden, width),
                NormalWeight($"{at}.mlp.up_proj.weight", std, hidden, width),
                NormalWeight($"{at}.mlp.down_proj.weight", residual, width, hidden));
        }
        norm = ConstantWeight("model.norm.weight", 1, width);
        head = options.tied ? embedding : NormalWeight("lm_head.weight", std, vocabulary, width);
        attention = new Attention(options.heads, options.KeyHeads);
        rope = new Rope(options.context, Rope.Frequencies(headWidth, options.ropeTheta), RopeLayout.HalfSplit, dtype, Device);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor tokens_BT, ForwardContext context)
    {
        CheckLength(tokens_BT, context);
        using var scope = NewDisposeScope();
        Tensor x_BTC = F.embedding(tokens_BT, embedding);
        Tensor? mask = attention.Mask(tokens_BT, context, Dtype);
        Rope.Turn turn = rope.At(context.Start, tokens_BT.size(1), context.Positions_BT);
        context.Layer?.Invoke(x_BTC);
        for (int i = 0; i < blocks.Length; i++)
        {
            x_BTC += Attend(Normed(x_BTC, blocks[i].AttentionNorm), i, turn, mask, context.Cache);
            x_BTC += FeedForward(Normed(x_BTC, blocks[i].FeedForwardNorm), blocks[i]);
            context.Layer?.Invoke(x_BTC);
        }
        context.Cache?.Advance(tokens_BT.size(1));
        if (context.LastOnly) x_BTC = x_BTC.narrow(1, x_BTC.size(1) - 1, 1);
        return Unembed(x_BTC).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Unembed(Tensor x_BTC) => F.linear(Normed(x_BTC, norm), head);

    /// <inheritdoc/>
    public override KeyValueCache NewCache(long batch, long capacity) =>
        new(options.layers, batch, Math.Min(capacity, Context), options.KeyHeads, options.width / options.heads, Dtype, Device);

    private Tensor Normed(Tensor x, Tensor weight) => F.rms_norm(x, weight, options.normEps);

    private Tensor Attend(Tensor x_BTC, int layer, Rope.Turn turn, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        Block block = blocks[layer];
        long batch = x_BTC.size(0), time = x_BTC.size(1), headWidth = options.width / options.heads;
        Tensor q_BTHD = F.linear(x_BTC, block.Query).view(batch, time, options.heads, headWidth);
        Tensor k_BTKD = F.linear(x_BTC, block.Key).view(batch, time, options.KeyHeads, headWidth);
        Tensor v_BTKD = F.linear(x_BTC, block.Value).view(batch, time, options.KeyHeads, headWidth);
        (q_BTHD, k_BTKD) = (turn.Rotate(q_BTHD), turn.Rotate(k_BTKD));
        (Tensor keys, Tensor values) = cache?.Add(layer, k_BTKD, v_BTKD) ?? (k_BTKD, v_BTKD);
        return F.linear(attention.Attend(q_BTHD, keys, values, mask), block.Output).MoveToOuterDisposeScope();
    }

    private static Tensor FeedForward(Tensor x_BTC, Block block)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = F.silu(F.linear(x_BTC, block.Gate)) * F.linear(x_BTC, block.Up);
        return F.linear(hidden, block.Down).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override JsonObject Config => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = options.width,
        ["intermediate_size"] = options.HiddenWidth,
        ["num_hidden_layers"] = options.layers,
        ["num_attention_heads"] = options.heads,
        ["num_key_value_heads"] = options.KeyHeads,
        ["head_dim"] = options.width / options.heads,
        ["hidden_act"] = "silu",
        ["max_position_embeddings"] = options.context,
        ["initializer_range"] = options.initStd,
        ["rms_norm_eps"] = options.normEps,
        ["rope_theta"] = options.ropeTheta,
        ["tie_word_embeddings"] = options.tied,
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["torch_dtype"] = "float32",
    };

    internal static Llama FromConfig(JsonObject config, ScalarType dtype, Device device)
    {
        if (config["rope_scaling"] is JsonObject) throw new Core.InputException("config.json: rope_scaling is not supported: take a checkpoint without it");
        return new Llama(
            new LlamaOptions(
                layers: config.Whole("num_hidden_layers"),
                heads: config.Whole("num_attention_heads"),
                kvHeads: config.Whole("num_key_value_heads", 0),
                width: config.Whole("hidden_size"),
                context: config.Whole("max_position_embeddings"),
                feedForward: config.Whole("intermediate_size"),
                ropeTheta: config.Number("rope_theta", 10000),
                normEps: config.Number("rms_norm_eps", 1e-6),
                tied: config.Truth("tie_word_embeddings", false),
                initStd: config.Number("initializer_range", 0.02)),
            config.Whole("vocab_size"), dtype: dtype, device: device);
    }

    /// <inheritdoc/>
    public override string? OwnName(string stored) => stored.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (options.tied && stored == "lm_head.weight") ? null : stored;

    /// <inheritdoc/>
    protected override void DisposeTables()
    {
        attention.Dispose();
        rope.Dispose();
    }

    private sealed record Block(Tensor AttentionNorm, Tensor Query, Tensor Key, Tensor Value, Tensor Output, Tensor FeedForwardNorm, Tensor Gate, Tensor Up, Tensor Down);
}
