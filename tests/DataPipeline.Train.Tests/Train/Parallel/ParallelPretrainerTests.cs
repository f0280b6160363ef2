using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>Ranks that share a step against one process that takes all of it. Float64, so that a wrong weight shows and rounding does not.</summary>
public sealed class ParallelPretrainerTests : IDisposable
{
    private const int Vocabulary = 32, Rows = 6, Steps = 8;
    private readonly string folder = Directory.CreateTempSubdirectory("parallel").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static readonly Lock oneGenerator = new();

    private static Llama Model(int experts, ScalarType type = ScalarType.Float64)
    {
        // Weights are drawn from the process's generator, which threads would disturb.
        lock (oneGenerator) return new(new LlamaOptions(layers: 2, heads: 2, kvHeads: 1, width: 16, context: 16, experts: experts > 0 ? new ExpertOptions(experts, 2, balanceWeight: 0.1, routerZWeight: 0.01) : null), Vocabulary, seed: 3, type);
    }

    private static OptimizerOptions Optimizer(OptimizerKind kind = OptimizerKind.AdamW) => new(learningRate: 1e-2, minLearningRate: 1e-3, warmupSteps: 3, kind: kind, clipNorm: 0.3);

    private sealed record Outcome(double[] Losses, double[] Norms, double[] Auxiliary, double[] Validation, double[][] Weights, TrainResult Result, IReadOnlyList<(long Batch, int First, int Rows)> Given);

    private Outcome[] Train(string name, int ranks, PretrainOptions options, OptimizerOptions optimizer, int experts = 0, int zero = 0, int? stopAt = null, long? spoiledStep = null, ScalarType type = ScalarType.Float64) =>
        ThreadRanks.Run(ranks, zero, rank =>
        {
            using LanguageModel model = Model(experts, type);
            // Weights of a rank that started from others must not matter.
            if (rank.Rank > 0) using (torch.no_grad()) foreach (Weight weight in model.Weights) weight.Value.zero_();
            var source = new SharedSource(Rows, 17, Vocabulary, new StepShare(options.accumulate, rank.Rank, rank.Count), spoiledStep);
            var held = new SharedSource(Rows, 17, Vocabulary, new StepShare(1));
            var steps = new List<StepReport>();
            var evaluations = new List<EvaluationReport>();
            using var stop = new CancellationTokenSource();
            using var trainer = new Pretrainer(model, source, () => [held.Padded(900), held.Padded(901), held.Padded(902)], options, optimizer, Path.Combine(folder, name), rank)
            {
                Stepped = report =>
                {
                    steps.Add(report);
                    // One rank alone is asked to stop; all have to.
                    if (report.Step == stopAt && rank.Rank == rank.Count - 1) stop.Cancel();
                },
                Evaluated = evaluations.Add,
            };
            trainer.Resume();
            TrainResult result = trainer.Run(stop.Token);
            return new Outcome([.. steps.Select(s => s.Loss)], [.. steps.Select(s => s.GradientNorm)], [.. steps.SelectMany(s => s.Auxiliary.Values)],
                [.. evaluations.SelectMany(e => e.BySource.Select(s => s.Loss).Append(e.Loss))], [.. model.Weights.Select(w => w.Value.Values())], result, source.Given);
        });

    [TorchTheory]
    [InlineData(2, 1, 0)]
    [InlineData(4, 1, 0)]
    [InlineData(2, 4, 0)]
    [InlineData(3, 2, 4)]
    [InlineData(2, 4, 4)]
    // More experts than a step has tokens to choose them: some have no gradient.
    [InlineData(2, 1, 48)]
    public void Run_SeveralRanks_EqualsOneProcess(int ranks, int accumulate, int experts)
    {
        var options = new PretrainOptions(steps: Steps, accumulate: accumulate, evalInterval: 4, keepBest: true, averageDecay: 0.9, zLoss: 1e-3, labelSmoothing: 0.1);
        Outcome one = Train("one", 1, options, Optimizer(), experts).Single();
        Outcome[] all = Train("several", ranks, options, Optimizer(), experts);

        Assert.Equal(experts > 0 ? 2 * Steps : 0, one.Auxiliary.Length);
        foreach (Outcome rank in all)
        {
            Near.Absolute(one.Losses, rank.Losses, 1e-11, "loss");
            Near.Absolute(one.Norms, rank.Norms, 1e-11, "norm");
            Near.Absolute(one.Auxiliary, rank.Auxiliary, 1e-11, "auxiliary");
            Near.Absolute(one.Validation, rank.Validation, 1e-11, "validation");
            for (int i = 0; i < one.Weights.Length; i++) Near.Absolute(one.Weights[i], rank.Weights[i], 1e-10, $"weight {i}");
            Assert.Equal(all[0].Weights, rank.Weights);
        }
        // The gradient was clipped in some steps and left in others, or clipping was not tested.
        Assert.Contains(one.Norms, norm => norm > 0.3);
        Assert.Equal(Directory.GetDirectories(Path.Combine(folder, "one")).Select(Path.GetFileName).Order(), Directory.GetDirectories(Path.Combine(folder, "several")).Select(Path.GetFileName).Order());
    }

