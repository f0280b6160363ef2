using System.Runtime.InteropServices;
using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>Our trainer beside PyTorch: the same weights, batches and settings, by a program written for python3-torch (tests/oracles/train_twin.py).</summary>
public sealed class PyTorchTwinTests : IDisposable
{
    private const int Vocabulary = 61, Rows = 4, Columns = 33;
    private readonly string folder = Directory.CreateTempSubdirectory("twin").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [TwinTheory]
    [InlineData("gpt2", 200, false)]
    [InlineData("llama", 200, false)]
    [InlineData("gpt2", 60, true)]
    [InlineData("llama", 60, true)]
    public void Run_ManySteps_LossesOfPyTorch(string family, int steps, bool bottleneck)
    {
        using LanguageModel model = family == "gpt2"
            ? new Gpt2(new Gpt2Options(layers: 2, heads: 4, width: 32, context: 32), Vocabulary, seed: 5)
            : new Llama(new LlamaOptions(layers: 2, heads: 4, kvHeads: 2, width: 32, context: 32), Vocabulary, seed: 5);
        if (bottleneck)
        {
            // Behind layers that compute nothing yet, adapters have nothing to adapt.
            using (var before = new Pretrainer(model, new CountingSource(Rows, Columns, Vocabulary), null, new PretrainOptions(steps: 60), new OptimizerOptions(learningRate: 3e-3, warmupSteps: 10), Path.Combine(folder, "before")))
                before.Run();
            Bottleneck.Attach(model, new BottleneckOptions(width: 16, afterAttention: family == "gpt2"));
        }
        var options = new OptimizerOptions(learningRate: bottleneck ? 3e-2 : 3e-3, minLearningRate: 3e-4, warmupSteps: 20, weightDecay: 0.1, clipNorm: 1);
        double unadapted = Validation(model);
        string shared = Path.Combine(folder, "shared");
        Checkpoint.SaveModel(shared, model);
        var source = new CountingSource(Rows, Columns, Vocabulary);
        using (FileStream batches = File.Create(Path.Combine(shared, "batches.bin")))
        {
            for (int step = 0; step < steps; step++) batches.Write(MemoryMarshal.AsBytes<long>(Array.ConvertAll(source.Batch((ulong)step).Tokens, id => (long)id)));
        }
        File.WriteAllText(Path.Combine(shared, "run.json"), JsonSerializer.Serialize(new
        {
            steps, rows = Rows, columns = Columns, learning_rate = options.learningRate, least = options.minLearningRate, warmup = options.warmupSteps, options.beta1, options.beta2,
            options.eps, weight_decay = options.weightDecay, clip_norm = options.clipNorm,
        }));
        var losses = new List<double>();
        using var trainer = new Pretrainer(model, source, null, new PretrainOptions(steps: steps), options, Path.Combine(folder, "run")) { Stepped = report => losses.Add(report.Loss) };
        trainer.Run();

        double[] expected = JsonSerializer.Deserialize<double[]>(DebianPython.Run("", DebianPython.Oracle("train_twin.py"), shared))!;

        Assert.True(bottleneck || expected[^1] < expected[0] / 3, "the twin learns");
        Assert.True(!bottleneck || Validation(model) < unadapted - 0.003, $"the adapters learn: {unadapted} to {Validation(model)}");
        for (int step = 0; step < steps; step++) Near.Absolute(expected[step], losses[step], 1e-5, $"step {step}");
    }

    private static double Validation(LanguageModel model) => Evaluator.Evaluate(model, [new CountingSource(Rows, Columns, Vocabulary).Batch(900)]).Loss;

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class TwinTheoryAttribute : TheoryAttribute
    {
        public TwinTheoryAttribute() => Skip = Missing.Torch ?? DebianPython.Missing("torch");
    }
}
