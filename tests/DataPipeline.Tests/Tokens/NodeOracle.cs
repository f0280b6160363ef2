using System.Diagnostics;

namespace DataPipeline.Tests.Tokens;

/// <summary>Runs tests/oracles/tokenizers.js.</summary>
internal static class NodeOracle
{
    public static string Packages { get; } = Path.Combine(SharedData.Root, ".tools", "npm", "node_modules");

    public static string[] Run(params string[] arguments)
    {
        ProcessStartInfo start = new("node")
        {
            RedirectStandardOutput = true,
            Environment = { ["NODE_PATH"] = Packages, ["RAYON_NUM_THREADS"] = "1" },
        };
        start.ArgumentList.Add(Path.Combine(SharedData.Root, "tests", "oracles", "tokenizers.js"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"node exited {process.ExitCode}: {output}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

/// <summary>A test that needs an npm package and a file of ../shared: skipped where either is absent, unless CI says that they must be there.</summary>
public sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute(string package, string needs)
    {
        if (SharedData.MustRun)
            return;
        if (!Directory.Exists(Path.Combine(NodeOracle.Packages, package)))
            Skip = $"npm package {package} is not installed: run tests/oracles/install.sh";
        else if (!Path.Exists(SharedData.PathOf(needs)))
            Skip = $"../shared/{needs} is not on this machine";
    }
}
