using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>The parts of the models against PyTorch (g2): rotary positions, linear biases, attention under masks, adapters, 4-bit numbers.</summary>
public class OperatorGoldenTests
{
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g2_ops.json");

    private static JsonElement Case(string op) => golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("op").GetString() == op);

    private static Tensor Input(JsonElement test, string key) => test.GetProperty("inputs").GetProperty(key).ToTensor(float64);

    private static Tensor Leaf(JsonElement test, string key)
    {
        Tensor leaf = Input(test, key);
        leaf.requires_grad = true;
        return leaf;
    }

    private static void Same(JsonElement expected, Tensor actual, string what) => Near.Absolute(expected.Numbers(), actual.detach().Values(), 1e-9, what);

    [GoldenTheory]
    [InlineData("rope", 10000, null)]
    [InlineData("rope_theta_500k", 500000, null)]
    [InlineData("rope_linear_pi", 10000, RopeScalingKind.Linear)]
    [InlineData("rope_ntk_aware", 10000, RopeScalingKind.Ntk)]
    public void Rope_EachLayout_EqualsPyTorch(string op, double theta, RopeScalingKind? kind)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(op), expected = test.GetProperty("expected");
        double[] frequencies = Rope.Frequencies(8, theta, kind is { } scaled ? new RopeScaling(scaled, factor: 4) : null);
        Near.Absolute(expected.GetProperty("inv_freq").Numbers(), frequencies, 1e-9, "frequencies");
        Tensor x_BTHD = Input(test, "x").transpose(1, 2), positions = test.GetProperty("inputs").GetProperty("positions").ToTensor(int64).unsqueeze(0);
        foreach ((RopeLayout layout, string key) in new[] { (RopeLayout.HalfSplit, "half"), (RopeLayout.Interleaved, "interleaved") })
        {
            using var rope = new Rope(101, frequencies, layout, float64, CPU);
            Same(expected.GetProperty(key), rope.At(0, 6, positions).Rotate(x_BTHD).transpose(1, 2).contiguous(), key);
        }
    }

    [GoldenTheory]
    [InlineData("rope_llama31_scaling")]
    public void Frequencies_Llama31_EqualPyTorch(string op)
    {
        JsonElement expected = Case(op).GetProperty("expected");
        double[] want = expected.GetProperty("inv_freq").Numbers(), got = Rope.Frequencies(128, 500000, new RopeScaling(RopeScalingKind.Llama3));
        for (int i = 0; i < want.Length; i++) Near.Relative(want[i], got[i], 1e-9, $"frequency {i}");
        Assert.NotEqual(expected.GetProperty("unscaled").Numbers()[40], got[40]);
    }

    [GoldenTheory]
    [InlineData("alibi_slopes")]
    public void Slopes_AnyNumberOfHeads_EqualThePublished(string op)
    {
        foreach (JsonProperty heads in Case(op).GetProperty("expected").GetProperty("slopes").EnumerateObject())
            Near.Absolute(heads.Value.Numbers(), Alibi.Slopes(int.Parse(heads.Name)), 1e-9, heads.Name);
    }

    public static TheoryData<string, bool> Masks()
    {
        var data = new TheoryData<string, bool>();
        foreach (string mask in (string[])["causal", "window3", "prefix_lm_2", "bidirectional", "packed_documents_3_3", "causal_alibi"])
            foreach (bool fused in (bool[])(Missing.Torch is null && nn.functional.HasAttention ? [false, true] : [false]))
                data.Add(mask, fused);
        return data;
    }

    [GoldenTheory]
    [MemberData(nameof(Masks))]
    public void Attend_UnderAMask_EqualsPyTorchWithItsGradients(string mask, bool fused)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case("gqa_attention"), expected = test.GetProperty("expected").GetProperty(mask);
        Tensor q = Leaf(test, "q"), k = Leaf(test, "k"), v = Leaf(test, "v");
        using var attention = new Attention(4, 2, mask == "window3" ? 3 : 0, mask == "causal_alibi" ? Alibi.Slopes(4) : null, mask != "bidirectional", fused);
        var context = new ForwardContext(mask == "packed_documents_3_3" ? tensor<int>([0, 0, 0, 1, 1, 1], [1, 6]) : null)
        {
            Prefix_B = mask == "prefix_lm_2" ? tensor<long>([2], [1]) : null,
        };
        Tensor scores = attention.Mask(zeros([1, 6], int64), context, float64)!;
        Tensor y = attention.Attend(q.transpose(1, 2).contiguous(), k.transpose(1, 2), v.transpose(1, 2), scores).view(1, 6, 4, 8).transpose(1, 2);
        Same(expected.GetProperty("y"), y.contiguous(), "y");
        if (!expected.TryGetProperty("dq", out JsonElement dq)) return;
        y.backward(Input(test, "upstream_grad"));
        Same(dq, q.grad!, "dq");
        Same(expected.GetProperty("dk"), k.grad!, "dk");
        Same(expected.GetProperty("dv"), v.grad!, "dv");
    }

    [GoldenTheory]
    [InlineData("swiglu_hidden_size")]
    public void HiddenWidthOf_EveryRow_EqualsTheReferenceRule(string op)
    {
        foreach (JsonElement row in Case(op).GetProperty("expected").GetProperty("rows").EnumerateArray())
            Assert.Equal(row.GetProperty("hidden").GetInt32(), LlamaOptions.HiddenWidthOf(row.GetProperty("d").GetInt32(), row.GetProperty("multiple_of").GetInt32(),
                row.GetProperty("ffn_dim_multiplier") is { ValueKind: JsonValueKind.Number } multiplier ? multiplier.GetDouble() : null));
    }

    [GoldenTheory]
    [InlineData("lora")]
    public void Apply_Lora_EqualsPyTorchWithItsGradients(string op)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(op), expected = test.GetProperty("expected");
        Tensor a = Leaf(test, "A"), b = Leaf(test, "B"), w = Input(test, "W");
        using var linear = new Linear("one", w, null) { Lora = new LoraPair(a, b, 8.0 / 2, 0) };
        Tensor y = linear.Apply(Input(test, "x"));
        Same(expected.GetProperty("y"), y, "y");
        y.backward(Input(test, "upstream_grad"));
        Same(expected.GetProperty("dA"), a.grad!, "dA");
        Same(expected.GetProperty("dB"), b.grad!, "dB");
        Same(expected.GetProperty("merged"), w + linear.Lora.Product(), "merged");
    }

    [GoldenTheory]
    [InlineData("nf4_block_quant")]
    public void Quantize_Nf4_EqualsTheReference(string op)
    {
        using var scope = NewDisposeScope();
        JsonElement test = Case(op), expected = test.GetProperty("expected");
        float[] values = [.. test.GetProperty("inputs").GetProperty("x").Numbers().Select(x => (float)x)];
        (byte[] packed, float[] scales) = Nf4.Quantize(values);
        Near.Absolute(expected.GetProperty("codebook").Numbers(), [.. Nf4.Levels.ToArray().Select(l => (double)l)], 1e-6, "levels");
        Near.Absolute(expected.GetProperty("absmax").GetDouble(), scales[0], 1e-6, "scale");
        Assert.Equal(expected.GetProperty("indices").Numbers(), Enumerable.Range(0, values.Length).Select(i => (double)(i % 2 == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15)));
        using var matrix = new Nf4Matrix(tensor<float>(values, [8, values.Length / 8]));
        Near.Absolute(expected.GetProperty("dequant").Numbers(), matrix.Dequantized(float32).Values(), 1e-6, "dequantized");
    }
}
