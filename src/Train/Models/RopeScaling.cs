using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>How rotary angles are stretched.</summary>
public enum RopeScalingKind
{
    /// <summary>Position interpolation (Chen 2023): positions divided by the factor.</summary>
    Linear,
    /// <summary>NTK-aware (bloc97 2023): theta * factor^(d / (d - 2)), so that the fastest pair keeps its pace and the slowest is interpolated.</summary>
    Ntk,
    /// <summary>Llama 3.1: pairs are kept, divided by the factor, or blended by the length of their wave against the trained context.</summary>
    Llama3,
}

/// <summary>Stretches rotary positions for a context longer than trained on.</summary>
/// <param name="kind">linear, ntk or llama3.</param>
/// <param name="factor">How many times longer.</param>
/// <param name="originalContext">Context trained on, for llama3.</param>
/// <param name="lowFrequencyFactor">Waves longer than original_context / this are divided by the factor, for llama3.</param>
/// <param name="highFrequencyFactor">Waves shorter than original_context / this are kept, for llama3.</param>
public sealed record RopeScaling(
    RopeScalingKind kind = RopeScalingKind.Linear,
    [Range(1.0, 1e6)] double factor = 8,
    [Range(1, 1 << 24)] int originalContext = 8192,
    [Range(0.001, 1e6)] double lowFrequencyFactor = 1,
    [Range(0.001, 1e6)] double highFrequencyFactor = 4)
{
    /// <summary>What does not fit together, or null.</summary>
    public string? Mistake => kind == RopeScalingKind.Llama3 && highFrequencyFactor <= lowFrequencyFactor ? "high_frequency_factor must be greater than low_frequency_factor" : null;

    /// <summary>The base that NTK-aware scaling puts in the place of theta.</summary>
    internal double Base(int width, double theta) => kind == RopeScalingKind.Ntk ? theta * Math.Pow(factor, width / (width - 2.0)) : theta;

    /// <summary>A frequency, scaled.</summary>
    internal double Scaled(double frequency)
    {
        if (kind == RopeScalingKind.Linear) return frequency / factor;
        if (kind == RopeScalingKind.Ntk) return frequency;
        double wave = 2 * Math.PI / frequency;
        if (wave < originalContext / highFrequencyFactor) return frequency;
        if (wave > originalContext / lowFrequencyFactor) return frequency / factor;
        double blend = (originalContext / wave - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
        return (1 - blend) * frequency / factor + blend * frequency;
    }
}
