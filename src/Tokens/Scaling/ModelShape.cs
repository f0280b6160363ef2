using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tokens.Scaling;

/// <summary>The two kinds of decoder whose parameters are counted.</summary>
public enum DecoderKind
{
    /// <summary>GPT-2: learned positions, LayerNorm, two feed-forward matrices, the head tied to the embedding.</summary>
    Gpt2,
    /// <summary>LLaMA: rotary positions, RMSNorm, SwiGLU, grouped queries, no biases.</summary>
    Llama,
}

/// <summary>What counts of a decoder are made of.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Kind">Kind of block.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="Vocabulary">Rows of the embedding.</param>
/// <param name="Context">Tokens of a training sequence.</param>
public sealed record ModelShape(string Name, DecoderKind Kind, int Layers, int Width, int Heads, int Vocabulary, int Context)
{
    /// <summary>Key and value heads; query heads unless grouped.</summary>
    public int KeyValueHeads { get; init; } = Heads;

    /// <summary>Width of a head.</summary>
    public int HeadWidth { get; init; } = Width / Heads;

    /// <summary>Width of the feed-forward layer: 4 times the width in GPT-2.</summary>
    public int FeedForward { get; init; } = 4 * Width;

    /// <summary>Learned positions of GPT-2; its context unless given.</summary>
    public int Positions { get; init; } = Kind == DecoderKind.Gpt2 ? Context : 0;

    /// <summary>Whether the head is the embedding.</summary>
    public bool Tied { get; init; } = Kind == DecoderKind.Gpt2;

    /// <summary>Whether GPT-2's layers have biases; nanoGPT trains without.</summary>
    public bool HasBias { get; init; } = Kind == DecoderKind.Gpt2;

    /// <summary>True where the shape was guessed from a number of parameters.</summary>
    public bool IsAssumed { get; init; }

    private long EmbeddingParameters => (long)Vocabulary * Width;

    /// <summary>Inputs and outputs of the matrices of a block.</summary>
    public IReadOnlyList<(int In, int Out)> Matrices => Kind == DecoderKind.Gpt2
        ? [(Width, 3 * Width), (Width, Width), (Width, FeedForward), (FeedForward, Width)]
        : [(Width, Heads * HeadWidth), (Width, KeyValueHeads * HeadWidth), (Width, KeyValueHeads * HeadWidth), (Heads * HeadWidth, Width),
            (Width, FeedForward), (Width, FeedForward), (FeedForward, Width)];

    /// <summary>Parameters of the matrices of all blocks.</summary>
    public long LinearParameters => Layers * Matrices.Sum(matrix => (long)matrix.In * matrix.Out);

    /// <summary>Parameters of all blocks and the last norm.</summary>
    public long NonEmbeddingParameters
    {
        get
        {
            // A LayerNorm has a weight, and a bias where layers have one.
            long norm = HasBias ? 2L * Width : Width;
            long biases = HasBias ? Matrices.Sum(matrix => (long)matrix.Out) : 0;
            return LinearParameters + Layers * (2 * norm + biases) + norm;
        }
    }

    /// <summary>All parameters.</summary>
    public long Parameters => NonEmbeddingParameters + EmbeddingParameters * (Tied ? 1 : 2) + (long)Positions * Width;

    /// <summary>Parameters that multiply each token: all but positions and an embedding that is only looked up.</summary>
    public long MatmulParameters => NonEmbeddingParameters + EmbeddingParameters;

    /// <summary>Bytes that keys and values of a token take in generation.</summary>
    /// <param name="bytes">Bytes of a number.</param>
    public long KeyValueBytes(int bytes = 2) => 2L * Layers * KeyValueHeads * HeadWidth * bytes;

    /// <summary>Parameters of LoRA adapters of a rank beside every matrix of the blocks (Hu et al. 2021; all matrices as in QLoRA).</summary>
    public long AdapterParameters(int rank) => Layers * Matrices.Sum(matrix => (long)rank * (matrix.In + matrix.Out));

    /// <summary>The shape that LLaMA's designers would have come near to: width 128 times the layers, heads of 128, a vocabulary of 32,000.</summary>
    /// <remarks>Used for attention, activations and logits where only a number of parameters is known; that number stays what was asked for.</remarks>
    /// <param name="parameters">Parameters wanted.</param>
    public static ModelShape Assumed(double parameters)
    {
        ModelShape best = OfWidth(128);
        for (int width = 256; width <= 32768 && best.Parameters < parameters; width += 128)
        {
            ModelShape next = OfWidth(width);
            if (Math.Abs(next.Parameters - parameters) < Math.Abs(best.Parameters - parameters))
                best = next;
            else if (next.Parameters > parameters)
                break;
        }
        return best;

        ModelShape OfWidth(int width) => Llama("assumed", Math.Max(2, (int)Math.Round(width / 128.0)), width, Math.Max(1, width / 128), SwiGluWidth(width), 32000, 2048) with { IsAssumed = true };
    }

    /// <summary>The shapes that <c>--model</c> knows.</summary>
    public static readonly IReadOnlyList<ModelShape> Known =
    [
        Gpt2("gpt2", 12, 768, 12), Gpt2("gpt2-medium", 24, 1024, 16), Gpt2("gpt2-large", 36, 1280, 20), Gpt2("gpt2-xl", 48, 1600, 25),
        Llama("llama-7b", 32, 4096, 32, 11008, 32000, 2048), Llama("llama-13b", 40, 5120, 40, 13824, 32000, 2048),
        Llama("llama-33b", 60, 6656, 52, 17920, 32000, 2048), Llama("llama-65b", 80, 8192, 64, 22016, 32000, 2048),
        Llama("llama-2-7b", 32, 4096, 32, 11008, 32000, 4096), Llama("llama-2-13b", 40, 5120, 40, 13824, 32000, 4096),
        Llama("llama-2-70b", 80, 8192, 64, 28672, 32000, 4096) with { KeyValueHeads = 8 },
        Llama("llama-3-8b", 32, 4096, 32, 14336, 128256, 8192) with { KeyValueHeads = 8 },
        Llama("llama-3-70b", 80, 8192, 64, 28672, 128256, 8192) with { KeyValueHeads = 8 },
    ];

    /// <summary>A known shape, or that of a Hugging Face <c>config.json</c>.</summary>
    /// <exception cref="ConfigurationException">There is neither.</exception>
    public static ModelShape Named(string name)
    {
        if (Known.FirstOrDefault(shape => shape.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known)
            return known;
        return File.Exists(name) ? ModelConfigFile.Read(name)
            : throw new ConfigurationException($"--model {name}: neither a known model nor a config.json{Mistakes.Suggest(name, Known.Select(shape => shape.Name))}");
    }

    private static ModelShape Gpt2(string name, int layers, int width, int heads) => new(name, DecoderKind.Gpt2, layers, width, heads, 50257, 1024);

    private static ModelShape Llama(string name, int layers, int width, int heads, int feedForward, int vocabulary, int context) =>
        new(name, DecoderKind.Llama, layers, width, heads, vocabulary, context) { FeedForward = feedForward };

    /// <summary>Two thirds of 4 times the width, up to a multiple of 256.</summary>
    private static int SwiGluWidth(int width) => (8 * width / 3 + 255) / 256 * 256;
}
