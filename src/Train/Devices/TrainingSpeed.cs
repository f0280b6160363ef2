using System.Diagnostics;
using DataPipeline.Tokens.Scaling;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>How fast a device trains a model.</summary>
/// <param name="Device">The device, with its name where it is a card.</param>
/// <param name="Torch">Version of libtorch.</param>
/// <param name="Parameters">Weights of the model.</param>
/// <param name="TokensPerStep">Tokens of a step.</param>
/// <param name="Steps">Steps timed.</param>
/// <param name="SecondsPerStep">Mean wall time of a step.</param>
/// <param name="TokensPerSecond">Tokens a second.</param>
/// <param name="FlopsPerToken">FLOPs of a token (<see cref="ModelFlops"/>).</param>
/// <param name="Peak">Dense 16-bit FLOPs a second of the card, or null where they are not known.</param>
/// <param name="Utilisation">Model FLOPs utilisation: the share of that peak.</param>
/// <param name="Loss">Loss of the last step.</param>
public sealed record TrainingSpeed(
    string Device, string Torch, long Parameters, long TokensPerStep, int Steps, double SecondsPerStep, double TokensPerSecond, double FlopsPerToken, double? Peak, double? Utilisation, double Loss)
{
    /// <summary>Trains a model for some steps on made-up text, the first of them not timed. Data is at hand, so nothing waits for it.</summary>
    /// <param name="options">The model.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="batch">Rows of a step.</param>
    /// <param name="steps">Steps to time.</param>
    /// <param name="warmup">Steps before them.</param>
    /// <param name="precision">Type of matrix products.</param>
    /// <param name="device">Where.</param>
    /// <param name="threads">Threads of one torch operator.</param>
    public static TrainingSpeed Measure(ModelOptions options, int vocabulary, int batch, int steps, int warmup, Precision precision, Device device, int threads)
    {
        string folder = Directory.CreateTempSubdirectory("training-speed-").FullName;
        try
        {
            using LanguageModel model = options.Make(vocabulary, seed: 1, device: device);
            long started = Stopwatch.GetTimestamp();
            TimeSpan taken = default;
            using var trainer = new Pretrainer(model, new CountingBatches(batch, options.context + 1, vocabulary), null,
                new PretrainOptions(steps: warmup + steps, evalInterval: 0, checkpointInterval: 0, precision: precision, torchThreads: threads), new OptimizerOptions(learningRate: 6e-4, warmupSteps: 10), folder)
            {
                Stepped = report =>
                {
                    if (report.Step != warmup && report.Step != warmup + steps) return;
                    // What was asked of a card may not be done yet.
                    if (device.Type == DeviceType.CUDA) torch.cuda.synchronize();
                    if (report.Step == warmup) started = Stopwatch.GetTimestamp();
                    else taken = Stopwatch.GetElapsedTime(started);
                },
            };
            double loss = trainer.Run().LastLoss;
            long tokens = (long)batch * options.context;
            double perSecond = tokens * steps / taken.TotalSeconds, flops = ModelFlops.PerToken(model, options.context);
            string name = device.Type == DeviceType.CUDA ? $" ({torch.cuda.get_device_name(device)})" : "";
            double? peak = TrainingProgress.GpuOf(device)?.PeakFlops;
            return new TrainingSpeed($"{device}{name}", torch.version, model.Parameters, tokens, steps, taken.TotalSeconds / steps, perSecond, flops, peak, perSecond * flops / peak, loss);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
