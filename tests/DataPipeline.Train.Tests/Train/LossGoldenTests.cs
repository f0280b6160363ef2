using System.Text.Json;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

public class LossGoldenTests
{
    [GoldenTheory]
    [InlineData("loss")]
    [InlineData("z_loss")]
    [InlineData("label_smoothed_0_1")]
    public void Loss_WithAnIgnoredTarget_EqualsThePapers(string name)
    {
        JsonElement golden = GoldenFile.Read("g2_ops.json").GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("op").GetString() == "cross_entropy");
        using var scope = torch.NewDisposeScope();
        Tensor logits = golden.GetProperty("inputs").GetProperty("logits").ToTensor(torch.float64).unsqueeze(0);
        Tensor targets = golden.GetProperty("inputs").GetProperty("targets").ToTensor(torch.float64).to(torch.int64).unsqueeze(0);

        Tensor found = name switch { "loss" => Loss.Mean(logits, targets), "z_loss" => Loss.LogSumSquared(logits, targets), _ => Loss.Mean(logits, targets, labelSmoothing: 0.1) };

        Near.Absolute(golden.GetProperty("expected").GetProperty(name).GetDouble(), found.item(), 1e-9, name);
    }
}
