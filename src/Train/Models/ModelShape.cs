using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>The settings of a family of models, chosen by name in a pipeline file: <c>model: llama: { layers: 4 }</c>.</summary>
public abstract record ModelShape
{
    /// <summary>Makes a model with random weights that depend on the seed alone.</summary>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where the weights live; null is the CPU.</param>
    public abstract LanguageModel Create(int vocabulary, ulong seed = 1, ScalarType dtype = ScalarType.Float32, Device? device = null);
}
