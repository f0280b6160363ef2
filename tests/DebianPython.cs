using System.Diagnostics;

namespace DataPipeline.Tests;

/// <summary>Debian's own Python, whose packages some tests compare with; another one on PATH would not see them.</summary>
internal static class DebianPython
{
    /// <summary>Why a test that needs <c>python3-PACKAGE</c> is skipped, or null where it is there or <c>make test</c> said so.</summary>
    public static string? Missing(string package) =>
        Requirements.OraclesAreThere || Directory.Exists($"/usr/lib/python3/dist-packages/{package}") ? null : $"python3-{package} is not installed: run scripts/setup.sh test";

    /// <summary>Runs it to the end and gives what it printed; a test fails with its error where it fails.</summary>
    public static string Run(string input, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output;
    }

    /// <summary>Path of a script of tests/oracles.</summary>
    public static string Oracle(string name) => Path.Combine(Requirements.Root, "tests", "oracles", name);
}

/// <summary>A test that needs a package of <see cref="DebianPython"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DebianPythonFactAttribute : FactAttribute
{
    /// <param name="package">The package, without python3-.</param>
    public DebianPythonFactAttribute(string package) => Skip = DebianPython.Missing(package);
}
