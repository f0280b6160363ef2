using DataPipeline.Tests.Parquet;

namespace DataPipeline.Tests.Tokens;

/// <summary>Files beside the repository that only some machines have.</summary>
internal static class SharedData
{
    /// <summary>True where a missing part must fail a test instead of skipping it.</summary>
    public static bool MustRun => Environment.GetEnvironmentVariable("CI") is { Length: > 0 }
        || Environment.GetEnvironmentVariable("DATAPIPELINE_REQUIRE_ORACLES") == "1";

    public static string PathOf(string relative) => Path.Combine(Oracles.Root, "..", "shared", relative);
}

/// <summary>A test that needs a file of ../shared: skipped where it is absent, unless CI says that it must be there.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string needs)
    {
        string path = SharedData.PathOf(needs);
        if (!SharedData.MustRun && !File.Exists(path) && !Directory.Exists(path))
            Skip = $"../shared/{needs} is not on this machine";
    }
}
