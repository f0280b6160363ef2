using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>The public tests of Stanford's CS336, assignments 1 and 5 (g9), with their inputs spelled out. Its DPO case needs the weights of a model that is not here.</summary>
public class Cs336GoldenTests
{
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g9_cs336_ported.json");

    private static JsonElement Case(string test) => golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("test").GetString() == test);

    private static Tensor ToTensor(JsonElement array) => array.ValueKind == JsonValueKind.Object
        ? tensor<double>(array.GetProperty("data").Numbers(), [.. array.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())])
        : array.ToTensor(float64);

    private static Tensor Input(JsonElement test, string key) => ToTensor(test.GetProperty("inputs").GetProperty(key));

    private static Tensor Logits() => Input(Case("a5 token entropy"), "logits");

    private static void Same(JsonElement expected, Tensor actual, double tolerance)
    {
        using Tensor want = ToTensor(expected);
        Near.Absolute(want.Values(), actual.detach().contiguous().Values(), tolerance, "value");
    }

    [GoldenTheory]
    [InlineData("a1 scaled_dot_product_attention", 1, false)]
    [InlineData("a1 scaled_dot_product_attention", 1, true)]
    [InlineData("a1 4d attention", 2, false)]
    [InlineData("a1 4d attention", 2, true)]
    public void Attend_AnyMask_EqualsTheSnapshot(string name, long heads, bool fused)
    {
        using var scope = NewDisposeScope();
        JsonElement inputs = Case("a1 scaled_dot_product_attention");
        long batch = 4 / heads;
        Tensor Heads(string key, long time) => Input(inputs, key).view(batch, heads, time, 64).transpose(1, 2);
        Tensor allowed = Input(inputs, "mask").gt(0);
        Tensor mask = fused ? allowed.view(batch, heads, 12, 16) : zeros([4, 12, 16], float64).masked_fill(allowed.logical_not(), double.NegativeInfinity);
        using var attention = new Attention(heads, heads, causal: false, fused: fused);

        Tensor mixed = attention.Attend(Heads("q", 12).contiguous(), Heads("k", 16), Heads("v", 16), mask).view(batch, 12, heads, 64).transpose(1, 2);

        Same(Case(name).GetProperty("expected"), mixed, 1e-6);
    }

    [GoldenTheory]
    [InlineData("a1 rope")]
    public void Rope_Interleaved_EqualsTheSnapshot(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(name);
        using var rope = new Rope(12, Rope.Frequencies(64, 10000), RopeLayout.Interleaved, float64, CPU);
        Same(test.GetProperty("expected"), rope.At(0, 12, null).Rotate(Input(test, "x").unsqueeze(2)).squeeze(2), 1e-6);
    }

    [GoldenTheory]
    [InlineData("a1 adamw 1000 steps")]
    public void Step_AdamWAThousandTimes_EqualsTheSnapshotAndPyTorch(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(name);
        Tensor w = Input(test, "w0"), x = Input(test, "x");
        w.requires_grad = true;
        using Optimizer optimizer = Optimizer.Of([new Weight("w", w)], new OptimizerOptions(beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01));
        for (int step = 0; step < 1000; step++)
        {
            using var inner = NewDisposeScope();
            double[] row = x.select(0, step).Values();
            Tensor target = tensor<double>([row[0] + row[1], -row[2]], [2]);
            (matmul(w, x.select(0, step)) - target).pow(2).sum().backward();
            optimizer.Step(1e-3);
            w.grad = null;
        }
        Same(test.GetProperty("expected"), w, 1e-4);
        // In float32 there.
        Same(test.GetProperty("torch_1_13_result"), w, 2e-5);
    }

    [GoldenTheory]
    [InlineData("a5 token entropy")]
    public void Entropy_OfLogits_EqualsTheSnapshot(string name)
    {
        using var scope = NewDisposeScope();
        Same(Case(name).GetProperty("expected"), Divergence.Entropy(Logits()), 1e-6);
    }

    [GoldenTheory]
    [InlineData("a5 naive policy gradient")]
    public void PolicyGradient_OfRewards_EqualsTheSnapshot(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(name);
        Same(test.GetProperty("expected"), Input(test, "reward").neg() * Input(test, "logps"), 1e-6);
    }

    [GoldenTheory]
    [InlineData("a5 grpo clip large")]
    [InlineData("a5 grpo clip small")]
    public void ByToken_GrpoClip_EqualsTheSnapshot(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(name);
        double clip = test.GetProperty("inputs").GetProperty("cliprange").GetDouble();
        Same(test.GetProperty("expected"), Clipped(test, Input(test, "logps"), clip), 1e-6);
    }

    [GoldenTheory]
    [InlineData("a5 group rewards normalize_by_std", GroupAdvantage.GroupStd)]
    [InlineData("a5 group rewards no_normalize_by_std", GroupAdvantage.MeanOnly)]
    public void Advantages_OfGroups_EqualTheSnapshot(string name, GroupAdvantage form)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(name);
        // CS336 adds 1e-6 to the deviation, GRPO and this program 1e-4.
        Same(test.GetProperty("expected"), PolicyLoss.Advantages(Input(test, "rewards").view(2, 4), form).reshape(-1), 1e-3);
    }

    [GoldenTheory]
    [InlineData("a5 masked mean dimlast", TokenAggregation.TokenMean, true)]
    [InlineData("a5 masked normalize dimlast", TokenAggregation.FixedLength, true)]
    [InlineData("a5 masked mean dimNone", TokenAggregation.TokenMean, false)]
    [InlineData("a5 masked normalize dimNone", TokenAggregation.FixedLength, false)]
    public void Mean_UnderAMask_EqualsTheSnapshot(string name, TokenAggregation aggregation, bool byRow)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(name);
        long rows = byRow ? 20 : 1;
        Tensor values = Logits().view(rows, -1), mask = Input(test, "mask").view(rows, -1);
        var loss = new PolicyLoss(Aggregation: aggregation, LongestAnswer: 42);
        Tensor[] means = [.. Enumerable.Range(0, (int)rows).Select(i => loss.Mean(values.narrow(0, i, 1), mask.narrow(0, i, 1)))];
        Same(test.GetProperty("expected"), stack(means), 1e-6);
    }

    [GoldenTheory]
    [InlineData("a5 sft_microbatch_train_step", 1, 1)]
    [InlineData("a5 sft_microbatch_train_step_normalize", 42, 1)]
    [InlineData("a5 sft_microbatch_train_step_10_steps", 1, 10)]
    [InlineData("a5 grpo_microbatch_train_step_grpo_clip", 0, 1)]
    [InlineData("a5 grpo_microbatch_train_step_grpo_clip_10_steps", 0, 10)]
    public void Backward_MicrobatchesOfAStep_LossesAndGradientsOfTheSnapshot(string name, int constant, int steps)
    {
        const double Accumulated = 2, Clip = 0.1;
        using var scope = NewDisposeScope();
        JsonElement test = Case(name), expected = test.GetProperty("expected");
        Tensor logps = Input(test, "logps"), mask = Input(test, "response_mask");
        logps.requires_grad = true;
        var losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            Tensor mean = constant > 0
                ? new PolicyLoss(Aggregation: TokenAggregation.FixedLength, LongestAnswer: constant).Mean(-logps, mask)
                : new PolicyLoss(Aggregation: TokenAggregation.SequenceMean).Mean(Clipped(test, logps, Clip), mask);
            Tensor loss = mean / Accumulated;
            loss.backward();
            losses[step] = loss.item();
        }
        Near.Absolute(expected.GetProperty("loss").Numbers(), losses, 1e-6, "loss");
        Near.Absolute(expected.GetProperty("grad").Numbers(), logps.grad!.reshape(-1).Values(), 1e-6, "gradient");
    }

    [GoldenTheory]
    [InlineData("a1 cosine schedule")]
    public void At_CosineSchedule_EqualsTheSnapshot(string name)
    {
        double[] expected = Case(name).GetProperty("expected").Numbers();
        var schedule = new Schedule(1, 0.1, 7, 21, ScheduleShape.Cosine, WarmupForm.FromZero);
        Near.Absolute(expected, [.. Enumerable.Range(0, expected.Length).Select(schedule.At)], 1e-7, "rate");
    }

    [GoldenTheory]
    [InlineData(20)]
    public void Cases_InTheFile_AreThoseAsserted(int count) => Assert.Equal(count, golden.GetProperty("cases").GetArrayLength());

    private static Tensor Clipped(JsonElement test, Tensor logps, double clip)
    {
        Tensor old = Input(test, "old_logps");
        return new PolicyLoss(clip, clip).ByToken(logps, old, old, Input(test, "advantages").squeeze(1), ones(old.shape, float64));
    }
}
