using System.Text.Json.Nodes;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// The LLaMA decoder (Touvron 2023): RMSNorm before each part, rotary positions, grouped-query attention, SwiGLU feed-forward or a mixture of
/// experts, no biases. Weights carry the names and layouts of Hugging Face's LlamaForCausalLM, MixtralForCausalLM and Qwen3ForCausalLM.
/// </summary>
public sealed class Llama : LanguageModel
{
    private readonly LlamaOptions options;
    private readonly Tensor embedding, norm, head;
    private readonly Block[] blocks;
    private readonly Attention attention;
    private readonly Rope rope;
    private readonly NgramEmbedding? ngrams;

    /// <summary>A new model with random weights: normal of the options' standard deviation.</summary>
    public Llama(LlamaOptions options, int vocabulary, ulong? seed = 1, ScalarType dtype = float32, Device? device = null)
        : base(vocabulary, options.context, seed, dtype, device ?? CPU)
    {
        if (options.Mistake is { } mistake) throw new Core.ConfigurationException(mistake);
        this.options = options;
        int width = options.width, queries = options.heads * options.HeadSize, keys = options.KeyHeads * options.HeadSize;
        double std = options.initStd, residual = options.zeroOutputs ? 0 : std / Math.Sqrt(2 * options.layers);

        embedding = NormalWeight("model.embed_tokens.weight", std, vocabulary, width);
        if (options.ngrams > 0)
            ngrams = new NgramEmbedding([.. Enumerable.Range(2, options.ngrams - 1).Select(n => (n, ConstantWeight($"model.embed_ngrams_{n}.weight", 0, options.ngramRows, width)))]);
        blocks = new Block[options.layers];
        for (int i = 0; i < blocks.Length; i++)
        {
            string at = $"model.layers.{i}";
            blocks[i] = new Block(
                ConstantWeight($"{at}.input_layernorm.weight", 1, width),
                NewLinear($"{at}.self_attn.q_proj", std, queries, width),
                NewLinear($"{at}.self_attn.k_proj", std, keys, width),
                NewLinear($"{at}.self_attn.v_proj", std, keys, width),
                NewLinear($"{at}.self_attn.o_proj", residual, width, queries),
                options.qkNorm ? ConstantWeight($"{at}.self_attn.q_norm.weight", 1, options.HeadSize) : null,
                options.qkNorm ? ConstantWeight($"{at}.self_attn.k_norm.weight", 1, options.HeadSize) : null,
                ConstantWeight($"{at}.post_attention_layernorm.weight", 1, width),
                options.experts is null ? SwiGlu($"{at}.mlp", "gate_proj", "up_proj", "down_proj", residual) : null,
                options.experts is { } experts
                    ? new MixtureOfExperts(experts, NewLinear($"{at}.block_sparse_moe.gate", std, experts.experts, width),
                        [.. Enumerable.Range(0, experts.experts).Select(e => SwiGlu($"{at}.block_sparse_moe.experts.{e}", "w1", "w3", "w2", residual))])
                    : null);
        }
        norm = ConstantWeight("model.norm.weight", 1, width);
        head = options.tied ? embedding : NormalWeight("lm_head.weight", options.zeroOutputs ? 0 : std, vocabulary, width);
        attention = new Attention(options.heads, options.KeyHeads, options.window, dropout: options.attentionDropout);
        rope = new Rope(options.context, Rope.Frequencies(options.HeadSize, options.ropeTheta, options.ropeScaling), options.ropeLayout, dtype, Device);
    }

