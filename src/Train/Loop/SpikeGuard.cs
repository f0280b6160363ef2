namespace DataPipeline.Train;

/// <summary>Tells losses that jump from losses that fall: a spike is a loss of some multiple of the moving average of the losses before it.</summary>
/// <param name="factor">The multiple; 0 finds no spikes.</param>
internal sealed class SpikeGuard(double factor)
{
    // About the last ten steps: a longer memory would still hold the high losses of the start.
    private const double Decay = 0.9;

    /// <summary>The moving average, or null before the first step.</summary>
    internal double? Average { get; set; }

    /// <summary>What is wrong with a loss and the norm of its gradient, or null; a loss with nothing wrong is taken into the average.</summary>
    internal string? Judge(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss)) return $"the loss is {loss}";
        if (!double.IsFinite(gradientNorm)) return $"the loss is {loss} and the norm of its gradient {gradientNorm}";
        if (factor > 0 && Average is { } average && loss > factor * average) return $"the loss is {loss:G6}, {loss / average:F1} times the average of the steps before it";
        Average = Average is { } before ? before * Decay + loss * (1 - Decay) : loss;
        return null;
    }
}
