using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>What stands between the two projections of a bottleneck adapter.</summary>
public enum BottleneckActivation
{
    /// <summary>The exact GELU (Hendrycks 2016).</summary>
    Gelu,
    /// <summary>max(0, x).</summary>
    Relu,
    /// <summary>x * sigmoid(x).</summary>
    Silu,
}

/// <summary>
/// Bottleneck adapters (Houlsby 2019): behind attention and behind the feed-forward part of each block, before what they give is added to the residual
/// stream, x becomes x + U f(D x + d) + u. The model stays as it is; U begins at zero, so that a new adapter changes nothing, and D at N(0, 1/C). They are no part of a
/// matrix, so they cannot be merged as low-rank ones can.
/// </summary>
/// <param name="width">Width of the bottleneck; 8 to 256 in the paper.</param>
/// <param name="activation">f: gelu, relu or silu.</param>
/// <param name="afterAttention">Whether there is one behind attention; without, they are those of Pfeiffer 2021.</param>
public sealed record BottleneckOptions([Range(1, 65536)] int width = 64, BottleneckActivation activation = BottleneckActivation.Gelu, bool afterAttention = true);
