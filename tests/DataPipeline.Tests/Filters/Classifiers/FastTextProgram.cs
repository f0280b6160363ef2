using System.Diagnostics;

namespace DataPipeline.Tests.Filters;

/// <summary>A test that compares with fastText's own program; <c>make test</c> installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FastTextTheoryAttribute : TheoryAttribute
{
    public FastTextTheoryAttribute() => Skip = FastTextProgram.Missing;
}

/// <summary>fastText's own program, version 0.9.2 of Debian.</summary>
internal static class FastTextProgram
{
    public static string? Missing { get; } = Requirements.OraclesAreThere || (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "fasttext")))
        ? null : "fastText's program is not on this machine (apt-get install fasttext)";

    public static string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("fasttext", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }
}
