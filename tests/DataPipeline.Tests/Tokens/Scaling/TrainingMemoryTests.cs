using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Scaling;
using static DataPipeline.Tests.Tokens.Scaling.ScalingGolden;

namespace DataPipeline.Tests.Tokens.Scaling;

public sealed class TrainingMemoryTests
{
    [Theory]
    [InlineData("7.5B_x64_GB", 7.5e9, 64)]
    [InlineData("1.5B_x8_GB", 1.5e9, 8)]
    [InlineData("124M_x1_GB", 124e6, 1)]
    public void Of_ZeroStages_AreThePapersGigabytes(string golden, double parameters, int devices)
    {
        JsonElement expected = Expected("memory").GetProperty(golden);
        IReadOnlyList<MemoryRow> rows = TrainingMemory.Of(parameters, ModelShape.Assumed(parameters), new MemorySettings(devices, 1, 2048, Recompute.Full, 16));
        foreach ((string name, string method) in ((string, string)[])[("baseline", "mixed precision"), ("zero1", "ZeRO-1"), ("zero2", "ZeRO-2"), ("zero3", "ZeRO-3")])
        {
            MemoryRow row = rows.Single(row => row.Method == method);
            Near(expected.GetProperty(name).GetDouble() * 1e9, row.Weights + row.Gradients + row.Optimizer);
        }
    }

    [Fact]
    public void LayerActivations_OfTheGoldenLayer_AreTheGolden()
    {
        JsonElement expected = Expected("activation_memory");
        Near(expected.GetProperty("full").GetDouble(), TrainingMemory.LayerActivations(2048, 4, 6144, 64, Recompute.None));
        Near(expected.GetProperty("selective").GetDouble(), TrainingMemory.LayerActivations(2048, 4, 6144, 64, Recompute.Selective));
        Near(expected.GetProperty("checkpoint").GetDouble(), TrainingMemory.LayerActivations(2048, 4, 6144, 64, Recompute.Full));
    }

    /// <summary>NF4 with double quantization takes 4.127 bits a weight (Dettmers et al. 2023); adapters by hand.</summary>
    [Fact]
    public void Of_QLora_IsCountedByHand()
    {
        Near(4.127, TrainingMemory.Nf4Bytes * 8, 1e-4);
        ModelShape shape = ModelShape.Named("llama-7b");
        // r (in + out) for q, k, v, o and the three of SwiGLU in 32 layers.
        Assert.Equal(32 * 16 * (4L * (4096 + 4096) + 3 * (4096 + 11008)), shape.AdapterParameters(16));
        MemoryRow row = TrainingMemory.Of(shape.Parameters, shape, new MemorySettings(1, 1, 512, Recompute.Full, 16))[^1];
        double linear = 32 * (4L * 4096 * 4096 + 3L * 4096 * 11008), adapters = shape.AdapterParameters(16);
        Near(linear * 4.126953125 / 8 + 2 * (shape.Parameters - linear + adapters), row.Weights);
        Near(14 * adapters, row.Gradients + row.Optimizer);
        Assert.Equal(10.0 * 512 * 32000, row.Logits);
    }

    [Theory]
    [InlineData("h100:64", "h100", 64)]
    [InlineData("A100", "a100", 1)]
    public void Parse_KindAndCount_AreBoth(string text, string kind, int count)
    {
        (Gpu gpu, int found) = Gpu.Parse(text);
        Assert.Equal((kind, count), (gpu.Name, found));
    }

    [Theory]
    [InlineData("h100:0")]
    [InlineData("h100:-4")]
    [InlineData("h100:8:8")]
    [InlineData("h1000:8")]
    [InlineData("")]
    public void Parse_NoGpus_IsAMistake(string text) => Assert.StartsWith("--gpus", Assert.Throws<ConfigurationException>(() => Gpu.Parse(text)).Message);
}
