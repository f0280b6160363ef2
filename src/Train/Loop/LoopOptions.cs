namespace DataPipeline.Train;

/// <summary>How often a run does what, whatever it trains on.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="EvalInterval">Steps between validations; 0 validates at the start and end only.</param>
/// <param name="CheckpointInterval">Steps between checkpoints; 0 saves at the end only.</param>
/// <param name="KeepCheckpoints">Newest checkpoints kept.</param>
/// <param name="TorchThreads">Threads of one torch operator.</param>
/// <param name="Seed">Seed of what is drawn while training, as dropout.</param>
public sealed record LoopOptions(int Steps, int EvalInterval, int CheckpointInterval, int KeepCheckpoints, int TorchThreads, ulong Seed);

/// <summary>How a training run ended.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="Finished">False when it was cancelled: the checkpoint goes on from there.</param>
/// <param name="Checkpoint">Folder of the last checkpoint.</param>
/// <param name="FirstLoss">Loss of the first step of this process, NaN when it took none.</param>
/// <param name="LastLoss">Loss of the last step of this process, NaN when it took none.</param>
public sealed record TrainResult(int Steps, bool Finished, string Checkpoint, double FirstLoss, double LastLoss);
