namespace DataPipeline.Train;

/// <summary>What to do with a step whose loss or gradient is not finite, or whose loss is a spike.</summary>
public enum OnDivergence
{
    /// <summary>End the run; the message names the documents of the step.</summary>
    Stop,
    /// <summary>Leave the weights as they are and go on with the next step; skipped steps are counted.</summary>
    Skip,
}

/// <summary>How often a run does what, whatever it trains on.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="EvalInterval">Steps between validations; 0 validates at the start and end only.</param>
/// <param name="CheckpointInterval">Steps between checkpoints; 0 saves at the end only.</param>
/// <param name="KeepCheckpoints">Newest checkpoints kept.</param>
/// <param name="TorchThreads">Threads of one torch operator.</param>
/// <param name="Seed">Seed of what is drawn while training, as dropout.</param>
/// <param name="KeepBest">Whether the model of the lowest validation loss is kept, and is the result of the run.</param>
/// <param name="AverageDecay">Decay of the moving average of weights, which is then what is validated and kept; 0 takes no average.</param>
/// <param name="OnDivergence">What to do with a step that diverges.</param>
/// <param name="SpikeFactor">A loss of this many times its moving average diverges; 0 lets every finite loss pass.</param>
/// <param name="ScaleLoss">Whether the loss is scaled so that gradients fit into float16, and steps that overflow are left out.</param>
public sealed record LoopOptions(
    int Steps, int EvalInterval, int CheckpointInterval, int KeepCheckpoints, int TorchThreads, ulong Seed,
    bool KeepBest = false, double AverageDecay = 0, OnDivergence OnDivergence = OnDivergence.Stop, double SpikeFactor = 0, bool ScaleLoss = false);

/// <summary>How a training run ended.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="Finished">False when it was cancelled: the checkpoint goes on from there.</param>
/// <param name="Checkpoint">Folder of the last checkpoint.</param>
/// <param name="Model">Folder with the model that the run gives: that of the lowest validation loss where it is kept, else of the last checkpoint.</param>
/// <param name="FirstLoss">Loss of the first step of this process, NaN when it took none.</param>
/// <param name="LastLoss">Loss of the last step of this process, NaN when it took none.</param>
public sealed record TrainResult(int Steps, bool Finished, string Checkpoint, string Model, double FirstLoss, double LastLoss);
