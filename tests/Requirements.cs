namespace DataPipeline.Tests;

/// <summary>What some tests need beside the repository. A missing part skips them with the reason, except where it was promised: then they fail.</summary>
internal static class Requirements
{
    /// <summary>Set by <c>make test</c>, which installs the npm oracles, Debian's python3 packages (scripts/setup.sh) and libtorch.</summary>
    public static bool OraclesAreThere => Environment.GetEnvironmentVariable("DATAPIPELINE_REQUIRE_ORACLES") == "1";

    /// <summary>Set by <c>.ci/run</c>, which has ../shared beside the checkout.</summary>
    public static bool SharedDataIsThere => Environment.GetEnvironmentVariable("DATAPIPELINE_REQUIRE_SHARED") == "1";

    /// <summary>The root of the checkout the tests were built from.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "DataPipeline.sln"))
        ? folder : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no DataPipeline.sln above the tests"));
}

/// <summary>Public data and golden values beside the checkout, which users do not have.</summary>
internal static class SharedData
{
    /// <summary>Path of a file or folder of ../shared, there or not.</summary>
    public static string PathOf(string relative) => Path.GetFullPath(Path.Combine(Requirements.Root, "..", "shared", relative));

    /// <summary>Why a test that needs it is skipped, or null to run it.</summary>
    public static string? Missing(string relative) =>
        Requirements.SharedDataIsThere || Path.Exists(PathOf(relative)) ? null : $"../shared/{relative} is not on this machine";

    /// <summary>Path of something under ../shared/data for the part of a test that uses it; null, with a printed line, where it is absent.</summary>
    public static string? Find(string relative)
    {
        if (Missing($"data/{relative}") is not { } reason)
            return PathOf($"data/{relative}");
        Console.WriteLine($"skipped: {reason}");
        return null;
    }
}

/// <summary>A test that needs something of ../shared.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    /// <param name="needs">Path below ../shared.</param>
    public SharedFactAttribute(string needs) => Skip = SharedData.Missing(needs);
}

/// <summary>A theory that needs something of ../shared.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    /// <param name="needs">Path below ../shared.</param>
    public SharedTheoryAttribute(string needs) => Skip = SharedData.Missing(needs);
}
