using System.Diagnostics;

namespace DataPipeline.Tests.Samples;

/// <summary>Where the committed samples are.</summary>
internal static class SampleFiles
{
    /// <summary>The folder samples/ of the repository that the tests were built in.</summary>
    public static string Root { get; } = Path.Combine(Requirements.Root, "samples");

    public static string PathOf(string name) => Path.Combine(Root, name);
}

/// <summary>Skips where there is no python3: the builder of the samples needs it, the samples themselves do not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute() => Skip = HasPython() ? null : "python3 is not on this machine";

    private static bool HasPython()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", "--version") { RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
