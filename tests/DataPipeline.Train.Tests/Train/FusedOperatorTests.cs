using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train.Tests;

/// <summary>What newer libtorch does in one operator and older in several: the same numbers either way, chosen by what is there.</summary>
public class FusedOperatorTests
{
    [TorchTheory]
    [InlineData(4, 4, 9, 0)]
    [InlineData(8, 2, 16, 0)]
    [InlineData(4, 2, 12, 5)]
    public void Attend_ByOneOperatorOrSeveral_SameValuesAndGradients(int heads, int keyHeads, int time, int window)
    {
        double[][] Attend(bool fused)
        {
            using var scope = NewDisposeScope();
            manual_seed(6);
            Tensor[] qkv = [.. new long[] { heads, keyHeads, keyHeads }.Select(count => randn([2, time, count, 8]))];
            foreach (Tensor leaf in qkv) leaf.requires_grad = true;
            using var attention = new Attention(heads, keyHeads, window, fused: fused);
            Tensor? mask = attention.Mask(zeros([2, time], int64), ForwardContext.Plain, float32);
            Tensor y = attention.Attend(qkv[0], qkv[1], qkv[2], mask);
            (y * arange(1, heads * 8 + 1, dtype: float32)).sum().backward();
            return [y.Values(), .. qkv.Select(leaf => leaf.grad!.Values())];
        }
        Assert.True(F.HasAttention);
        double[][] one = Attend(true), several = Attend(false);
        for (int i = 0; i < one.Length; i++)
            for (int j = 0; j < one[i].Length; j++) Near.Absolute(several[i][j], one[i][j], 1e-6 * Math.Max(1, Math.Abs(several[i][j])) * (i == 0 ? 1 : 30), $"{i}, {j}");
    }

    [TorchFact]
    public void Choice_OfOperators_FollowsWhatTheDispatcherKnows()
    {
        Assert.Equal(new Operator("aten::scaled_dot_product_attention").Exists, F.HasFusedAttention);
        bool isOld = version.StartsWith("1.", StringComparison.Ordinal);
        Assert.Equal(!isOld, F.HasFusedAttention);
        // 1.13 has the schema of plain Adam's kernel, and the kernel for cards alone.
        if (isOld) Assert.True(new Operator("aten::_fused_adam_").Exists);
        if (isOld) Assert.False(fused.has_adam(decoupled: false, CPU) || fused.has_adam(decoupled: true, CPU));
    }

    [TorchTheory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Adam)]
    public void Step_WithTheKernelOrWithout_SameWeights(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var options = new OptimizerOptions(kind: kind, weightDecay: 0.1);
        double[] Train(Action<WeightGroup, int> update)
        {
            using var inner = NewDisposeScope();
            using var off = no_grad();
            manual_seed(3);
            Tensor weight = randn([4, 5]);
            var group = new WeightGroup([new Weight("w", weight)], options.weightDecay, 1, AdamW.Mean, AdamW.Square);
            for (int step = 1; step <= 5; step++)
            {
                weight.grad = randn([4, 5]);
                update(group, step);
            }
            foreach (Weight state in group.State) state.Value.Dispose();
            return weight.Values();
        }
        double[] lists = Train((group, step) => AdamW.UpdateByLists(group, 1e-2, step, options)), chosen = Train((group, step) => AdamW.Update(group, 1e-2, step, options));

        if (fused.has_adam(kind == OptimizerKind.AdamW, CPU)) Near.Absolute(lists, chosen, 1e-6, "weight");
        else Assert.Equal(lists, chosen);
    }

    [TorchFact]
    public void RmsNorm_ByOneOperatorOrSeveral_EqualsItsFormula()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn([3, 7], float64), weight = randn([7], float64);
        x.requires_grad = weight.requires_grad = true;
        Tensor y = F.rms_norm(x, weight, 1e-5);
        double[] values = x.Values(), scales = weight.Values(), normed = y.Values();
        for (int row = 0; row < 3; row++)
        {
            double rms = Math.Sqrt(Enumerable.Range(0, 7).Average(i => values[row * 7 + i] * values[row * 7 + i]) + 1e-5);
            for (int i = 0; i < 7; i++) Near.Absolute(values[row * 7 + i] / rms * scales[i], normed[row * 7 + i], 1e-12, $"row {row}, {i}");
        }
    }
}
