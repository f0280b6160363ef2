using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

public sealed class DpoTrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dpo").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Llama Model() => new(new LlamaOptions(layers: 1, heads: 2, width: 32, context: 24), 32, seed: 5);

    // Chosen answers are of the upper half of the ids, rejected ones of the lower: a rule that carries over to pairs not seen.
    private static PreferencePair[] Pairs(int from, int count) => [.. Enumerable.Range(from, count).Select(i =>
    {
        int Id(int place) => 2 + (i * 5 + place * 3) % 14;
        return new PreferencePair([1, Id(0)], [14 + Id(1), 14 + Id(2), 0], [Id(3), Id(4), Id(5), 0]);
    })];

    [TorchFact]
    public void Run_RuleInThePairs_HeldOutMarginAndAccuracyGrow()
    {
        using Llama model = Model();
        var evaluations = new List<DpoEvaluationReport>();
        using var trainer = new DpoTrainer(model, Pairs(0, 16), Pairs(16, 4), new DpoOptions(steps: 30, batch: 8, evalInterval: 10), new OptimizerOptions(learningRate: 1e-2, warmupSteps: 2), folder) { Evaluated = evaluations.Add };

        TrainResult result = trainer.Run();

        Assert.Equal([0, 10, 20, 30], evaluations.Select(e => e.Step));
        Near.Absolute(0, evaluations[0].HeldOut.Margin, 1e-5, "margin before training");
        Near.Absolute(Math.Log(2), evaluations[0].HeldOut.Loss, 1e-5, "loss before training");
        Assert.True(evaluations[3].HeldOut.Margin > 0.2, $"margin {evaluations[3].HeldOut.Margin}");
        Assert.Equal(1.0, evaluations[3].HeldOut.Accuracy);
        Assert.True(result.LastLoss < result.FirstLoss);
    }

    [TorchFact]
    public void Resume_Stopped_GivesTheBytesOfAnUninterruptedRun()
    {
        byte[] Train(string name, params int[] stops)
        {
            string checkpoint = "";
            foreach (int stopAt in stops)
            {
                using var stop = new CancellationTokenSource();
                using Llama model = Model();
                using var trainer = new DpoTrainer(model, Pairs(0, 10), Pairs(10, 3), new DpoOptions(steps: 9, batch: 4), new OptimizerOptions(learningRate: 1e-3), Path.Combine(folder, name))
                {
                    Stepped = r =>
                    {
                        if (r.Step == stopAt) stop.Cancel();
                    },
                };
                trainer.Resume();
                checkpoint = trainer.Run(stop.Token).Checkpoint;
            }
            return File.ReadAllBytes(Path.Combine(checkpoint, "model.safetensors"));
        }

        Assert.Equal(Train("whole", 9), Train("parts", 2, 5, 9));
    }

    [TorchFact]
    public void PairBatch_LongerThanTheContext_KeepsTheAnswer()
    {
        using var scope = torch.NewDisposeScope();
        PairBatch batch = PairBatch.Of([new PreferencePair([1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11, 12])], context: 4, torch.CPU);

        Assert.Equal([2L, 3, 4, 5, 4, 7, 8, 9], Shifted(batch.Inputs_BT));
        Assert.Equal([-100L, -100, 5, 6, 7, 8, 9, 10], batch.Targets_BT.ToArray<long>());
        Assert.Equal([2f], batch.ChosenLength.ToArray<float>());
        Assert.Equal([4f], batch.RejectedLength.ToArray<float>());

        static long[] Shifted(Tensor inputs) => inputs.ToArray<long>();
    }

    [TorchFact]
    public void Constructor_NoPairs_SaysWhereToLook()
    {
        using Llama model = Model();
        InputException error = Assert.Throws<InputException>(() => new DpoTrainer(model, [], [], new DpoOptions(), new OptimizerOptions(), folder));
        Assert.Contains("no preference pairs", error.Message);
    }
}
