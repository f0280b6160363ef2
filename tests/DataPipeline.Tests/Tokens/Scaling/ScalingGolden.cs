using System.Text.Json;

namespace DataPipeline.Tests.Tokens.Scaling;

/// <summary>Expected values of formulas, from tests/golden/scaling.json.</summary>
internal static class ScalingGolden
{
    private static readonly JsonElement Root = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Requirements.Root, "tests", "golden", "scaling.json"))).RootElement;

    public static JsonElement Case(string name) => Root.GetProperty("cases").EnumerateArray().Single(one => one.GetProperty("case").GetString() == name);

    public static JsonElement Expected(string name) => Case(name).GetProperty("expected");

    public static double[] Numbers(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetDouble())];

    public static void Near(double expected, double actual, double relative = 1e-9) =>
        Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected), $"expected {expected:R}, found {actual:R}");
}
