namespace DataPipeline.Tokens.Scaling;

/// <summary>What is computed again in the backward pass instead of being kept.</summary>
public enum Recompute
{
    /// <summary>Nothing: s b h (34 + 5 a s / h) bytes a layer.</summary>
    None,
    /// <summary>The attention matrix, as FlashAttention does: 34 s b h bytes a layer.</summary>
    Selective,
    /// <summary>Whole layers: 2 s b h bytes a layer, and one layer while it is computed again.</summary>
    Full,
}

/// <summary>How a model is trained, as far as memory asks.</summary>
/// <param name="Devices">GPUs that share data-parallel work.</param>
/// <param name="MicroBatch">Sequences a GPU holds at a time.</param>
/// <param name="Context">Tokens of a sequence.</param>
/// <param name="Recompute">What is computed again.</param>
/// <param name="LoraRank">Rank of the adapters of LoRA and QLoRA.</param>
public sealed record MemorySettings(int Devices, int MicroBatch, int Context, Recompute Recompute, int LoraRank);

/// <summary>Bytes on each GPU under one way to train.</summary>
/// <param name="Method">The way.</param>
/// <param name="Weights">Weights, of the base model and of adapters.</param>
/// <param name="Gradients">Gradients.</param>
/// <param name="Optimizer">Adam's moments and float32 copies of the weights.</param>
/// <param name="Activations">What the layers keep for the backward pass.</param>
/// <param name="Logits">Logits, their probabilities and their gradient.</param>
public sealed record MemoryRow(string Method, double Weights, double Gradients, double Optimizer, double Activations, double Logits)
{
    /// <summary>All together.</summary>
    public double Total => Weights + Gradients + Optimizer + Activations + Logits;
}

/// <summary>Memory of training with Adam: states by Rajbhandari et al. 2020 (ZeRO, arXiv 1910.02054), activations by Korthikanti et al. 2022 (arXiv 2205.05198), QLoRA by Dettmers et al. 2023
/// (arXiv 2305.14314).</summary>
public static class TrainingMemory
{
    /// <summary>Bytes a logit takes at the peak: 2 in bf16, 4 for its float32 probability, 4 for the gradient.</summary>
    public const double BytesPerLogit = 10;

    /// <summary>Bytes of a weight in NF4 with double quantization: 4 bits, an 8-bit scale for 64 weights, and a float32 scale for 256 of those.</summary>
    public const double Nf4Bytes = (4 + 8.0 / 64 + 32.0 / (64 * 256)) / 8;

    /// <summary>A line for each way to train.</summary>
    /// <param name="parameters">Parameters of the model.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="settings">How it is trained.</param>
    public static IReadOnlyList<MemoryRow> Of(double parameters, ModelShape shape, MemorySettings settings)
    {
        double n = parameters, devices = settings.Devices, adapters = shape.AdapterParameters(settings.LoraRank);
        double activations = Activations(shape, settings), logits = BytesPerLogit * settings.MicroBatch * settings.Context * shape.Vocabulary;
        // Of a guessed shape only the share of its matrices is known.
        double quantized = n * shape.LinearParameters / shape.Parameters;
        return
        [
            // Everything in float32: activations and logits take twice the bytes of 16 bits.
            Row("full (float32)", 4 * n, 4 * n, 8 * n) with { Activations = 2 * activations, Logits = logits * 12 / BytesPerLogit },
            Row("mixed precision", 2 * n, 2 * n, 12 * n),
            Row("ZeRO-1", 2 * n, 2 * n, 12 * n / devices),
            Row("ZeRO-2", 2 * n, 2 * n / devices, 12 * n / devices),
            Row("ZeRO-3", 2 * n / devices, 2 * n / devices, 12 * n / devices),
            Row($"LoRA r={settings.LoraRank}", 2 * (n + adapters), 2 * adapters, 12 * adapters),
            Row($"QLoRA r={settings.LoraRank}", Nf4Bytes * quantized + 2 * (n - quantized + adapters), 2 * adapters, 12 * adapters),
        ];

        MemoryRow Row(string method, double weights, double gradients, double optimizer) => new(method, weights, gradients, optimizer, activations, logits);
    }

    /// <summary>Bytes of the activations of all layers in 16 bits. The formula is that of GPT blocks; SwiGLU keeps up to an eighth more.</summary>
    public static double Activations(ModelShape shape, MemorySettings settings)
    {
        double layer = LayerActivations(settings.Context, settings.MicroBatch, shape.Width, shape.Heads, settings.Recompute);
        return shape.Layers * layer + (settings.Recompute == Recompute.Full ? LayerActivations(settings.Context, settings.MicroBatch, shape.Width, shape.Heads, Recompute.Selective) : 0);
    }

    /// <summary>Bytes of the activations that one layer keeps.</summary>
    public static double LayerActivations(double context, double batch, double width, double heads, Recompute recompute) => context * batch * width * recompute switch
    {
        Recompute.None => 34 + 5 * heads * context / width,
        Recompute.Selective => 34,
        _ => 2,
    };
}
