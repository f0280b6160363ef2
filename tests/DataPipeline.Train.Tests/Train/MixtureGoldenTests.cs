using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train.Tests;

/// <summary>The router and the mixture of experts against PyTorch (g5).</summary>
public class MixtureGoldenTests
{
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g5_moe.json");

    private static JsonElement Case(string name) => golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("case").GetString() == name);

    private static Tensor X => golden.GetProperty("inputs").GetProperty("x").ToTensor(float64);

    private static Tensor Router => golden.GetProperty("inputs").GetProperty("router_weight").ToTensor(float64);

    private static Routing Route(int perToken) => Routing.Of(F.linear(X, Router), perToken, renormalize: true);

    private static void Same(JsonElement expected, Tensor actual, string what) => Near.Absolute(expected.Numbers(), actual.detach().Values(), 1e-9, what);

    [GoldenTheory]
    [InlineData("switch_top1")]
    public void Of_OneExpert_IsSwitch(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement expected = Case(name).GetProperty("expected");
        Tensor router = Router;
        router.requires_grad = true;
        Routing routing = Routing.Of(F.linear(X, router), 1, renormalize: true);
        Same(expected.GetProperty("probs"), routing.Probabilities_NE, "probabilities");
        Assert.Equal(expected.GetProperty("expert").Numbers(), routing.Experts_NK.Values());
        Same(expected.GetProperty("gate"), routing.Gates_NK.view(-1), "gates");
        Tensor loss = routing.Balance(BalanceLoss.FirstChoice);
        Near.Absolute(expected.GetProperty("aux_alpha1").GetDouble(), loss.item(), 1e-9, "balance");
        loss.backward();
        Same(expected.GetProperty("daux_dWr"), router.grad!, "gradient of the balance loss");
    }

    [GoldenTheory]
    [InlineData("top2")]
    public void Of_TwoExperts_IsMixtralAndGShard(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement expected = Case(name).GetProperty("expected");
        Routing routing = Route(2);
        Assert.Equal(expected.GetProperty("experts").Numbers(), routing.Experts_NK.contiguous().Values());
        Same(expected.GetProperty("gates"), routing.Gates_NK, "gates");
        Near.Absolute(expected.GetProperty("aux_f_sum1").GetDouble(), routing.Balance(BalanceLoss.Assignments).item(), 1e-9, "assignments");
        Near.Absolute(expected.GetProperty("aux_mixtral").GetDouble(), routing.Balance(BalanceLoss.Mixtral).item(), 1e-9, "mixtral");
        Near.Absolute(expected.GetProperty("aux_gshard").GetDouble(), routing.Balance(BalanceLoss.FirstChoice).item(), 1e-9, "gshard");
    }

    [GoldenTheory]
    [InlineData(1.0)]
    [InlineData(1.25)]
    [InlineData(2.0)]
    public void Assigned_Capacity_DropsTheLaterTokens(double factor)
    {
        using var scope = NewDisposeScope();
        JsonElement expected = Case($"switch_capacity_{factor:0.0#}").GetProperty("expected");
        Assert.Equal(expected.GetProperty("capacity_ceil").GetInt32(), Routing.Capacity(factor, 8, 4));
        HashSet<long> kept = [.. Route(1).Assigned(factor).SelectMany(a => a)];
        Assert.Equal(expected.GetProperty("kept").EnumerateArray().Select(k => k.GetBoolean()), Enumerable.Range(0, 8).Select(n => kept.Contains(n)));
        Assert.Equal(expected.GetProperty("dropped").GetInt32(), 8 - kept.Count);
    }

    [GoldenTheory]
    [InlineData("router_z_loss")]
    public void ZLoss_GoldenCase_EqualsPyTorch(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement expected = Case(name).GetProperty("expected");
        Tensor router = Router;
        router.requires_grad = true;
        Tensor loss = Routing.ZLoss(F.linear(X, router));
        Near.Absolute(expected.GetProperty("value").GetDouble(), loss.item(), 1e-9, "z-loss");
        loss.backward();
        Same(expected.GetProperty("grad"), router.grad!, "gradient");
    }

    [GoldenTheory]
    [InlineData(1, "top1_out")]
    [InlineData(2, "top2_out")]
    public void Mix_Dropless_EqualsPyTorch(int perToken, string key)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case("moe_layer");
        Tensor w1 = test.GetProperty("inputs").GetProperty("W1").ToTensor(float64), w2 = test.GetProperty("inputs").GetProperty("W2").ToTensor(float64);
        Tensor y = MixtureOfExperts.Mix(X, Route(perToken), 0, (e, x) => F.linear(F.linear(x, w1.select(0, e)).relu(), w2.select(0, e)));
        Same(test.GetProperty("expected").GetProperty(key), y, key);
    }

    [TorchFact]
    public void Mix_CapacityForTwoChoices_TakesFirstChoicesBeforeSecondOnes()
    {
        using var scope = NewDisposeScope();
        // Three tokens want expert 0 first, the last has it second: a capacity of ceil(0.75 * 8 / 4) = 2 keeps the first two.
        Tensor logits = tensor<double>([3, 2, 0, 0, 3, 0, 2, 0, 3, 0, 0, 2, 2, 3, 0, 0], [4, 4]);
        List<long>[] assigned = Routing.Of(logits, 2, renormalize: true).Assigned(0.75);
        Assert.Equal([0, 2], assigned[0]);
        Assert.Equal([6, 1], assigned[1]);
    }
}
