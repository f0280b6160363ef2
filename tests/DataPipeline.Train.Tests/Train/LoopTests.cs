using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>What the loop does around its steps: the best model, the average of weights, steps that diverge.</summary>
public sealed class LoopTests : IDisposable
{
    private const int Vocabulary = 32;
    private static readonly OptimizerOptions optimizer = new(learningRate: 1e-2, warmupSteps: 2);
    private readonly string folder = Directory.CreateTempSubdirectory("loop").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Llama Model() => new(new LlamaOptions(layers: 1, heads: 2, width: 16, context: 16), Vocabulary, seed: 3);

    private static CountingSource Source() => new(4, 17, Vocabulary);

    private static double[] Weights(LanguageModel model) => [.. model.Weights.SelectMany(w => w.Value.Values())];

    private static double[] Weights(string checkpoint)
    {
        using LanguageModel model = Checkpoint.LoadModel(checkpoint);
        return Weights(model);
    }

    [TorchFact]
    public void Run_KeepBest_GivesTheModelOfTheLowestValidationLoss()
    {
        using LanguageModel model = Model();
        int evaluation = 0;
        double[] before = Weights(model), best = [];
        // The validation text turns into another one, so that the loss of the later evaluations is worse.
        IEnumerable<TokenBatch> Validation() => evaluation++ < 3 ? [Source().Batch(900)] : [new TokenBatch([.. Enumerable.Range(0, 17).Select(i => i * i % Vocabulary)], 1, [0])];
        var losses = new List<double>();
        using var trainer = new Pretrainer(model, Source(), Validation, new PretrainOptions(steps: 40, evalInterval: 10, keepBest: true), optimizer, folder)
        {
            Evaluated = report =>
            {
                losses.Add(report.Loss);
                if (report.Step == 20) best = Weights(model);
            },
        };

        TrainResult result = trainer.Run();

        Assert.Equal(losses[2], losses.Min());
        Assert.NotEqual(result.Checkpoint, result.Model);
        Assert.Equal(best, Weights(result.Model));
        Assert.NotEqual(before, best);
        Assert.NotEqual(Weights(result.Checkpoint), Weights(result.Model));
    }

    [TorchFact]
    public void Run_AverageDecay_ValidatesAndGivesTheAverageAndGoesOnFromTheWeights()
    {
        const int Steps = 6;
        const double Decay = 0.5;
        double[][] Train(double decay, string name, out TrainResult result, out double validation)
        {
            var weights = new List<double[]>();
            using LanguageModel model = Model();
            using var trainer = new Pretrainer(model, Source(), () => [Source().Batch(900)], new PretrainOptions(steps: Steps, averageDecay: decay), optimizer, Path.Combine(folder, name))
            {
                Stepped = _ => weights.Add(Weights(model)),
            };
            weights.Add(Weights(model));
            result = trainer.Run();
            validation = trainer.Evaluation!.Loss;
            return [.. weights];
        }
        double[][] plain = Train(0, "plain", out _, out double lastLoss), averaged = Train(Decay, "averaged", out TrainResult result, out double averageLoss);

        double[] expected = plain[0];
        for (int step = 1; step <= Steps; step++)
        {
            double keep = Math.Min(Decay, (1.0 + step) / (10 + step));
            expected = [.. expected.Zip(plain[step], (average, weight) => average * keep + weight * (1 - keep))];
        }
        for (int step = 0; step <= Steps; step++) Assert.Equal(plain[step], averaged[step]);
        Near.Absolute(expected, Weights(result.Checkpoint), 1e-6, "average");
        Assert.NotEqual(lastLoss, averageLoss);
        using LanguageModel model = Checkpoint.LoadModel(result.Checkpoint);
        Assert.Equal(Evaluator.Evaluate(model, [Source().Batch(900)]).Loss, averageLoss);
    }

