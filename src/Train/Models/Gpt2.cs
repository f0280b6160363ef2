using System.Text.Json.Nodes;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// The GPT-2 decoder (Radford 2019): learned positions, LayerNorm before each part, GELU. The checkpoint has the names of Hugging Face's
/// GPT2LMHeadModel and its transposed Conv1D layout; inside, matrices are [out, in].
/// </summary>
public sealed class Gpt2 : LanguageModel
{
    private readonly Gpt2Options options;
    private readonly Tensor embedding, positions, normWeight, head;
    private readonly Tensor? normBias;
    private readonly Block[] blocks;
    private readonly Attention attention;

    /// <summary>A new model with random weights: N(0, 0.02), residual outputs 0.02 / sqrt(2 * layers).</summary>
    public Gpt2(Gpt2Options options, int vocabulary, ulong seed = 1, ScalarType dtype = float32, Device? device = null)
        : base(vocabulary, options.context, seed, dtype, device ?? CPU)
    {
        if (options.Mistake is { } mistake) throw new Core.ConfigurationException(mistake);
        this.options = options;
        int width = options.width;
        double residual = 0.02 / Math.Sqrt(2 * options.layers);
        embedding = NormalWeight("transformer.wte.weight", 0.02, vocabulary, width);
        positions = NormalWeight("transformer.wpe.weight", 0.02, options.context, width);
        blocks = new Block[options.layers];
        for (int i = 0; i < blocks.Length; i++)
        {
            string at = $"transformer.h.{i}";
            blocks[i] = new Block(
                ConstantWeight($"{at}.ln_1.weight", 1, width), Bias($"{at}.ln_1.bias", width),
                NormalWeight($"{at}.attn.c_attn.weight", 0.02, 3 * width, width), Bias($"{at}.attn.c_attn.bias", 3 * width),
                NormalWeight($"{at}.attn.c_proj.weight", residual, width, width), Bias($"{at}.attn.c_proj.bias", width),
                ConstantWeight($"{at}.ln_2.weight", 1, width), Bias($"{at}.ln_2.bias", width),
                NormalWeight($"{at}.mlp.c_fc.weight", 0.02, 4 * width, width), Bias($"{at}.mlp.c_fc.bias", 4 * width),
                NormalWeight($"{at}.mlp.c_proj.weight", residual, width, 4 * width), Bias($"{at}.mlp.c_proj.bias", width));
        }
        normWeight = ConstantWeight("transformer.ln_f.weight", 1, width);
        normBias = Bias("transformer.ln_f.bias", width);
        attention = new Attention(options.heads, options.heads);
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
        context.Layer?.Invoke(x_BTC);
        for (int i = 0; i < blocks.Length; i++)
        {
            x_BTC += Attend(Normed(x_BTC, blocks[i].Norm1, blocks[i].Norm1Bias), i, mask, context.Cache);
            x_BTC += FeedForward(Normed(x_BTC, blocks[i].Norm2, blocks[i].Norm2Bias), blocks[i]);
            context.Layer?.Invoke(x_BTC);
        }
        context.Cache?.Advance(tokens_BT.size(1));
        if (context.LastOnly) x_BTC = x_BTC.narrow(1, x_BTC.size(1) - 1, 1);
        return Unembed(x_BTC).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Unembed(Tensor x_BTC) => F.linear(Normed(x_BTC, normWeight, normBias), head);

    /// <inheritdoc/>
    public override KeyValueCache NewCache(long batch, long capacity) =>
        new(options.layers, batch, Math.Min(capacity, Context), options.heads, options.width / options.heads, Dtype, Device);

    private Tensor Normed(Tensor x_BTC, Tensor weight, Tensor? bias) => F.layer_norm(x_BTC, weight, bias, options.normEps);

    private Tensor Attend(Tensor x_BTC, int layer, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        Block block = blocks[layer];
        long batch = x_BTC.size(0), time = x_BTC.size(1);
        Tensor[] qkv_BTHD = F.linear(x_BTC, block.Qkv, block.QkvBias).view(batch, time, 3 * options.heads, options.width / options.heads).chunk(3, 2);
        (Tensor keys, Tensor values) = cache?.Add(layer, qkv_BTHD[1], qkv_BTHD[2]) ?? (qkv_BTHD[1], qkv_BTHD[2]);
        Tensor mixed = attention.Attend(qkv_BTHD[0], keys, values, mask);
        return Dropped(F.linear(mixed, block.Output, block.OutputBias)).MoveToOuterDisposeScope();
    }

    private Tensor FeedForward(Tensor x_BTC, Block block)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = F.gelu(F.linear(x_BTC, block.Up, block.UpBias), options.tanhGelu);
        return Dropped(F.linear(hidden, block.Down, block.DownBias)).MoveToOuterDisposeScope();
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
    public override JsonObject Config => new()
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = "gpt2",
        ["vocab_size"] = Vocabulary,
        ["n_embd"] = options.width,
        ["n_layer"] = options.layers,
        ["n_head"] = options.heads,
        ["n_positions"] = options.context,
        ["n_ctx"] = options.context,
        ["n_inner"] = 4 * options.width,
        ["activation_function"] = options.tanhGelu ? "gelu_new" : "gelu",
        ["layer_norm_epsilon"] = options.normEps,
        ["resid_pdrop"] = options.dropout,
        ["embd_pdrop"] = options.dropout,
        ["attn_pdrop"] = 0,
        ["bias"] = options.bias,
        ["tie_word_embeddings"] = options.tied,
        ["torch_dtype"] = "float32",
    };

    internal static Gpt2 FromConfig(JsonObject config, ScalarType dtype, Device device) => new(
        new Gpt2Options(
            layers: config.Whole("n_layer"),
            heads: config.Whole("n_head"),
            width: config.Whole("n_embd"),
            context: config.Whole("n_positions"),
            bias: config.Truth("bias", true),
            tanhGelu: config.Word("activation_function", "gelu_new") == "gelu_new",
            tied: config.Truth("tie_word_embeddings", true),
            dropout: config.Number("resid_pdrop", 0),
            normEps: config.Number("layer_norm_epsilon", 1e-5)),
        config.Whole("vocab_size"), dtype: dtype, device: device);

    /// <inheritdoc/>
    protected override void DisposeTables() => attention.Dispose();

    private sealed record Block(
        Tensor Norm1, Tensor? Norm1Bias, Tensor Qkv, Tensor? QkvBias, Tensor Output, Tensor? OutputBias,
        Tensor Norm2, Tensor? Norm2Bias, Tensor Up, Tensor? UpBias, Tensor Down, Tensor? DownBias);
}
