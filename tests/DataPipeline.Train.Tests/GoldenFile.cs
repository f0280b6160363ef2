using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>Reads the reference values that PyTorch 1.13 gave in float64 (../shared/golden/train).</summary>
internal static class GoldenFile
{
    internal static JsonElement Read(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf($"golden/train/{name}"))).RootElement;

    /// <summary>Nested arrays as numbers in row-major order.</summary>
    internal static double[] Numbers(this JsonElement element)
    {
        var numbers = new List<double>();
        Walk(element, numbers);
        return [.. numbers];
    }

    internal static long[] Shape(this JsonElement element)
    {
        var shape = new List<long>();
        for (JsonElement e = element; e.ValueKind == JsonValueKind.Array; e = e[0]) shape.Add(e.GetArrayLength());
        return [.. shape];
    }

    internal static Tensor ToTensor(this JsonElement element, ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        return torch.tensor<double>(element.Numbers(), element.Shape()).to(type).clone().MoveToOuterDisposeScope();
    }

    private static void Walk(JsonElement element, List<double> numbers)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement child in element.EnumerateArray()) Walk(child, numbers);
        }
        else
        {
            numbers.Add(element.ValueKind switch { JsonValueKind.True => 1, JsonValueKind.False => 0, _ => element.GetDouble() });
        }
    }
}
