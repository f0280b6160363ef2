using System.Text.Json;
using System.Text.Json.Serialization;
using DataPipeline.Core;
using DataPipeline.Tests;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>The loss scale against PyTorch's GradScaler, and what a run does with it. Overflow is made by losses beyond float32, since a CPU has no float16 training to overflow.</summary>
public sealed class LossScalerTests : IDisposable
{
    private static readonly JsonSerializerOptions named = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly string folder = Directory.CreateTempSubdirectory("scaler").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Weight NewWeight(params float[] values)
    {
        Tensor value = tensor<float>(values, [values.Length]).DetachFromDisposeScope();
        value.requires_grad = true;
        return new Weight("w", value);
    }

    [PyTorchFact]
    public void Unscale_OverflowsAndGoodSteps_ScalesAndWeightsOfGradScaler()
    {
        float[] start = [0.5f, -1, 2];
        // Steps 3, 4 and 11 overflow at their scale, 7 is no number; 5 to 6 and 8 to 10 are too few, and just enough, for growth.
        float[][] coefficients = [.. Enumerable.Range(0, 20).Select(step => step switch
        {
            3 or 4 or 11 => new float[] { 1, 3e38f, 1 },
            7 => [float.NaN, 1, 1],
            _ => [MathF.Sin(step), 30 * MathF.Cos(step), 1e-7f],
        })];
        var options = new OptimizerOptions(learningRate: 0.01, clipNorm: 1, weightDecay: 0);
        string input = JsonSerializer.Serialize(new { weights = start, coefficients, initial = 65536.0, interval = 3, clip_norm = options.clipNorm, learning_rate = options.learningRate }, named).Replace("\"NaN\"", "NaN");
        JsonElement expected = JsonElement.Parse(DebianPython.Run(input, "-O", DebianPython.Oracle("grad_scaler.py")));

        Weight weight = NewWeight(start);
        using Optimizer optimizer = Optimizer.Of([weight], options);
        var scaler = new LossScaler(interval: 3);
        int overflowed = 0;
        for (int step = 0; step < coefficients.Length; step++)
        {
            using var scope = NewDisposeScope();
            scaler.Scaled((tensor<float>(coefficients[step], [3]) * weight.Value).sum()).backward();
            if (scaler.Unscale([weight]))
            {
                Gradients.Clip([weight], options.clipNorm);
                optimizer.Step(options.learningRate);
            }
            else
            {
                overflowed++;
            }
            Gradients.Clear([weight]);
            Assert.Equal(expected[step][0].GetDouble(), scaler.State.Scale);
            Near.Absolute(expected[step][1].Numbers(), weight.Value.Values(), 1e-6, $"weights of step {step}");
        }
        Assert.Equal(4, overflowed);
        Assert.Equal(4, scaler.State.Overflowed);
        weight.Value.Dispose();
    }

    [TorchFact]
    public void Unscale_FiniteGradientOfAnInfiniteNorm_IsNoOverflow()
    {
        using var scope = NewDisposeScope();
        Weight weight = NewWeight(1, 1);
        (weight.Value * 3e38).sum().backward();
        var scaler = new LossScaler(initial: 2);

        Assert.True(scaler.Unscale([weight]));
        Assert.Equal([1.5e38f, 1.5e38f], weight.Value.grad!.ToArray<float>());
        weight.Value.Dispose();
    }

    [TorchFact]
    public void Scale_TwoThousandGoodSteps_Doubles()
    {
        using var scope = NewDisposeScope();
        Weight weight = NewWeight(1);
        weight.Value.grad = ones([1]);
        var scaler = new LossScaler();
        for (int step = 0; step < 1999; step++) scaler.Unscale([weight]);
        Assert.Equal(new LossScalerState(65536, 1999, 0), scaler.State);
        scaler.Unscale([weight]);
        Assert.Equal(new LossScalerState(131072, 0, 0), scaler.State);
        weight.Value.Dispose();
    }

