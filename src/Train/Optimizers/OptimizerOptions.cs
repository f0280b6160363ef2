using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>The optimizer and its learning rate over the run.</summary>
/// <param name="learningRate">Highest learning rate, reached when warm-up ends.</param>
/// <param name="minLearningRate">Learning rate at the end of the decay.</param>
/// <param name="warmupSteps">Steps of linear warm-up.</param>
/// <param name="decaySteps">Step at which the decay ends, counted from the start; 0 is the length of the run.</param>
/// <param name="schedule">Shape after warm-up: cosine, linear, constant, wsd (constant, then down over the last part) or inverse_sqrt.</param>
/// <param name="wsdShare">Part of the run over which wsd goes down.</param>
/// <param name="wsdShape">How wsd goes down: linear, sqrt (1 - sqrt(progress), steep at first) or cosine.</param>
/// <param name="warmup">The form of warm-up at step i of w, which projects differ in: above_zero (i+1)/(w+1) as nanoGPT, from_one (i+1)/w as torchtitan, from_zero i/w as Hugging Face.</param>
/// <param name="beta1">Decay of the gradient mean (Kingma 2015).</param>
/// <param name="beta2">Decay of the squared gradient mean; of the one mean of lion, where 0.99 is usual.</param>
/// <param name="eps">Added to the denominator.</param>
/// <param name="weightDecay">Decay of tensors with 2 or more dimensions, decoupled (Loshchilov 2019) but for adam and sgd; norms and biases are left alone.</param>
/// <param name="clipNorm">Largest norm of the whole gradient; 0 does not clip.</param>
/// <param name="kind">adam_w, adam, sgd, lion or muon.</param>
/// <param name="embeddingLearningRate">Highest rate of embeddings, whose rows see few tokens each; 0 is learning_rate.</param>
/// <param name="momentum">Momentum of sgd.</param>
/// <param name="nesterov">Whether sgd looks ahead.</param>
/// <param name="muonLearningRate">Rate of muon for matrices inside blocks where the schedule is at its highest; learning_rate is for all other weights.</param>
/// <param name="muonMomentum">Momentum of muon.</param>
public sealed record OptimizerOptions(
    [Range(1e-12, 100.0)] double learningRate = 1e-3,
    [Range(0.0, 100.0)] double minLearningRate = 1e-4,
    [Range(0, int.MaxValue)] int warmupSteps = 100,
    [Range(0, int.MaxValue)] int decaySteps = 0,
    ScheduleShape schedule = ScheduleShape.Cosine,
    [Range(0.0, 1.0)] double wsdShare = 0.2,
    DecayShape wsdShape = DecayShape.Linear,
    WarmupForm warmup = WarmupForm.AboveZero,
    [Range(0.0, 1.0)] double beta1 = 0.9,
    [Range(0.0, 1.0)] double beta2 = 0.95,
    [Range(0.0, 1.0)] double eps = 1e-8,
    [Range(0.0, 10.0)] double weightDecay = 0.1,
    [Range(0.0, 1e9)] double clipNorm = 1.0,
    OptimizerKind kind = OptimizerKind.AdamW,
    [Range(0.0, 100.0)] double embeddingLearningRate = 0,
    [Range(0.0, 1.0)] double momentum = 0.9,
    bool nesterov = false,
    [Range(0.0, 100.0)] double muonLearningRate = 0.02,
    [Range(0.0, 1.0)] double muonMomentum = 0.95);
