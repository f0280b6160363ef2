using System.Globalization;
using System.Runtime.InteropServices;

namespace DataPipeline.Bench;

/// <summary>What a figure was measured on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        string model = First("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string memory = First("/proc/meminfo", "MemTotal") is { } total
            ? $"{long.Parse(total.Split(' ')[0], CultureInfo.InvariantCulture) / 1_000_000} GB" : "memory unknown";
        return $"{model}, {Environment.ProcessorCount} cores, {memory}, {RuntimeInformation.OSDescription.Split(' ')[0]}, {RuntimeInformation.FrameworkDescription}";
    }

    private static string? First(string file, string key) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() : null;
}
