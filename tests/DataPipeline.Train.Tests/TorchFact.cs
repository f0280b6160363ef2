using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>A test that needs libtorch: skipped with the reason on a laptop, run (and so failing) in CI.</summary>
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

internal static class Missing
{
    private static readonly bool inCi = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };

    internal static string? Torch { get; } = inCi || torch.TryLoad(out string reason) ? null : reason;

    internal static string? Golden { get; } = inCi || GoldenFile.Folder is not null ? null : "no ../shared/golden/train beside the checkout";
}
