using System.Text.Json;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>AdamW and the schedules against PyTorch and the projects they come from (g4).</summary>
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
    [InlineData("nanogpt_cosine/values", 6e-4, 6e-5, 10, 60, ScheduleShape.Cosine, WarmupForm.AboveZero)]
    [InlineData("cs336_cosine/values", 1, 0.1, 7, 21, ScheduleShape.Cosine, WarmupForm.FromZero)]
    [InlineData("hf_cosine_factor/values", 1, 0, 10, 60, ScheduleShape.Cosine, WarmupForm.FromZero)]
    [InlineData("hf_linear_factor/values", 1, 0, 10, 60, ScheduleShape.Linear, WarmupForm.FromZero)]
    [InlineData("torchtitan_wsd/values/linear", 1, 0, 10, 60, ScheduleShape.Wsd, WarmupForm.FromOne)]
    [InlineData("torchtitan_wsd/with_min_0_1_linear", 1, 0.1, 10, 60, ScheduleShape.Wsd, WarmupForm.FromOne)]
    [InlineData("inverse_sqrt/values", 1, 0, 10, 60, ScheduleShape.InverseSqrt, WarmupForm.FromOne)]
    public void At_EveryStep_EqualsItsProject(string path, double highest, double least, int warmup, int end, ScheduleShape shape, WarmupForm form)
    {
        JsonElement values = GoldenFile.Read("g4_optim_schedules.json").GetProperty("schedules");
        foreach (string key in path.Split('/')) values = values.GetProperty(key);
        var schedule = new Schedule(highest, least, warmup, end, shape, form);
        double[] expected = values.Numbers();

        for (int step = 0; step < expected.Length; step++) Near.Absolute(expected[step], schedule.At(step), 1e-10, $"{path} at {step}");
    }
}