    private SwiGlu SwiGlu(string at, string gate, string up, string down, double residual) => new(
        NewLinear($"{at}.{gate}", options.initStd, options.HiddenWidth, options.width),
        NewLinear($"{at}.{up}", options.initStd, options.HiddenWidth, options.width),
        NewLinear($"{at}.{down}", residual, options.width, options.HiddenWidth));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor tokens_BT, ForwardContext context)
    {
        CheckLength(tokens_BT, context);
        using var scope = NewDisposeScope();
        Tensor x_BTC = F.embedding(tokens_BT, embedding);
        if (ngrams is not null) x_BTC = ngrams.AddTo(x_BTC, tokens_BT, context);
        x_BTC = Dropped(x_BTC);
        Tensor? mask = attention.Mask(tokens_BT, context, Dtype);
        Rope.Turn turn = rope.At(context.Start, tokens_BT.size(1), context.Positions_BT);
        x_BTC = ThroughBlocks(blocks.Length, x_BTC, context, [mask, turn.Cos_T1D, turn.Sin_T1D], Apply);
        context.Cache?.Advance(tokens_BT.size(1));
        if (context.LastOnly) x_BTC = x_BTC.narrow(1, x_BTC.size(1) - 1, 1);
        foreach ((_, Tensor loss) in context.Losses) loss.MoveToOuterDisposeScope();
        return Unembed(x_BTC).MoveToOuterDisposeScope();
    }

    private Tensor Apply(int i, Tensor x_BTC, Tensor?[] shared, ForwardContext context)
    {
        var turn = new Rope.Turn(rope, shared[1]!, shared[2]!);
        x_BTC += AfterAttention(i, Dropped(Attend(Normed(x_BTC, blocks[i].AttentionNorm), i, turn, shared[0], context.Cache)));
        x_BTC += AfterFeedForward(i, Dropped(FeedForward(Normed(x_BTC, blocks[i].FeedForwardNorm), blocks[i], context)));
        return x_BTC;
    }

    internal override (int Layers, int Width)? Residual => (options.layers, options.width);

    /// <inheritdoc/>
    public override Tensor Unembed(Tensor x_BTC) => F.linear(Normed(x_BTC, norm), head);

    /// <inheritdoc/>
    public override KeyValueCache NewCache(long batch, long capacity) =>
        new(options.layers, batch, Math.Min(capacity, Context), options.KeyHeads, options.HeadSize, Dtype, Device);

    private Tensor Normed(Tensor x, Tensor weight) => F.rms_norm(x, weight, options.normEps);

    private Tensor Attend(Tensor x_BTC, int layer, Rope.Turn turn, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        Block block = blocks[layer];
        long batch = x_BTC.size(0), time = x_BTC.size(1);
        Tensor q_BTHD = block.Query.Apply(x_BTC).view(batch, time, options.heads, options.HeadSize);
        Tensor k_BTKD = block.Key.Apply(x_BTC).view(batch, time, options.KeyHeads, options.HeadSize);
        Tensor v_BTKD = block.Value.Apply(x_BTC).view(batch, time, options.KeyHeads, options.HeadSize);
        if (options.qkNorm) (q_BTHD, k_BTKD) = (Normed(q_BTHD, block.QueryNorm!), Normed(k_BTKD, block.KeyNorm!));
        (q_BTHD, k_BTKD) = (turn.Rotate(q_BTHD), turn.Rotate(k_BTKD));
        (Tensor keys, Tensor values) = cache?.Add(layer, k_BTKD, v_BTKD) ?? (k_BTKD, v_BTKD);
        return block.Output.Apply(attention.Attend(q_BTHD, keys, values, mask)).MoveToOuterDisposeScope();
    }

    private Tensor Dropped(Tensor x) => F.dropout(x, options.dropout, training: is_grad_enabled());

    private static Tensor FeedForward(Tensor x_BTC, Block block, ForwardContext context) => block.Experts?.Apply(x_BTC, context) ?? block.FeedForward!.Apply(x_BTC);

    /// <inheritdoc/>
    public override JsonObject Config => options.ToConfig(Vocabulary);

    /// <inheritdoc/>
    public override Tensor Exported(Weight weight) => Relaid(weight.Name, weight.Value, toHalfSplit: true);

    /// <inheritdoc/>
    public override Tensor Imported(string name, Tensor stored) => Relaid(name, stored, toHalfSplit: false);

    private Tensor Relaid(string name, Tensor weight, bool toHalfSplit)
    {
        if (options.ropeLayout == RopeLayout.HalfSplit) return weight;
        if (name.EndsWith(".q_norm.weight", StringComparison.Ordinal) || name.EndsWith(".k_norm.weight", StringComparison.Ordinal))
            return Rope.Relaid(weight.unsqueeze(1), 1, toHalfSplit).squeeze(1);
        return name.EndsWith(".q_proj.weight", StringComparison.Ordinal) ? Rope.Relaid(weight, options.heads, toHalfSplit)
            : name.EndsWith(".k_proj.weight", StringComparison.Ordinal) ? Rope.Relaid(weight, options.KeyHeads, toHalfSplit)
            : weight;
    }

    /// <inheritdoc/>
    public override string? OwnName(string stored) => stored.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (options.tied && stored == "lm_head.weight") ? null : stored;

    /// <inheritdoc/>
    protected override void DisposeTables()
    {
        attention.Dispose();
        rope.Dispose();
    }

    private sealed record Block(
        Tensor AttentionNorm, Linear Query, Linear Key, Linear Value, Linear Output, Tensor? QueryNorm, Tensor? KeyNorm,
        Tensor FeedForwardNorm, SwiGlu? FeedForward, MixtureOfExperts? Experts);
}

/// <summary>down(silu(gate(x)) * up(x)) (Shazeer 2020).</summary>
internal sealed record SwiGlu(Linear Gate, Linear Up, Linear Down)
{
    internal Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Down.Apply(F.silu(Gate.Apply(x)) * Up.Apply(x)).MoveToOuterDisposeScope();
    }
}
