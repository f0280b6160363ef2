using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tokens.Scaling;

/// <summary>A kind of GPU.</summary>
/// <param name="Name">What <c>--gpus</c> calls it.</param>
/// <param name="PeakFlops">Dense peak a second in <paramref name="Precision"/>, as its maker states it.</param>
/// <param name="MemoryBytes">Nominal memory in bytes of decimal gigabytes, which leaves about 7 % for the driver and fragments.</param>
/// <param name="Precision">The 16-bit format it multiplies in.</param>
public sealed record Gpu(string Name, double PeakFlops, double MemoryBytes, string Precision = "bf16")
{
    /// <summary>All known, the four of the table first.</summary>
    public static readonly IReadOnlyList<Gpu> All =
    [
        new("v100", 125e12, 32e9, "fp16"), new("a100", 312e12, 80e9), new("h100", 989e12, 80e9), new("h200", 989e12, 141e9),
        new("a100-40gb", 312e12, 40e9), new("h100-pcie", 756e12, 80e9), new("h100-nvl", 835e12, 94e9), new("b200", 2250e12, 180e9),
        new("mi300x", 1300e12, 192e9), new("rtx4090", 165.2e12, 24e9), new("l4", 121e12, 24e9),
    ];

    /// <summary>Those whose times are shown when none is asked for.</summary>
    public static IEnumerable<Gpu> Standard => All.Take(4);

    /// <summary>Hours that so many of them take.</summary>
    /// <param name="flops">FLOPs in all.</param>
    /// <param name="count">GPUs.</param>
    /// <param name="utilisation">Model FLOPs utilisation, the share of the peak that is reached.</param>
    public double Hours(double flops, int count, double utilisation) => flops / (PeakFlops * utilisation * count) / 3600;

    /// <summary>FLOPs that so many of them do in a time.</summary>
    public double Flops(double hours, int count, double utilisation) => PeakFlops * utilisation * count * hours * 3600;

    /// <summary>The kind that a driver's name of a card means, as <c>NVIDIA H100 80GB HBM3</c>; null where none is known.</summary>
    public static Gpu? OfDevice(string name)
    {
        string[] words = name.ToLowerInvariant().Split([' ', '-', '_', '/'], StringSplitOptions.RemoveEmptyEntries);
        // Other boards of a V100 or an H200 have other peaks, which are not in the table.
        bool isPcie = words.Contains("pcie"), isNvl = words.Contains("nvl");
        string? kind = words.Contains("h100") ? isPcie ? "h100-pcie" : isNvl ? "h100-nvl" : "h100"
            : words.Contains("a100") ? words.Contains("40gb") ? "a100-40gb" : "a100"
            : words.Contains("v100") ? isPcie ? null : "v100"
            : words.Contains("h200") ? isNvl ? null : "h200"
            : words.Contains("4090") ? "rtx4090"
            : words.FirstOrDefault(word => word is "b200" or "mi300x" or "l4");
        return All.FirstOrDefault(gpu => gpu.Name == kind);
    }

    /// <summary>Kind and number of <c>h100:64</c>; one where no number is given.</summary>
    /// <exception cref="ConfigurationException">The kind is not known or the number is none.</exception>
    public static (Gpu Gpu, int Count) Parse(string text)
    {
        string[] parts = text.Split(':');
        int count = 1;
        if (parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1)))
            throw new ConfigurationException($"--gpus '{text}': write a kind and a number, such as h100:64");
        return (All.FirstOrDefault(gpu => gpu.Name.Equals(parts[0], StringComparison.OrdinalIgnoreCase))
            ?? throw new ConfigurationException($"--gpus '{parts[0]}' is not known{Mistakes.Suggest(parts[0], All.Select(gpu => gpu.Name))}"), count);
    }
}
