using DataPipeline.Core.Config;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Shape of a language model: a family with its settings, or one of the published sizes by name. Settings without a name are those of `llama`.</summary>
[DefaultStage("llama")]
public abstract record ModelOptions
{
    /// <summary>Longest sequence in tokens.</summary>
    public abstract int context { get; init; }

    /// <summary>What does not fit together, or null.</summary>
    public abstract string? Mistake { get; }

    /// <summary>Number of weights, counted from the shape alone.</summary>
    /// <param name="vocabulary">Number of token ids.</param>
    public abstract long Parameters(int vocabulary);

    /// <summary>A new model.</summary>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="seed">Seed of the random weights; null leaves them unwritten.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where the weights live; the CPU if not given.</param>
    public abstract LanguageModel Make(int vocabulary, ulong? seed = 1, ScalarType dtype = ScalarType.Float32, Device? device = null);
}