    [TorchFact]
    public void Resume_WithAverageBestAndSkippedSteps_GivesTheBytesOfAnUninterruptedRun()
    {
        var options = new PretrainOptions(steps: 36, evalInterval: 12, checkpointInterval: 12, averageDecay: 0.9, keepBest: true, onDivergence: OnDivergence.Skip, spikeFactor: 1.5);
        void Train(string name, params int[] stops)
        {
            foreach (int stopAt in stops)
            {
                using var stop = new CancellationTokenSource();
                using LanguageModel model = Model();
                using var trainer = new Pretrainer(model, new Spoiled(Source(), 30), () => [Source().Batch(900)], options, optimizer, Path.Combine(folder, name))
                {
                    Stepped = r =>
                    {
                        if (r.Step == stopAt) stop.Cancel();
                    },
                };
                trainer.Resume();
                trainer.Run(stop.Token);
                if (stopAt == 36) Assert.Equal(1, trainer.Skipped);
            }
        }
        Train("whole", 36);
        Train("parts", 7, 20, 36);

        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, "whole"), "*", SearchOption.AllDirectories))
        {
            if (file.Contains("step-00000036") || file.Contains("best"))
                Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(file.Replace("whole", "parts"))), $"{file} differs after resuming");
        }
        Assert.True(File.Exists(Path.Combine(folder, "whole", "step-00000036", "last.safetensors")));
    }

    [TorchTheory]
    [InlineData(OnDivergence.Stop)]
    [InlineData(OnDivergence.Skip)]
    public void Run_LossSpike_StopsWithTheOriginOrLeavesTheWeights(OnDivergence policy)
    {
        using LanguageModel model = Model();
        var after = new List<double[]>();
        var options = new PretrainOptions(steps: 36, onDivergence: policy, spikeFactor: 1.5);
        using var trainer = new Pretrainer(model, new Spoiled(Source(), 30), null, options, optimizer, folder) { Stepped = _ => after.Add(Weights(model)) };

        if (policy == OnDivergence.Stop)
        {
            InputException error = Assert.Throws<InputException>(() => trainer.Run());
            Assert.Contains("diverged at step 31 of 36", error.Message);
            Assert.Contains("times the average", error.Message);
            Assert.Contains("computed from the spoiled batch", error.Message);
            return;
        }
        trainer.Run();
        Assert.Equal(1, trainer.Skipped);
        Assert.Equal(after[29], after[30]);
        Assert.NotEqual(after[30], after[31]);
        using JsonDocument state = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Checkpoint.Latest(folder)!, "trainer.json")));
        Assert.Equal(1, state.RootElement.GetProperty("skipped").GetInt32());
    }

    [Theory]
    [InlineData(double.NaN, 1, "the loss is NaN")]
    [InlineData(1, double.PositiveInfinity, "the norm of its gradient")]
    [InlineData(3.1, 1, "3.1 times the average")]
    [InlineData(2.9, 1, null)]
    public void Judge_AfterSteadyLosses_FindsWhatIsWrong(double loss, double norm, string? expected)
    {
        var guard = new SpikeGuard(3);
        for (int i = 0; i < 10; i++) Assert.Null(guard.Judge(1, 1));
        string? found = guard.Judge(loss, norm);
        if (expected is null) Assert.Null(found);
        else Assert.Contains(expected, found);
        if (expected is not null) Assert.Equal(1, guard.Average!.Value, 12);
    }

    // Counting text but for one batch of one token over and over: the model has learnt that the next one differs.
    private sealed class Spoiled(CountingSource source, int at) : BatchSource
    {
        private int next;

        public override TokenBatch Next()
        {
            TokenBatch batch = source.Next();
            return next++ == at ? batch with { Tokens = [.. batch.Tokens.Select((_, i) => i * i * 7 % Vocabulary)] } : batch;
        }

        public override string Origin(int batches) => "the spoiled batch";

        public override byte[] SavePosition() => [.. source.SavePosition(), (byte)next];

        public override void RestorePosition(byte[] position)
        {
            source.RestorePosition(position[..^1]);
            next = position[^1];
        }
    }
}
