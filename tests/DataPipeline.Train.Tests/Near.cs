using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

internal static class Near
{
    internal static void Absolute(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{what}: expected {expected:R}, got {actual:R}, off by {Math.Abs(expected - actual):E2} (allowed {tolerance:E1})");

    internal static void Relative(double expected, double actual, double tolerance, string what) => Absolute(expected, actual, tolerance * Math.Abs(expected), what);

    internal static void Absolute(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Absolute(expected[i], actual[i], tolerance, $"{what}[{i}]");
    }

    internal static double[] Values(this Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.to(torch.float64).ToArray<double>();
    }
}
