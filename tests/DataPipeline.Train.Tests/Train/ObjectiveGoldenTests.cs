using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>The objectives after DPO against PyTorch (g3): values and gradients in float64.</summary>
public class ObjectiveGoldenTests
{
    private const double Tolerance = 1e-9;
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g3_losses.json");

    private static IEnumerable<JsonElement> Cases(string prefix) => golden.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("loss").GetString()!.StartsWith(prefix, StringComparison.Ordinal));

    private static JsonElement Case(string name) => Cases(name).Single(c => c.GetProperty("loss").GetString() == name);

    private static Tensor Leaf(JsonElement numbers)
    {
        Tensor leaf = numbers.ToTensor(torch.float64);
        leaf.requires_grad = true;
        return leaf;
    }

    private static double Number(JsonElement test, string group, string key, double otherwise = 0) => test.GetProperty(group).TryGetProperty(key, out JsonElement value) ? value.GetDouble() : otherwise;

    private static void Same(JsonElement test, string key, Tensor actual) => Near.Absolute(test.GetProperty("expected").GetProperty(key).Numbers(), actual.detach().Values(), Tolerance, $"{test.GetProperty("loss")}: {key}");

    private static void SameGradient(JsonElement test, string key, Tensor leaf) => Near.Absolute(test.GetProperty("expected").GetProperty("grads").GetProperty(key).Numbers(), leaf.grad!.Values(), Tolerance, $"{test.GetProperty("loss")}: gradient of {key}");

    [GoldenTheory]
    [InlineData("orpo")]
    public void Orpo_GoldenCase_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name), inputs = test.GetProperty("inputs");
        Tensor chosen = Leaf(inputs.GetProperty("chosen_mean_logps")), rejected = Leaf(inputs.GetProperty("rejected_mean_logps"));

        Tensor term = OrpoLoss.ByPair(chosen, rejected, Number(test, "hyper", "lambda")), loss = term.mean() + inputs.GetProperty("chosen_nll").GetDouble();
        loss.backward();

        Same(test, "log_odds", OrpoLoss.LogOdds(chosen, rejected));
        Same(test, "or_term", term);
        Same(test, "loss", loss);
        SameGradient(test, "chosen_mean_logps", chosen);
        SameGradient(test, "rejected_mean_logps", rejected);
    }

    [GoldenTheory]
    [InlineData("kto")]
    public void Kto_GoldenCase_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name), inputs = test.GetProperty("inputs");
        Tensor policy = Leaf(inputs.GetProperty("policy_logps")), desirable = inputs.GetProperty("label").ToTensor(ScalarType.Bool);
        var kto = new KtoLoss(Number(test, "hyper", "beta"), Number(test, "hyper", "desirable_weight"), Number(test, "hyper", "undesirable_weight"));

        Tensor byAnswer = kto.ByAnswer(policy - inputs.GetProperty("ref_logps").ToTensor(torch.float64), desirable, inputs.GetProperty("kl_logratio_mismatched").ToTensor(torch.float64));
        Tensor loss = kto.Mean(byAnswer, desirable);
        loss.backward();

        Same(test, "per_example", byAnswer);
        Same(test, "loss", loss);
        SameGradient(test, "policy_logps", policy);
    }

    [GoldenTheory]
    [InlineData("rm_bradley_terry")]
    [InlineData("rm_with_margin")]
    [InlineData("rm_centered")]
    public void Reward_GoldenCase_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name), inputs = test.GetProperty("inputs");
        Tensor chosen = Leaf(inputs.GetProperty("chosen")), rejected = Leaf(inputs.GetProperty("rejected"));
        Tensor? margin = test.GetProperty("hyper").TryGetProperty("margin", out JsonElement margins) ? margins.ToTensor(torch.float64) : null;

        Tensor byPair = RewardLoss.ByPair(chosen, rejected, margin, Number(test, "hyper", "center_rewards_coefficient")), loss = byPair.mean();
        loss.backward();

        Same(test, "per_example", byPair);
        Same(test, "loss", loss);
        SameGradient(test, "chosen", chosen);
        SameGradient(test, "rejected", rejected);
    }

    [GoldenTheory]
    [InlineData("rm_k_way")]
    public void Ranked_GoldenCase_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name);
        Tensor scores = Leaf(test.GetProperty("inputs").GetProperty("scores_ranked")), loss = RewardLoss.Ranked(scores);
        loss.backward();

        Same(test, "loss", loss);
        SameGradient(test, "scores", scores);
    }

    [GoldenTheory]
    [InlineData("group_std_1e4", GroupAdvantage.GroupStd)]
    [InlineData("group_std_population_1e8", GroupAdvantage.GroupStdPopulation)]
    [InlineData("mean_only", GroupAdvantage.MeanOnly)]
    [InlineData("batch_std", GroupAdvantage.BatchStd)]
    [InlineData("rloo", GroupAdvantage.LeaveOneOut)]
    public void Advantages_GoldenGroups_EqualPyTorch(string key, GroupAdvantage form)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case("grpo_advantages");
        Same(test, key, PolicyLoss.Advantages(test.GetProperty("inputs").GetProperty("rewards").ToTensor(torch.float64), form));
    }

    [GoldenTheory]
    [InlineData("grpo_grpo", TokenAggregation.SequenceMean, 4)]
    [InlineData("grpo_dapo", TokenAggregation.TokenMean, 4)]
    [InlineData("grpo_dr_grpo", TokenAggregation.FixedLength, 4)]
    [InlineData("grpo_two_sided", TokenAggregation.SequenceMean, 1)]
    [InlineData("gspo_sequence", TokenAggregation.SequenceMean, 1)]
    public void Policy_GoldenCases_EqualPyTorch(string name, TokenAggregation aggregation, int count)
    {
        JsonElement inputs = golden.GetProperty("shared_inputs").GetProperty("grpo");
        Tensor Input(string key) => inputs.GetProperty(key).ToTensor(torch.float64);
        int compared = 0;
        foreach (JsonElement test in Cases(name))
        {
            using var scope = torch.NewDisposeScope();
            double clip = Number(test, "hyper", "eps", 0.2);
            var policy = new PolicyLoss(
                Number(test, "hyper", "eps_low", clip), Number(test, "hyper", "eps_high", clip), Number(test, "hyper", "beta"), aggregation,
                (int)Number(test, "hyper", "max_completion_length"), Number(test, "hyper", "delta"), BySequence: name == "gspo_sequence");
            Tensor logps = Leaf(inputs.GetProperty("logps")), old = Input("old_logps"), reference = Input("ref_logps"), mask = Input("mask");

            Tensor byToken = policy.ByToken(logps, old, reference, Input("advantages"), mask), loss = policy.Mean(byToken, mask);
            loss.backward();

            Same(test, "loss", loss);
            SameGradient(test, "logps", logps);
            JsonElement expected = test.GetProperty("expected");
            if (expected.TryGetProperty("ratio", out _)) Same(test, "ratio", policy.Ratio(logps, old, mask));
            if (expected.TryGetProperty("per_token", out _)) Same(test, "per_token", byToken);
            if (expected.TryGetProperty("k3", out _)) Same(test, "k3", Divergence.K3(logps, reference));
            compared++;
        }
        Assert.Equal(count, compared);
    }

    [GoldenTheory]
    [InlineData("kl_estimators")]
    public void Divergence_Estimators_EqualPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name), inputs = golden.GetProperty("shared_inputs").GetProperty("grpo");
        Tensor logps = inputs.GetProperty("logps").ToTensor(torch.float64), reference = inputs.GetProperty("ref_logps").ToTensor(torch.float64);

        Same(test, "k1", Divergence.K1(logps, reference));
        Same(test, "k2", Divergence.K2(logps, reference));
        Same(test, "k3", Divergence.K3(logps, reference));
    }

    [GoldenTheory]
    [InlineData("kl_and_entropy")]
    public void Divergence_OfLogits_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name);
        Tensor p = test.GetProperty("inputs").GetProperty("p_logits").ToTensor(torch.float64), q = test.GetProperty("inputs").GetProperty("q_logits").ToTensor(torch.float64);

        Same(test, "kl_pq", Divergence.OfLogits(p, q));
        Same(test, "kl_qp", Divergence.OfLogits(q, p));
        Same(test, "entropy_p", Divergence.Entropy(p));
    }

    [GoldenTheory]
    [InlineData(2)]
    public void Gae_GoldenCases_EqualPyTorch(int count)
    {
        int compared = 0;
        foreach (JsonElement test in Cases("ppo_gae"))
        {
            using var scope = torch.NewDisposeScope();
            Tensor Input(string key) => test.GetProperty("inputs").GetProperty(key).ToTensor(torch.float64);
            var ppo = new Ppo(Number(test, "hyper", "gamma"), Number(test, "hyper", "lam"), Number(test, "hyper", "kl_coef"));

            Tensor rewards = ppo.Rewards(Input("logps"), Input("ref_logps"), Input("scores"));
            (Tensor advantages, Tensor returns) = ppo.Advantages(rewards, Input("values"));

            Same(test, "rewards", rewards);
            Same(test, "advantages", advantages);
            Same(test, "returns", returns);
            Near.Absolute(test.GetProperty("expected").GetProperty("whitened_unbiased").Numbers(), Ppo.Whitened(advantages).Values(), Tolerance, "whitened");
            Near.Absolute(test.GetProperty("expected").GetProperty("whitened_population").Numbers(), Ppo.Whitened(advantages, unbiased: false).Values(), Tolerance, "whitened");
            compared++;
        }
        Assert.Equal(count, compared);
    }

    [GoldenTheory]
    [InlineData("ppo_clip")]
    public void Ppo_GoldenCase_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name), inputs = test.GetProperty("inputs");
        Tensor Input(string key) => inputs.GetProperty(key).ToTensor(torch.float64);
        Tensor logps = Leaf(inputs.GetProperty("new_logps")), values = Leaf(inputs.GetProperty("new_values"));
        var ppo = new Ppo();

        (Tensor policy, Tensor value) = ppo.Losses(logps, Input("old_logps"), Input("advantages"), values, Input("old_values"), Input("returns"), Input("mask"));
        Tensor loss = policy + value * ppo.ValueWeight;
        loss.backward();

        Same(test, "policy_loss", policy);
        Same(test, "value_loss", value);
        Same(test, "loss", loss);
        SameGradient(test, "new_logps", logps);
        SameGradient(test, "new_values", values);
    }

    [GoldenTheory]
    [InlineData("sft_completion_only")]
    public void Loss_CompletionOnly_EqualsPyTorch(string name)
    {
        using var scope = torch.NewDisposeScope();
        JsonElement test = Case(name), inputs = test.GetProperty("inputs");
        Tensor logits = Leaf(inputs.GetProperty("logits")), tokens = inputs.GetProperty("tokens").ToTensor(torch.int64), mask = inputs.GetProperty("completion_mask").ToTensor(torch.int64);
        long time = tokens.size(1) - 1;
        Tensor targets = tokens.masked_fill(mask.eq(0), Loss.Ignored).narrow(1, 1, time), shifted = logits.narrow(1, 0, time);

        Tensor loss = Loss.Mean(shifted, targets);
        loss.backward();

        Same(test, "loss", loss);
        Same(test, "sequence_logps", Loss.SequenceLogProbabilities(shifted, targets));
        SameGradient(test, "logits", logits);
    }
}
