using System.Text.Json.Nodes;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// The GPT-2 decoder (Radford 2019): learned positions, LayerNorm before each part (or behind it, as the first GPT), GELU. The checkpoint has the names
/// of Hugging Face's GPT2LMHeadModel or OpenAIGPTLMHeadModel and their transposed Conv1D layout; inside, matrices are [out, in].
/// </summary>
public sealed class Gpt2 : LanguageModel
{
    private readonly Gpt2Options options;
    private readonly Tensor embedding, positions, head;
    private readonly Tensor? normWeight, normBias;
    private readonly Block[] blocks;
    private readonly Attention attention;

    /// <summary>A new model with random weights: N(0, 0.02), residual outputs 0.02 / sqrt(2 * layers).</summary>
    public Gpt2(Gpt2Options options, int vocabulary, ulong? seed = 1, ScalarType dtype = float32, Device? device = null)
        : base(vocabulary, options.context, seed, dtype, device ?? CPU)
    {
        if (options.Mistake is { } mistake) throw new Core.ConfigurationException(mistake);
        this.options = options;
        int width = options.width;
        bool bias = options.bias;
        double residual = 0.02 / Math.Sqrt(2 * options.layers);
        embedding = NormalWeight(options.postNorm ? "transformer.tokens_embed.weight" : "transformer.wte.weight", 0.02, vocabulary, width);
        positions = NormalWeight(options.postNorm ? "transformer.positions_embed.weight" : "transformer.wpe.weight", 0.02, options.context, width);
        blocks = new Block[options.layers];
        for (int i = 0; i < blocks.Length; i++)
        {
            string at = $"transformer.h.{i}";
            blocks[i] = new Block(
                ConstantWeight($"{at}.ln_1.weight", 1, width), Bias($"{at}.ln_1.bias", width),
                NewLinear($"{at}.attn.c_attn", 0.02, 3 * width, width, bias), NewLinear($"{at}.attn.c_proj", residual, width, width, bias),
                ConstantWeight($"{at}.ln_2.weight", 1, width), Bias($"{at}.ln_2.bias", width),
                NewLinear($"{at}.mlp.c_fc", 0.02, 4 * width, width, bias), NewLinear($"{at}.mlp.c_proj", residual, width, 4 * width, bias));
        }
        if (!options.postNorm) (normWeight, normBias) = (ConstantWeight("transformer.ln_f.weight", 1, width), Bias("transformer.ln_f.bias", width));
        attention = new Attention(options.heads, options.heads, dropout: options.attentionDropout);
        head = options.tied ? embedding : NormalWeight("lm_head.weight", 0.02, vocabulary, width);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor tokens_BT, ForwardContext context)
    {
        CheckLength(tokens_BT, context);
        using var scope = NewDisposeScope();
        Tensor places = context.Positions_BT is { } positions_BT ? F.embedding(positions_BT, positions) : positions.narrow(0, context.Start, tokens_BT.size(1));
        Tensor x_BTC = Dropped(F.embedding(tokens_BT, embedding) + places);
        Tensor? mask = attention.Mask(tokens_BT, context, Dtype);
        x_BTC = ThroughBlocks(blocks.Length, x_BTC, context, [mask], Apply);
        context.Cache?.Advance(tokens_BT.size(1));
        if (context.LastOnly) x_BTC = x_BTC.narrow(1, x_BTC.size(1) - 1, 1);
        return Unembed(x_BTC).MoveToOuterDisposeScope();
    }

    private Tensor Apply(int i, Tensor x_BTC, Tensor?[] shared, ForwardContext context)
    {
        Block block = blocks[i];
        Tensor? mask = shared[0];
        if (options.postNorm)
        {
            x_BTC = Normed(x_BTC + AfterAttention(i, Attend(x_BTC, i, mask, context.Cache)), block.Norm1, block.Norm1Bias);
            x_BTC = Normed(x_BTC + AfterFeedForward(i, FeedForward(x_BTC, block)), block.Norm2, block.Norm2Bias);
        }
        else
        {
            x_BTC += AfterAttention(i, Attend(Normed(x_BTC, block.Norm1, block.Norm1Bias), i, mask, context.Cache));
            x_BTC += AfterFeedForward(i, FeedForward(Normed(x_BTC, block.Norm2, block.Norm2Bias), block));
        }
        return x_BTC;
    }

    internal override (int Layers, int Width)? Residual => (options.layers, options.width);

    /// <inheritdoc/>
    public override Tensor Unembed(Tensor x_BTC) => F.linear(normWeight is null ? x_BTC : Normed(x_BTC, normWeight, normBias), head);

    /// <inheritdoc/>
    public override KeyValueCache NewCache(long batch, long capacity) =>
        new(options.layers, batch, Math.Min(capacity, Context), options.heads, options.width / options.heads, Dtype, Device);

    private Tensor Normed(Tensor x_BTC, Tensor weight, Tensor? bias) => F.layer_norm(x_BTC, weight, bias, options.normEps);

    private Tensor Attend(Tensor x_BTC, int layer, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        Block block = blocks[layer];
        long batch = x_BTC.size(0), time = x_BTC.size(1);
        Tensor[] qkv_BTHD = block.Qkv.Apply(x_BTC).view(batch, time, 3 * options.heads, options.width / options.heads).chunk(3, 2);
        (Tensor keys, Tensor values) = cache?.Add(layer, qkv_BTHD[1], qkv_BTHD[2]) ?? (qkv_BTHD[1], qkv_BTHD[2]);
        Tensor mixed = attention.Attend(qkv_BTHD[0], keys, values, mask);
        return Dropped(block.Output.Apply(mixed)).MoveToOuterDisposeScope();
    }

    private Tensor FeedForward(Tensor x_BTC, Block block)
    {
        using var scope = NewDisposeScope();
        return Dropped(block.Down.Apply(F.gelu(block.Up.Apply(x_BTC), options.tanhGelu))).MoveToOuterDisposeScope();
    }

    private Tensor Dropped(Tensor x) => F.dropout(x, options.dropout, training: is_grad_enabled());

    private Tensor? Bias(string name, long width) => options.bias ? ConstantWeight(name, 0, width) : null;

    // Hugging Face kept OpenAI's Conv1D, whose matrices are [in, out].
    private static bool IsConv1D(string name) => name.EndsWith(".weight", StringComparison.Ordinal) && (name.Contains(".attn.c_") || name.Contains(".mlp.c_"));

    /// <inheritdoc/>
    public override Tensor Exported(Weight weight) => IsConv1D(weight.Name) ? weight.Value.transpose(0, 1) : weight.Value;

    /// <inheritdoc/>
    public override Tensor Imported(string name, Tensor stored) => IsConv1D(name) ? stored.transpose(0, 1) : stored;

    // The published gpt2 files have no "transformer." prefix and carry the causal masks.
    /// <inheritdoc/>
    public override string? OwnName(string stored) =>
        stored.EndsWith(".attn.bias", StringComparison.Ordinal) || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal) || (options.tied && stored == "lm_head.weight") ? null
        : stored.StartsWith("transformer.", StringComparison.Ordinal) || stored == "lm_head.weight" ? stored
        : "transformer." + stored;

    /// <inheritdoc/>
    public override JsonObject Config => options.ToConfig(Vocabulary);

    /// <inheritdoc/>
    protected override void DisposeTables() => attention.Dispose();

    private sealed record Block(Tensor Norm1, Tensor? Norm1Bias, Linear Qkv, Linear Output, Tensor Norm2, Tensor? Norm2Bias, Linear Up, Linear Down);
}
