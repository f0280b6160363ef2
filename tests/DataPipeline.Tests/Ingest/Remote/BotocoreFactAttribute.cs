using System.Diagnostics;

namespace DataPipeline.Tests.Ingest.Remote;

/// <summary>A test that needs Debian's python3-botocore: skipped where it is absent, unless <c>make test</c> said that it is there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BotocoreFactAttribute : FactAttribute
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> IsThere = new(() => File.Exists(Python) && Run("", "-c", "import botocore").ExitCode == 0);

    public BotocoreFactAttribute()
    {
        if (!Requirements.OraclesAreThere && !IsThere.Value)
            Skip = "python3-botocore is not installed: run scripts/setup.sh test";
    }

    /// <summary>A line for each address: the address and its header Authorization.</summary>
    public static string Sign(string[] addresses)
    {
        (int code, string output, string error) = Run(string.Join('\n', addresses), Path.Combine(Requirements.Root, "tests/oracles/botocore_sign.py"));
        Assert.True(code == 0, error);
        return output;
    }

    private static (int ExitCode, string Output, string Error) Run(string input, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
