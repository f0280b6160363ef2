using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>One DPO run.</summary>
/// <param name="steps">Optimizer steps.</param>
/// <param name="batch">Pairs in a step.</param>
/// <param name="loss">Which loss of the family.</param>
/// <param name="beta">How far the policy may leave the reference: larger stays closer (0.1 in Rafailov 2023; SimPO takes 2).</param>
/// <param name="labelSmoothing">Share of pairs thought to be labelled the wrong way round.</param>
/// <param name="gamma">Margin of SimPO.</param>
/// <param name="evalInterval">Steps between validations on the held-out pairs; 0 validates at the start and end only.</param>
/// <param name="checkpointInterval">Steps between checkpoints; 0 saves at the end only.</param>
/// <param name="keepCheckpoints">Newest checkpoints kept.</param>
/// <param name="precision">Type of matrix products.</param>
/// <param name="torchThreads">Threads of one torch operator; see pretraining.</param>
/// <param name="seed">Seed of the order of pairs and of what is drawn while training, within the run's seed.</param>
/// <param name="device">cpu, cuda, cuda:N, or auto for a card where libtorch reports one.</param>
/// <param name="checkpointActivations">Blocks in a group whose activations are computed again in the backward pass; see pretraining.</param>
public sealed record DpoOptions(
    [Range(1, int.MaxValue)] int steps = 100,
    [Range(1, 1 << 16)] int batch = 8,
    PreferenceLossKind loss = PreferenceLossKind.Sigmoid,
    [Range(1e-6, 1e3)] double beta = 0.1,
    [Range(0.0, 0.49)] double labelSmoothing = 0,
    [Range(0.0, 100.0)] double gamma = 0.5,
    [Range(0, int.MaxValue)] int evalInterval = 20,
    [Range(0, int.MaxValue)] int checkpointInterval = 0,
    [Range(1, 1000)] int keepCheckpoints = 1,
    Precision precision = Precision.Float32,
    [Range(1, 1024)] int torchThreads = 1,
    ulong seed = 1,
    string device = "auto",
    [Range(0, 1000)] int checkpointActivations = 0);

/// <summary>What pairs say about the policy.</summary>
/// <param name="Loss">Mean loss.</param>
/// <param name="Margin">Mean of the chosen reward less the rejected one; it grows as the policy learns the preference.</param>
/// <param name="Accuracy">Share of pairs whose chosen reward is the greater; a tie, as before the first step, counts half.</param>
/// <param name="ChosenReward">Mean implicit reward of the chosen answers.</param>
/// <param name="RejectedReward">Mean implicit reward of the rejected answers.</param>
public sealed record PreferenceMetrics(double Loss, double Margin, double Accuracy, double ChosenReward, double RejectedReward);

/// <summary>One DPO step done.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Train">Over the pairs of the step, before it.</param>
/// <param name="LearningRate">Learning rate used.</param>
/// <param name="GradientNorm">Norm of the gradient before clipping.</param>
/// <param name="PairsPerSecond">For people, never for outputs.</param>
public sealed record DpoStepReport(int Step, int Steps, PreferenceMetrics Train, double LearningRate, double GradientNorm, double PairsPerSecond);

/// <summary>One validation on held-out pairs.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="HeldOut">Over all held-out pairs.</param>
public sealed record DpoEvaluationReport(int Step, PreferenceMetrics HeldOut);
