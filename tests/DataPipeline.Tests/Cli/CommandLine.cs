using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DataPipeline.Tests.Cli;

/// <summary>Runs the program as a user does: its own process, exit code and both outputs.</summary>
internal static partial class CommandLine
{
    public const int Interrupt = 2, Kill = 9, Terminate = 15;
    private const int Continue = 18, Halt = 19;

    public static (int ExitCode, string Output, string Error) Run(string folder, params string[] arguments) => Finish(Start(folder, arguments));

    public static Process Start(string folder, params string[] arguments) => StartIn(AppContext.BaseDirectory, folder, arguments);

    /// <summary>Starts the program with more environment variables.</summary>
    public static Process Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start(AppContext.BaseDirectory, folder, environment, arguments);

    /// <summary>Starts the program from a folder of its own assemblies.</summary>
    public static Process StartIn(string program, string folder, params string[] arguments) => Start(program, folder, new Dictionary<string, string>(), arguments);

    private static Process Start(string program, string folder, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(program, "datapipeline.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end and gives what it said.</summary>
    public static (int ExitCode, string Output, string Error) Finish(Process process)
    {
        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
    }

    /// <summary>Runs the program and sends it a signal in the middle of a task of a step.</summary>
    /// <remarks>The process is halted before it is looked at, so that it cannot leave the task between the look and the signal. A step that was
    /// over before is undone and tried again.</remarks>
    /// <param name="output">Folder of the run, below <paramref name="folder"/>.</param>
    /// <param name="wanted">What has to stand in the step's folder, as a pattern for files and folders at any depth.</param>
    public static (int ExitCode, string Output, string Error) Signal(
        int signal, string folder, string output, string step, string wanted, params string[] arguments)
    {
        string stepFolder = Path.Combine(folder, output, step), manifest = Path.Combine(stepFolder, "manifest.json");
        for (int attempt = 0; attempt < 30; attempt++)
        {
            if (attempt > 0 && Directory.Exists(stepFolder))
                Directory.Delete(stepFolder, recursive: true);
            Process process = Start(folder, arguments);
            while (!Directory.Exists(stepFolder) && !process.HasExited)
                Thread.Sleep(1);
            while (!process.HasExited && !File.Exists(manifest))
            {
                Send(process, Halt);
                bool reached = !File.Exists(manifest) && Directory.EnumerateFileSystemEntries(stepFolder, wanted, SearchOption.AllDirectories).Any();
                if (reached)
                {
                    if (Ignores(process, signal))
                        throw new InvalidOperationException($"signal {signal} is ignored here, as behind `&` in a script: run the tests in the foreground");
                    Send(process, signal);
                    Send(process, Continue);
                    return Finish(process);
                }
                Send(process, Continue);
                Thread.Sleep(1);
            }
            Send(process, Kill);
            Finish(process);
        }
        throw new InvalidOperationException($"step {step} was over before the signal in each of 30 tries");
    }

    /// <summary>Whether a process began with a signal switched off, which .NET leaves so.</summary>
    private static bool Ignores(Process process, int signal)
    {
        string line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) >> (signal - 1) & 1) != 0;
    }

    /// <summary>SHA-256 of every file of a run, a line each. The catalog is left out: it holds times.</summary>
    public static string Digests(string run) => string.Join('\n', Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(run, path))
        .Where(path => !path.StartsWith("catalog.db", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(path => $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, path))))}"));

    /// <summary>Copies samples/ into a folder, so that a pipeline file there can name them.</summary>
    public static void CopySamples(string folder)
    {
        foreach (string kind in (string[])["books", "web", "code", "dialogue", "preference"])
        {
            string target = Directory.CreateDirectory(Path.Combine(folder, "samples", kind)).FullName;
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, "samples", kind)))
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    /// <summary>The root of the checkout the tests were built from.</summary>
    public static string Root { get; } = Requirements.Root;

    private static void Send(Process process, int signal) => _ = SendSignal(process.Id, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
