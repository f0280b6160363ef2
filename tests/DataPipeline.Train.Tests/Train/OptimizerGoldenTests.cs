using System.Text.Json;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>Optimizers and schedules against PyTorch and the projects they come from (g4).</summary>
public class OptimizerGoldenTests
{
    [GoldenTheory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void Step_TenSteps_EqualsPyTorch(int run, bool exact)
    {
        ScalarType type = exact ? torch.float64 : torch.float32;
        double tolerance = exact ? 1e-10 : 1e-5;
        JsonElement golden = GoldenFile.Read("g4_optim_schedules.json"), shared = golden.GetProperty("shared"), adamw = golden.GetProperty("runs")[run];
        Assert.Equal("adamw", adamw.GetProperty("optimizer").GetString());
        double Hyper(string key) => adamw.GetProperty("hyper").GetProperty(key).GetDouble();
        using var scope = torch.NewDisposeScope();
        Tensor value = shared.GetProperty("w0").ToTensor(type);
        value.requires_grad = true;
        using var optimizer = new AdamW([new Weight("w", value)], new OptimizerOptions(beta1: Hyper("b1"), beta2: Hyper("b2"), eps: Hyper("eps"), weightDecay: Hyper("wd")));

        for (int step = 0; step < 10; step++)
        {
            value.grad = shared.GetProperty("grads")[step].ToTensor(type);
            optimizer.Step(Hyper("lr"));
            Near.Absolute(adamw.GetProperty("trajectory")[step].Numbers(), value.Values(), tolerance, $"step {step}");
        }
        Weight[] state = [.. optimizer.State];
        Assert.Equal(["exp_avg.w", "exp_avg_sq.w"], state.Select(s => s.Name));
        Near.Absolute(adamw.GetProperty("final_m").Numbers(), state[0].Value.Values(), tolerance, "mean");
        if (exact) Near.Absolute(adamw.GetProperty("final_v").Numbers(), state[1].Value.Values(), tolerance, "square");
    }

    [GoldenTheory]
    [InlineData(3, OptimizerKind.Adam, "b1", "b2")]
    [InlineData(4, OptimizerKind.Sgd, null, null)]
    [InlineData(5, OptimizerKind.Lion, "b1", "b2")]
    public void Step_OtherKinds_EqualsItsDefinition(int run, OptimizerKind kind, string? beta1, string? beta2)
    {
        JsonElement golden = GoldenFile.Read("g4_optim_schedules.json"), shared = golden.GetProperty("shared"), expected = golden.GetProperty("runs")[run], hyper = expected.GetProperty("hyper");
        Assert.StartsWith(kind.ToString(), expected.GetProperty("optimizer").GetString(), StringComparison.OrdinalIgnoreCase);
        double Hyper(string? key, double otherwise) => key is not null && hyper.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : otherwise;
        var options = new OptimizerOptions(kind: kind, beta1: Hyper(beta1, 0.9), beta2: Hyper(beta2, 0.95), eps: Hyper("eps", 1e-8), weightDecay: Hyper("wd", 0), momentum: Hyper("momentum", 0.9));
        using var scope = torch.NewDisposeScope();
        Tensor value = shared.GetProperty("w0").ToTensor(torch.float64);
        value.requires_grad = true;
        using Optimizer optimizer = Optimizer.Of([new Weight("w", value)], options);

        for (int step = 0; step < 10; step++)
        {
            value.grad = shared.GetProperty("grads")[step].ToTensor(torch.float64);
            optimizer.Step(Hyper("lr", double.NaN));
            Near.Absolute(expected.GetProperty("trajectory")[step].Numbers(), value.Values(), 1e-10, $"step {step}");
        }
    }

    [TorchFact]
    public void Step_Nesterov_IsTheGradientAheadOfTheVelocity()
    {
        using var scope = torch.NewDisposeScope();
        Tensor value = torch.full([1], 2, torch.float64);
        value.requires_grad = true;
        using var optimizer = new Sgd([new Weight("w", value)], new OptimizerOptions(kind: OptimizerKind.Sgd, weightDecay: 0, momentum: 0.5, nesterov: true));
        foreach (double gradient in (double[])[1, 3])
        {
            value.grad = torch.full([1], gradient, torch.float64);
            optimizer.Step(0.1);
        }
        // Velocities 1 and 3.5; directions 1 + 0.5 and 3 + 1.75.
        Near.Absolute([2 - 0.1 * 1.5 - 0.1 * 4.75], value.Values(), 1e-12, "weight");
    }

    [GoldenTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Orthogonal_Matrix_EqualsTheReference(bool tall)
    {
        JsonElement golden = GoldenFile.Read("g4_optim_schedules.json").GetProperty("runs")[6];
        using var scope = torch.NewDisposeScope();
        Tensor matrix = golden.GetProperty("inputs").ToTensor(torch.float64), expected = golden.GetProperty("expected").ToTensor(torch.float64);

        Tensor found = tall ? Muon.Orthogonal(matrix.transpose(0, 1)).transpose(0, 1) : Muon.Orthogonal(matrix);

        Near.Absolute(expected.Values(), found.contiguous().Values(), 1e-10, "orthogonal");
    }

    [TorchFact]
    public void Muon_WeightsOfAModel_MovesMatricesOfBlocksByItsOwnRateAndTheRestByAdamW()
    {
        using var scope = torch.NewDisposeScope();
        Tensor[] values = [torch.randn([6, 4], torch.float64), torch.randn([6, 4], torch.float64), torch.randn([4], torch.float64)];
        string[] names = ["model.layers.0.mlp.up_proj.weight", "model.embed_tokens.weight", "model.layers.0.norm.weight"];
        Tensor[] before = [.. values.Select(v => v.clone())], gradients = [.. values.Select(v => torch.randn(v.shape, torch.float64))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i].requires_grad = true;
            values[i].grad = gradients[i];
        }
        var options = new OptimizerOptions(kind: OptimizerKind.Muon, learningRate: 0.01, weightDecay: 0, muonLearningRate: 0.3);
        using Optimizer optimizer = Optimizer.Of([.. names.Zip(values, (name, value) => new Weight(name, value))], options);

        // Half of the highest rate, as in the middle of a schedule.
        optimizer.Step(0.005);

        Tensor expected = before[0] - Muon.Orthogonal(gradients[0]) * (0.15 * Math.Sqrt(6.0 / 4));
        Near.Absolute(expected.Values(), values[0].Values(), 1e-6, "matrix of a block");
        for (int i = 1; i < values.Length; i++) Near.Absolute((before[i] - gradients[i].sign() * 0.005).Values(), values[i].Values(), 1e-6, names[i]);
        Assert.Equal(
            ["momentum_buffer.model.layers.0.mlp.up_proj.weight", "exp_avg.model.embed_tokens.weight", "exp_avg_sq.model.embed_tokens.weight", "exp_avg.model.layers.0.norm.weight", "exp_avg_sq.model.layers.0.norm.weight"],
            optimizer.State.Select(s => s.Name));
    }

    [GoldenTheory]
    [InlineData("nanogpt_cosine/values", 6e-4, 6e-5, 10, 60, ScheduleShape.Cosine, WarmupForm.AboveZero)]
    [InlineData("cs336_cosine/values", 1, 0.1, 7, 21, ScheduleShape.Cosine, WarmupForm.FromZero)]
    [InlineData("hf_cosine_factor/values", 1, 0, 10, 60, ScheduleShape.Cosine, WarmupForm.FromZero)]
    [InlineData("hf_linear_factor/values", 1, 0, 10, 60, ScheduleShape.Linear, WarmupForm.FromZero)]
    [InlineData("torchtitan_wsd/values/linear", 1, 0, 10, 60, ScheduleShape.Wsd, WarmupForm.FromOne)]
    [InlineData("torchtitan_wsd/with_min_0_1_linear", 1, 0.1, 10, 60, ScheduleShape.Wsd, WarmupForm.FromOne)]
    [InlineData("torchtitan_wsd/values/sqrt", 1, 0, 10, 60, ScheduleShape.Wsd, WarmupForm.FromOne, DecayShape.Sqrt)]
    [InlineData("torchtitan_wsd/values/cosine", 1, 0, 10, 60, ScheduleShape.Wsd, WarmupForm.FromOne, DecayShape.Cosine)]
    [InlineData("inverse_sqrt/values", 1, 0, 10, 60, ScheduleShape.InverseSqrt, WarmupForm.FromOne)]
    [InlineData("noam/values", 0.01397542485937, 0, 10, 60, ScheduleShape.InverseSqrt, WarmupForm.FromOne)]
    [InlineData("bert_poly/values", 1, 0, 10, 60, ScheduleShape.Linear, WarmupForm.FromZero)]
    public void At_EveryStep_EqualsItsProject(string path, double highest, double least, int warmup, int end, ScheduleShape shape, WarmupForm form, DecayShape decay = DecayShape.Linear)
    {
        JsonElement values = GoldenFile.Read("g4_optim_schedules.json").GetProperty("schedules");
        foreach (string key in path.Split('/')) values = values.GetProperty(key);
        var schedule = new Schedule(highest, least, warmup, end, shape, form, 0.2, decay);
        double[] expected = values.Numbers();

        for (int step = 0; step < expected.Length; step++) Near.Absolute(expected[step], schedule.At(step), 1e-10, $"{path} at {step}");
    }
}
