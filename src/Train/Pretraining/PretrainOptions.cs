using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>Type of the matrix products in training; weights, moments and sums stay float32.</summary>
public enum Precision
{
    /// <summary>32-bit float.</summary>
    Float32,
    /// <summary>bfloat16 by autocast: 1.5 times as fast at width 128 and 2.5 at 512 on a CPU with AVX512-BF16, but half as fast on one without.</summary>
    Bfloat16,
    /// <summary>float16 by autocast, with a loss scale that follows the gradients (Micikevicius 2018); libtorch 1.13 computes it on a card alone.</summary>
    Float16,
}

/// <summary>One pretraining run.</summary>
/// <param name="steps">Optimizer steps; 0 is as many as the mix has samples for.</param>
/// <param name="accumulate">Batches of the source in one step; the gradient is that of one large batch, weighted by tokens.</param>
/// <param name="evalInterval">Steps between validations; 0 validates at the end only.</param>
/// <param name="checkpointInterval">Steps between checkpoints; 0 saves at the end only.</param>
/// <param name="keepCheckpoints">Newest checkpoints kept.</param>
/// <param name="precision">Type of matrix products: float32, bfloat16, or float16 with a loss scale.</param>
/// <param name="torchThreads">Threads of one torch operator. The bits of a model depend on it, so it never follows the machine or --threads.</param>
/// <param name="seed">Seed of what is drawn while training, as dropout, within the run's seed; a model's weights take theirs where it is made.</param>
/// <param name="device">cpu, cuda, cuda:N, or auto for a card where libtorch reports one.</param>
/// <param name="keepBest">Whether the run gives the model of the lowest validation loss and not the last one.</param>
/// <param name="averageDecay">Decay of a moving average of the weights (0.99 to 0.9999), which is then what is validated and given; 0 takes none.</param>
/// <param name="onDivergence">stop, or skip steps whose loss or gradient is not finite or is a spike: the weights stay as they are, and the step is counted.</param>
/// <param name="spikeFactor">A loss of this many times its moving average is a spike; 0 lets every finite loss pass.</param>
/// <param name="labelSmoothing">Share of the target's probability spread over all tokens (Szegedy 2016); validation is without.</param>
/// <param name="zLoss">Weight of the mean squared log of the softmax's sum (Chowdhery 2022, 1e-4), which keeps logits from drifting; 0 is none.</param>
/// <param name="checkpointActivations">Blocks in a group whose activations are computed again in the backward pass instead of kept (Chen 2016): a third more time for less memory, the same bits. 1 is every block, 0 keeps all.</param>
public sealed record PretrainOptions(
    [Range(0, int.MaxValue)] int steps = 0,
    [Range(1, 1 << 20)] int accumulate = 1,
    [Range(0, int.MaxValue)] int evalInterval = 100,
    [Range(0, int.MaxValue)] int checkpointInterval = 200,
    [Range(1, 1000)] int keepCheckpoints = 2,
    Precision precision = Precision.Float32,
    [Range(1, 1024)] int torchThreads = 1,
    ulong seed = 1,
    string device = "auto",
    bool keepBest = false,
    [Range(0.0, 0.999999)] double averageDecay = 0,
    OnDivergence onDivergence = OnDivergence.Stop,
    [Range(0.0, 1e6)] double spikeFactor = 0,
    [Range(0.0, 0.99)] double labelSmoothing = 0,
    [Range(0.0, 1.0)] double zLoss = 0,
    [Range(0, 1000)] int checkpointActivations = 0);
