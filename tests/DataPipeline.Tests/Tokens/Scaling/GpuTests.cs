using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Tests.Tokens.Scaling;

public class GpuTests
{
    /// <summary>Names as the driver gives them.</summary>
    [Theory]
    [InlineData("NVIDIA H100 80GB HBM3", "h100", 989e12)]
    [InlineData("NVIDIA H100 PCIe", "h100-pcie", 756e12)]
    [InlineData("NVIDIA H100 NVL", "h100-nvl", 835e12)]
    [InlineData("NVIDIA H200", "h200", 989e12)]
    [InlineData("NVIDIA A100-SXM4-80GB", "a100", 312e12)]
    [InlineData("NVIDIA A100-PCIE-40GB", "a100-40gb", 312e12)]
    [InlineData("Tesla V100-SXM2-16GB", "v100", 125e12)]
    [InlineData("NVIDIA GeForce RTX 4090", "rtx4090", 165.2e12)]
    [InlineData("NVIDIA L4", "l4", 121e12)]
    public void OfDevice_KnownCard_HasItsPeak(string name, string kind, double peak)
    {
        Gpu gpu = Gpu.OfDevice(name)!;

        Assert.Equal((kind, peak), (gpu.Name, gpu.PeakFlops));
    }

    [Theory]
    [InlineData("NVIDIA L40S")]
    [InlineData("Tesla V100-PCIE-16GB")]
    [InlineData("NVIDIA H200 NVL")]
    [InlineData("Quadro P1000")]
    public void OfDevice_CardWithoutAKnownPeak_IsNull(string name) => Assert.Null(Gpu.OfDevice(name));
}
