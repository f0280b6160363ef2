using DataPipeline.Tests.Parquet;

namespace DataPipeline.Tests.Tokens;

/// <summary>Runs tests/oracles/tokenizers.js.</summary>
internal static class NodeOracle
{
    public static string[] Run(params string[] arguments) =>
        Oracles.RunNode("tokenizers.js", arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A test that needs an npm package, and perhaps a file of ../shared: skipped where either is absent, unless CI says that they must be there.</summary>
public sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute(string package, string? needs = null)
    {
        if (!Requirements.OraclesAreThere && !Directory.Exists(Path.Combine(Oracles.Npm, "node_modules", package)))
            Skip = $"npm package {package} is not installed: run tests/oracles/install.sh";
        else if (needs is not null)
            Skip = needs is null ? null : SharedData.Missing(needs);
    }
}
