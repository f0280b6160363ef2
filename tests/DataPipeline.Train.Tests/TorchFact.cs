using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>A test that needs libtorch: skipped with the reason on a laptop, run (and so failing) where make test has installed it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute() => Skip = Missing.Torch;
}

/// <summary>A theory that needs libtorch.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute() => Skip = Missing.Torch;
}

/// <summary>A theory over the golden files, which lie beside the checkout.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GoldenTheoryAttribute : TheoryAttribute
{
    public GoldenTheoryAttribute() => Skip = Missing.Torch ?? Missing.Golden;
}

/// <summary>A test that compares with Debian's python3-torch.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PyTorchFactAttribute : FactAttribute
{
    public PyTorchFactAttribute() => Skip = Missing.Torch ?? DebianPython.Missing("torch");
}

internal static class Missing
{
    internal static string? Torch { get; } = Requirements.OraclesAreThere || torch.TryLoad(out string reason) ? null : reason;

    internal static string? Golden { get; } = SharedData.Missing("golden/train");
}
