using System.Text.Json.Nodes;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// The BLOOM decoder (BigScience 2022): ALiBi in place of positions, LayerNorm behind the embedding and before each part, GELU by tanh, tied output.
/// Weights carry the names and layout of Hugging Face's BloomForCausalLM: query, key and value of a head lie together.
/// </summary>
public sealed class Bloom : LanguageModel
{
    private readonly BloomOptions options;
    private readonly Tensor embedding;
    private readonly Norm embeddingNorm, lastNorm;
    private readonly Block[] blocks;
    private readonly Attention attention;

    /// <summary>A new model with random weights: normal of the options' standard deviation.</summary>
    public Bloom(BloomOptions options, int vocabulary, ulong? seed = 1, ScalarType dtype = float32, Device? device = null)
        : base(vocabulary, options.context, seed, dtype, device ?? CPU)
    {
        if (options.Mistake is { } mistake) throw new Core.ConfigurationException(mistake);
        this.options = options;
        int width = options.width;
        double std = options.initStd, residual = std / Math.Sqrt(2 * options.layers);
        embedding = NormalWeight("transformer.word_embeddings.weight", std, vocabulary, width);
        embeddingNorm = NewNorm("transformer.word_embeddings_layernorm");
        blocks = new Block[options.layers];
        for (int i = 0; i < blocks.Length; i++)
        {
            string at = $"transformer.h.{i}";
            blocks[i] = new Block(
                NewNorm($"{at}.input_layernorm"),
                NewLinear($"{at}.self_attention.query_key_value", std, 3 * width, width, bias: true), NewLinear($"{at}.self_attention.dense", residual, width, width, bias: true),
                NewNorm($"{at}.post_attention_layernorm"),
                NewLinear($"{at}.mlp.dense_h_to_4h", std, 4 * width, width, bias: true), NewLinear($"{at}.mlp.dense_4h_to_h", residual, width, 4 * width, bias: true));
        }
        lastNorm = NewNorm("transformer.ln_f");
        attention = new Attention(options.heads, options.heads, slopes: Alibi.Slopes(options.heads), dropout: options.attentionDropout);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor tokens_BT, ForwardContext context)
    {
        CheckLength(tokens_BT, context);
        using var scope = NewDisposeScope();
        Tensor x_BTC = embeddingNorm.Apply(F.embedding(tokens_BT, embedding));
        Tensor? mask = attention.Mask(tokens_BT, context, Dtype);
        x_BTC = ThroughBlocks(blocks.Length, x_BTC, context, [mask], Apply);
        context.Cache?.Advance(tokens_BT.size(1));
        if (context.LastOnly) x_BTC = x_BTC.narrow(1, x_BTC.size(1) - 1, 1);
        return Unembed(x_BTC).MoveToOuterDisposeScope();
    }

    private Tensor Apply(int i, Tensor x_BTC, Tensor?[] shared, ForwardContext context)
    {
        x_BTC += AfterAttention(i, Attend(blocks[i].AttentionNorm.Apply(x_BTC), i, shared[0], context.Cache));
        x_BTC += AfterFeedForward(i, FeedForward(blocks[i].FeedForwardNorm.Apply(x_BTC), blocks[i]));
        return x_BTC;
    }

    internal override (int Layers, int Width)? Residual => (options.layers, options.width);

    /// <inheritdoc/>
    public override Tensor Unembed(Tensor x_BTC) => F.linear(lastNorm.Apply(x_BTC), embedding);

    /// <inheritdoc/>
    public override KeyValueCache NewCache(long batch, long capacity) =>
        new(options.layers, batch, Math.Min(capacity, Context), options.heads, options.width / options.heads, Dtype, Device);

    private Tensor Attend(Tensor x_BTC, int layer, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        long batch = x_BTC.size(0), time = x_BTC.size(1);
        Tensor qkv_BTH3D = blocks[layer].Qkv.Apply(x_BTC).view(batch, time, options.heads, 3, options.width / options.heads);
        Tensor q_BTHD = qkv_BTH3D.select(3, 0), k_BTHD = qkv_BTH3D.select(3, 1), v_BTHD = qkv_BTH3D.select(3, 2);
        (Tensor keys, Tensor values) = cache?.Add(layer, k_BTHD, v_BTHD) ?? (k_BTHD, v_BTHD);
        return Dropped(blocks[layer].Output.Apply(attention.Attend(q_BTHD, keys, values, mask))).MoveToOuterDisposeScope();
    }

    private Tensor FeedForward(Tensor x_BTC, Block block)
    {
        using var scope = NewDisposeScope();
        return Dropped(block.Down.Apply(F.gelu(block.Up.Apply(x_BTC), tanh: true))).MoveToOuterDisposeScope();
    }

    private Tensor Dropped(Tensor x) => F.dropout(x, options.dropout, training: is_grad_enabled());

    private Norm NewNorm(string name) => new(ConstantWeight($"{name}.weight", 1, options.width), ConstantWeight($"{name}.bias", 0, options.width), options.normEps);

    // The published files have no "transformer." prefix.
    /// <inheritdoc/>
    public override string? OwnName(string stored) => stored == "lm_head.weight" ? null : stored.StartsWith("transformer.", StringComparison.Ordinal) ? stored : "transformer." + stored;

    /// <inheritdoc/>
    public override JsonObject Config => options.ToConfig(Vocabulary);

    /// <inheritdoc/>
    protected override void DisposeTables() => attention.Dispose();

    private sealed record Norm(Tensor Weight, Tensor Bias, double Eps)
    {
        internal Tensor Apply(Tensor x) => F.layer_norm(x, Weight, Bias, Eps);
    }

    private sealed record Block(Norm AttentionNorm, Linear Qkv, Linear Output, Norm FeedForwardNorm, Linear Up, Linear Down);
}