    [TorchTheory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Lion)]
    [InlineData(OptimizerKind.Muon)]
    public void Run_ShardedMoments_GivesTheBytesOfWholeOnes(OptimizerKind kind)
    {
        var options = new PretrainOptions(steps: 4, checkpointInterval: 2, keepCheckpoints: 9);
        Train("whole", 3, options, Optimizer(kind), type: ScalarType.Float32);
        Train("sharded", 3, options, Optimizer(kind), zero: 1, type: ScalarType.Float32);
        // Half of the way in each mode, in both orders.
        Train("first", 3, options, Optimizer(kind), zero: 1, stopAt: 2, type: ScalarType.Float32);
        Train("first", 3, options, Optimizer(kind), zero: 0, type: ScalarType.Float32);
        Train("second", 3, options, Optimizer(kind), zero: 0, stopAt: 2, type: ScalarType.Float32);
        Train("second", 3, options, Optimizer(kind), zero: 1, type: ScalarType.Float32);

        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, "whole"), "*", SearchOption.AllDirectories))
            foreach (string other in (string[])["sharded", "first", "second"])
                Assert.True(Content(file).SequenceEqual(Content(file.Replace("whole", other))), $"{file} differs in {other}");
    }

    // Threads draw from one generator in any order; nothing is computed from it here.
    private static string[] Content(string file) => file.EndsWith(".json", StringComparison.Ordinal)
        ? [.. File.ReadLines(file).Where(line => !line.Contains("\"cpu\""))] : [Convert.ToHexString(File.ReadAllBytes(file))];

    [TorchTheory]
    [InlineData(1, 2, 0, 1)]
    [InlineData(2, 1, 1, 0)]
    [InlineData(2, 3, 1, 1)]
    public void Resume_OtherNumberOfRanks_SeesTheRemainingSamples(int before, int after, int zeroBefore, int zeroAfter)
    {
        var options = new PretrainOptions(steps: Steps, accumulate: 2, checkpointInterval: 100);
        Outcome whole = Train("whole", 1, options, Optimizer()).Single();
        Outcome[] first = Train("parts", before, options, Optimizer(), zero: zeroBefore, stopAt: 5), second = Train("parts", after, options, Optimizer(), zero: zeroAfter);

        Assert.All(first, rank => Assert.Equal((5, false), (rank.Result.Steps, rank.Result.Finished)));
        foreach ((Outcome[] part, int from, int to) in ((Outcome[], int, int)[])[(first, 0, 5), (second, 5, Steps)])
        {
            Near.Absolute(whole.Losses.AsSpan(from, to - from), part[0].Losses, 1e-11, $"losses {from} to {to}");
            Assert.Equal(Samples([whole], from, to), Samples(part, from, to));
        }

        IEnumerable<long> Samples(Outcome[] ranks, int from, int to) => ranks.SelectMany(rank => rank.Given).SelectMany(part => Enumerable.Range(0, part.Rows).Select(row => part.Batch * Rows + part.First + row))
            .Where(sample => sample >= from * 2 * Rows && sample < to * 2 * Rows).Order();
    }

    [TorchFact]
    public void Run_SpikeInTheStepOfSeveralRanks_IsSkippedByAll()
    {
        var options = new PretrainOptions(steps: 30, onDivergence: OnDivergence.Skip, spikeFactor: 1.3);
        Outcome[] all = Train("spike", 2, options, Optimizer() with { clipNorm = 1 }, spoiledStep: 25);

        Assert.Contains("\"skipped\": 1", File.ReadAllText(Path.Combine(all[0].Result.Checkpoint, "trainer.json")));
        Assert.Equal(all[0].Weights, all[1].Weights);
    }

    [TorchFact]
    public void Run_DropoutInSeveralProcesses_DependsOnSeedStepAndRankAlone()
    {
        byte[] Draw(int step, int rank)
        {
            torch.manual_seed((ulong)(17 * step + rank));
            using Gpt2 model = new(new Gpt2Options(layers: 1, heads: 2, width: 16, context: 16, dropout: 0.2), Vocabulary, seed: 3);
            string run = Path.Combine(folder, $"dropout{step}{rank}");
            using var trainer = new Pretrainer(model, new CountingSource(4, 17, Vocabulary), null, new PretrainOptions(steps: 2), Optimizer(), run, new Mirror());
            return File.ReadAllBytes(Path.Combine(trainer.Run().Checkpoint, "model.safetensors"));
        }

        Assert.Equal(Draw(1, 0), Draw(2, 1));
    }

    // A second rank that does what this one does.
    private sealed class Mirror : Ranks
    {
        public override int Rank => 0;

        public override int Count => 2;

        public override void Reduce(Tensor tensor, ReduceOp op = ReduceOp.SUM)
        {
            if (op == ReduceOp.SUM) tensor.mul_(2);
        }

        public override void Broadcast(Tensor tensor, int source)
        {
        }

        public override void Send(Tensor tensor, int target) => throw new NotSupportedException();

        public override void Receive(Tensor tensor, int source) => throw new NotSupportedException();
    }
}