    [TorchFact]
    public void Run_StepsOverflow_LeavesThemOutCountsThemAndGoesOnBitForBit()
    {
        List<(double[] Weights, bool IsFinite)> Train(string name, params int[] stops)
        {
            var after = new List<(double[], bool)>();
            foreach (int stopAt in stops)
            {
                using var stop = new CancellationTokenSource();
                using LanguageModel model = Make();
                using var trainer = new SpikingTrainer(model, [3, 4, 8], 12, Path.Combine(folder, name));
                trainer.Stepped = norm =>
                {
                    after.Add(([.. model.Weights.SelectMany(w => w.Value.Values())], double.IsFinite(norm)));
                    if (trainer.Step == stopAt) stop.Cancel();
                };
                trainer.Resume();
                trainer.Run(stop.Token);
                if (stopAt == 12) Assert.Equal((3, 0), (trainer.Overflowed, trainer.Skipped));
            }
            return after;
        }
        var whole = Train("whole", 12);
        Train("parts", 4, 9, 12);

        foreach (int step in (int[])[3, 4, 8])
        {
            Assert.Equal(whole[step - 1].Weights, whole[step].Weights);
            Assert.False(whole[step].IsFinite);
        }
        Assert.NotEqual(whole[4].Weights, whole[5].Weights);
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors", "trainer.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "whole", "step-00000012", file)), File.ReadAllBytes(Path.Combine(folder, "parts", "step-00000012", file)));
        JsonElement scale = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder, "whole", "step-00000012", "trainer.json"))).GetProperty("loss_scale");
        Assert.Equal((8192, 3, 3), (scale.GetProperty("scale").GetInt32(), scale.GetProperty("good_steps").GetInt32(), scale.GetProperty("overflowed").GetInt32()));
    }

    [TorchFact]
    public void Run_EveryStepOverflows_StopsNamingTheLoss()
    {
        using LanguageModel model = Make();
        using var trainer = new SpikingTrainer(model, [.. Enumerable.Range(0, 100)], 100, folder);
        InputException error = Assert.Throws<InputException>(() => trainer.Run());
        // 65536 = 2^16 halves 31 times to fall below 2^-14.
        Assert.Contains("diverged at step 31 of 100: gradients overflow at every loss scale", error.Message);
    }

    [TorchFact]
    public void Pretrainer_Float16OnTheCpu_RunsOrSaysWhatIsMissing()
    {
        using LanguageModel model = Make();
        Pretrainer Trainer() => new(model, new CountingSource(2, 9, 16), null, new PretrainOptions(steps: 3, precision: Precision.Float16), new OptimizerOptions(), folder);
        if (version.StartsWith("1.", StringComparison.Ordinal))
        {
            string message = Assert.Throws<MissingPartException>(Trainer).Message;
            Assert.Contains("only support Bfloat16", message);
            Assert.Contains("precision: bfloat16", message);
            return;
        }
        using Pretrainer trainer = Trainer();
        Assert.True(trainer.Run().Finished);
    }

    private static Gpt2 Make() => new(new Gpt2Options(1, 1, 8, 8), 16, 3);

    /// <summary>Pulls every weight to 1, by a loss of numbers beyond float32 at some steps.</summary>
    private sealed class SpikingTrainer(LanguageModel model, int[] spikes, int steps, string folder)
        : Trainer(model, new LoopOptions(steps, 0, 4, 2, 1, 1, ScaleLoss: true), new OptimizerOptions(learningRate: 0.1, warmupSteps: 0), folder)
    {
        public Action<double>? Stepped { get; set; }

        protected override (double Loss, long Targets) Accumulate()
        {
            using var scope = NewDisposeScope();
            double factor = spikes.Contains(Step) ? 1e38 : 1;
            Tensor loss = stack([.. Model.Weights.Select(w => (w.Value - 1).pow(2).mean() * factor * factor)]).sum();
            Backward(loss);
            return (loss.item(), 1);
        }

        protected override void Report(double loss, double learningRate, double gradientNorm, double seconds) => Stepped?.Invoke(gradientNorm);

        protected override double? Validate() => null;

        protected override byte[] SavePosition() => [];

        protected override void RestorePosition(byte[] position) { }
    }
}
