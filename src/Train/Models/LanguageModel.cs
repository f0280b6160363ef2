using System.Text.Json.Nodes;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>A named weight of a model.</summary>
/// <param name="Name">Name in the checkpoint, as Hugging Face names it.</param>
/// <param name="Value">The tensor that training changes.</param>
public sealed record Weight(string Name, Tensor Value)
{
    /// <summary>Whether it is a matrix between hidden states: one inside a numbered block, as transformer.h.3.mlp.c_fc.weight.</summary>
    public bool IsHiddenMatrix => Value.ndim >= 2 && Name.Split('.').Any(part => int.TryParse(part, out _));

    /// <summary>Whether it is a table with a row for each token, position or n-gram.</summary>
    public bool IsEmbedding => Value.ndim == 2 && Name.Split('.').Any(part => part is "wte" or "wpe" || part.StartsWith("embed_", StringComparison.Ordinal) || part.EndsWith("_embeddings", StringComparison.Ordinal) || part.EndsWith("_embed", StringComparison.Ordinal));
}

/// <summary>A causal language model: token ids in, next-token logits out.</summary>
public abstract partial class LanguageModel : IDisposable
{
    private readonly List<Weight> weights = [];
    private readonly List<Linear> linears = [];
    private readonly Core.Seed? seed;

    /// <summary>Starts a model without weights.</summary>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="context">Longest sequence in tokens.</param>
    /// <param name="seed">Seed of the random weights; null leaves them unwritten, for a checkpoint to fill.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where the weights live.</param>
    protected LanguageModel(int vocabulary, int context, ulong? seed, ScalarType dtype, Device device)
    {
        this.seed = seed is { } given ? new Core.Seed(given).For("weights") : null;
        Vocabulary = vocabulary;
        Context = context;
        Dtype = dtype;
        Device = device;
    }

    /// <summary>Number of token ids.</summary>
    public int Vocabulary { get; }

    /// <summary>Longest sequence in tokens.</summary>
    public int Context { get; }

    /// <summary>Type of the weights.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Where the weights live.</summary>
    public Device Device { get; }

    /// <summary>Every weight once, in the order of the computation.</summary>
    public IReadOnlyList<Weight> Weights => weights;

    /// <summary>What training changes: the weights, or the adapters of a model that has some.</summary>
    public IReadOnlyList<Weight> Trained => (IReadOnlyList<Weight>)[.. Lora.Adapters(this), .. Bottleneck.Adapters(this)] is { Count: > 0 } adapters ? adapters : weights;

    /// <summary>The matrix products, in the order of the computation; the output matrix is not among them.</summary>
    internal IReadOnlyList<Linear> Linears => linears;

    /// <summary>Number of weights.</summary>
    public long Parameters => weights.Sum(w => w.Value.numel());

    /// <summary>The settings as a Hugging Face config.json.</summary>
    public abstract JsonObject Config { get; }

    /// <summary>Logits for the next token at every position.</summary>
    /// <param name="tokens_BT">Token ids, int64, on the model's device.</param>
    /// <param name="documents_BT">Number of the document each token is from: attention stays inside documents. Null attends to everything before.</param>
    public Tensor Forward(Tensor tokens_BT, Tensor? documents_BT = null) => Forward(tokens_BT, new ForwardContext(documents_BT));

    /// <summary>Logits for the next token at every position, [B, T, V], or at the last one where the context asks for that alone.</summary>
    /// <param name="tokens_BT">Token ids, int64, on the model's device.</param>
    /// <param name="context">Documents, positions, cache: what else the pass is told.</param>
    public abstract Tensor Forward(Tensor tokens_BT, ForwardContext context);

    /// <summary>Logits of a residual stream: the last norm, then the output matrix. Of a stream between blocks it is the logit lens (nostalgebraist 2020).</summary>
    public abstract Tensor Unembed(Tensor x_BTC);

    /// <summary>An empty cache of keys and values for generation.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Most tokens of a row; the context of the model where there is no more room than that.</param>
    public abstract KeyValueCache NewCache(long batch, long capacity);

    /// <summary>A weight as the checkpoint holds it, when that differs from how the model computes with it.</summary>
    public virtual Tensor Exported(Weight weight) => weight.Value;

    /// <summary>Undoes <see cref="Exported"/>.</summary>
    public virtual Tensor Imported(string name, Tensor stored) => stored;

    /// <summary>Our name for a name in another program's checkpoint, or null for a tensor that is no weight (cached masks and angles, the tied head).</summary>
    public virtual string? OwnName(string stored) => stored;

    /// <summary>Makes a model without weights worth having from its config.json; the checkpoint fills them.</summary>
    public static LanguageModel FromConfig(JsonObject config, ScalarType dtype = float32, Device? device = null) =>
        OptionsOf(config).Make(config.Whole("vocab_size"), seed: null, dtype, device);

    /// <summary>The shape that a config.json describes.</summary>
    internal static ModelOptions OptionsOf(JsonObject config) => config.Word("model_type", "") switch
    {
        "llama" or "mistral" or "mixtral" or "qwen3" => LlamaOptions.FromConfig(config),
        "gpt2" or "openai-gpt" => Gpt2Options.FromConfig(config),
        "bloom" => BloomOptions.FromConfig(config),
        var other => throw new Core.InputException($"config.json: model_type '{other}' is not one of llama, mistral, mixtral, qwen3, gpt2, openai-gpt, bloom"),
    };

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (Weight weight in weights) weight.Value.Dispose();
        foreach (Linear linear in linears) linear.Dispose();
        Bottleneck?.Dispose();
        DisposeTables();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the model cached beside its weights.</summary>
    protected abstract void DisposeTables();

    /// <summary>
    /// Adds a weight of normal numbers, which depend on the seed and its name alone. They are drawn on the CPU, so that a seed gives the same model on
    /// every device, and torch's generator is left as it was, so that making a model disturbs no training under way.
    /// </summary>
    protected Tensor NormalWeight(string name, double std, params ReadOnlySpan<long> shape)
    {
        using var scope = NewDisposeScope();
        if (seed is not { } seed0) return AddWeight(name, empty(shape, Dtype));
        Tensor before = get_rng_state();
        manual_seed(seed0.For(name).Value, CPU);
        Tensor drawn = randn(shape, Dtype).mul_(std);
        set_rng_state(before);
        return AddWeight(name, drawn);
    }

    /// <summary>Adds a weight of one value.</summary>
    protected Tensor ConstantWeight(string name, double value, params ReadOnlySpan<long> shape)
    {
        using var scope = NewDisposeScope();
        return AddWeight(name, full(shape, value, Dtype));
    }

    /// <summary>Adds a matrix product of a normal matrix [out, in] named `name`.weight and, when asked for, a bias of zeros.</summary>
    private protected Linear NewLinear(string name, double std, long output, long input, bool bias = false)
    {
        var linear = new Linear(name, NormalWeight($"{name}.weight", std, output, input), bias ? ConstantWeight($"{name}.bias", 0, output) : null);
        linears.Add(linear);
        return linear;
    }

    private Tensor AddWeight(string name, Tensor value)
    {
        Tensor placed = value.to(Device).DetachFromDisposeScope();
        placed.requires_grad = true;
        weights.Add(new Weight(name, placed));
        return placed;
    }

    /// <summary>Refuses sequences longer than the context, with what is in the cache.</summary>
    protected void CheckLength(Tensor tokens_BT, ForwardContext context)
    {
        long length = context.Start + tokens_BT.size(1);
        if (length > Context) throw new ArgumentException($"a sequence of {length} tokens does not fit the context of {Context}");
    }
}
