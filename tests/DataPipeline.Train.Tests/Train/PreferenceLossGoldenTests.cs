using System.Text.Json;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>The DPO family against PyTorch (g3): every loss, its gradients, and the implicit rewards.</summary>
public class PreferenceLossGoldenTests
{
    private static readonly Dictionary<string, PreferenceLossKind> kinds = new()
    {
        ["dpo_sigmoid"] = PreferenceLossKind.Sigmoid,
        ["dpo_conservative"] = PreferenceLossKind.Sigmoid,
        ["dpo_robust"] = PreferenceLossKind.Robust,
        ["dpo_hinge"] = PreferenceLossKind.Hinge,
        ["ipo_sum"] = PreferenceLossKind.Ipo,
        ["ipo_length_normalised"] = PreferenceLossKind.IpoNormalised,
        ["sigmoid_norm"] = PreferenceLossKind.SigmoidNormalised,
        ["apo_zero"] = PreferenceLossKind.ApoZero,
        ["nca_pair"] = PreferenceLossKind.NcaPair,
        ["simpo"] = PreferenceLossKind.Simpo,
    };

    [GoldenTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void ByPair_EveryLossOfTheFamily_EqualsPyTorch(bool exact)
    {
        ScalarType type = exact ? torch.float64 : torch.float32;
        double tolerance = exact ? 1e-9 : 1e-5;
        JsonElement golden = GoldenFile.Read("g3_losses.json");
        int compared = 0;
        foreach (JsonElement test in golden.GetProperty("cases").EnumerateArray())
        {
            string name = test.GetProperty("loss").GetString()!;
            if (!kinds.TryGetValue(name, out PreferenceLossKind kind)) continue;
            using var scope = torch.NewDisposeScope();
            PairLogProbabilities p = Inputs(golden, type);
            double Hyper(string key) => test.GetProperty("hyper").TryGetProperty(key, out JsonElement value) ? value.GetDouble() : 0;
            JsonElement expected = test.GetProperty("expected");
            string what = $"{name} at beta {Hyper("beta")}";

            Tensor byPair = new PreferenceLoss(kind, Hyper("beta"), Hyper("label_smoothing"), Hyper("gamma")).ByPair(p);
            Tensor mean = byPair.mean();
            mean.backward();

            Near.Absolute(expected.GetProperty("per_example").Numbers(), byPair.detach().Values(), Scaled(tolerance, exact, expected), what);
            Near.Absolute(expected.GetProperty("loss").GetDouble(), mean.item(), Scaled(tolerance, exact, expected), what);
            Near.Absolute(expected.GetProperty("grads").GetProperty("policy_chosen_logps").Numbers(), p.PolicyChosen.grad!.Values(), tolerance, what + ": gradient of chosen");
            Near.Absolute(expected.GetProperty("grads").GetProperty("policy_rejected_logps").Numbers(), p.PolicyRejected.grad!.Values(), tolerance, what + ": gradient of rejected");
            compared++;
        }
        Assert.True(compared >= 20, $"only {compared} cases of the family in the file");
    }

    [GoldenTheory]
    [InlineData(true)]
    public void Rewards_GoldenPairs_EqualPyTorch(bool exact)
    {
        Assert.True(exact);
        JsonElement golden = GoldenFile.Read("g3_losses.json");
        JsonElement expected = golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("loss").GetString() == "dpo_implicit_rewards").GetProperty("expected");
        using var scope = torch.NewDisposeScope();

        (Tensor chosen, Tensor rejected) = new PreferenceLoss(PreferenceLossKind.Sigmoid, 0.1).Rewards(Inputs(golden, torch.float64));

        Near.Absolute(expected.GetProperty("chosen").Numbers(), chosen.Values(), 1e-9, "chosen");
        Near.Absolute(expected.GetProperty("rejected").Numbers(), rejected.Values(), 1e-9, "rejected");
        Near.Absolute(expected.GetProperty("margin").GetDouble(), (chosen - rejected).mean().item(), 1e-9, "margin");
    }

    // IPO's squares reach 31, where single precision is 1e-6 apart and its differences of log-probabilities 1e-5.
    private static double Scaled(double tolerance, bool exact, JsonElement expected) => exact ? tolerance : tolerance * Math.Max(1, expected.GetProperty("per_example").Numbers().Max(Math.Abs));

    private static PairLogProbabilities Inputs(JsonElement golden, ScalarType type)
    {
        JsonElement inputs = golden.GetProperty("shared_inputs").GetProperty("preference");
        Tensor Input(string name) => inputs.GetProperty(name).ToTensor(type);
        var p = new PairLogProbabilities(Input("policy_chosen_logps"), Input("policy_rejected_logps"), Input("ref_chosen_logps"), Input("ref_rejected_logps"), Input("chosen_len"), Input("rejected_len"));
        p.PolicyChosen.requires_grad = true;
        p.PolicyRejected.requires_grad = true;
        return p;
    }
}
