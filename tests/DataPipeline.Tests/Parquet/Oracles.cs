using System.Diagnostics;

namespace DataPipeline.Tests.Parquet;

/// <summary>Where the npm packages lie that tests compare with, and what is missing.</summary>
internal static class Oracles
{
    public static string Root { get; } = Requirements.Root;

    public static string Npm { get; } = Path.Combine(Root, ".tools", "npm");

    public static string DuckDbLibrary { get; } = Path.Combine(Npm, "node_modules", "@duckdb", "node-bindings-linux-x64", "libduckdb.so");

    public static string? Missing(Oracle oracle) => oracle switch
    {
        Oracle.DuckDb when !File.Exists(DuckDbLibrary) => "libduckdb.so is not installed: run tests/oracles/install.sh",
        Oracle.ParquetWasm when !Directory.Exists(Path.Combine(Npm, "node_modules", "parquet-wasm")) => "parquet-wasm is not installed: run tests/oracles/install.sh",
        Oracle.Hyparquet when !Directory.Exists(Path.Combine(Npm, "node_modules", "hyparquet")) => "hyparquet is not installed: run tests/oracles/install.sh",
        _ => null,
    };

    public static string RunNode(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Root, "tests", "oracles", script));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}

public enum Oracle
{
    DuckDb,
    Hyparquet,
    ParquetWasm,
}

/// <summary>A test that needs an independent implementation: skipped with the reason where that is missing, but run (to fail) where DATAPIPELINE_REQUIRE_ORACLES is 1.</summary>
public sealed class OracleFactAttribute : FactAttribute
{
    public OracleFactAttribute(Oracle oracle) => Skip = OracleSkip.Reason(oracle);
}

/// <summary>The same for a theory.</summary>
public sealed class OracleTheoryAttribute : TheoryAttribute
{
    public OracleTheoryAttribute(Oracle oracle) => Skip = OracleSkip.Reason(oracle);
}

internal static class OracleSkip
{
    public static string? Reason(Oracle oracle)
    {
        bool isRequired = Requirements.OraclesAreThere;
        return isRequired ? null : Oracles.Missing(oracle);
    }
}
