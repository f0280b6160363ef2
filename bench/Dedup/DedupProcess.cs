using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace DataPipeline.Bench.Dedup;

/// <summary>One run of <c>datapipeline dedup</c> as a process of its own.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="ProcessorSeconds">Processor time of all threads.</param>
/// <param name="PeakBytes">Most memory it had (VmHWM, looked at every 20 ms).</param>
/// <param name="Digest">SHA-256 of the ids of what was removed and why.</param>
internal sealed record DedupProcess(double Seconds, double ProcessorSeconds, long PeakBytes, string Digest)
{
    public static DedupProcess Run(string root, string file, string kind, string settings, string output)
    {
        string settingsFile = output + ".yaml";
        File.WriteAllText(settingsFile, settings);
        long start = Stopwatch.GetTimestamp();
        ProcessStartInfo info = new("dotnet",
            [Path.Combine(root, "src", "Cli", "bin", "Release", "net10.0", "datapipeline.dll"), "dedup", file, "--kind", kind, "--settings", settingsFile, "--output", output])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        Task<string> error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        double processorSeconds = 0;
        // Nothing can be asked of a process that has ended: what was seen last counts, at most 20 ms too little.
        while (!process.WaitForExit(20))
        {
            peak = Math.Max(peak, Peak(process.Id));
            processorSeconds = Math.Max(processorSeconds, TimeOf(process.Id));
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"datapipeline dedup ended with {process.ExitCode}: {error.Result}");
        string name = Path.Combine(output, kind == "substring" ? "edits.jsonl" : "removed.jsonl");
        using FileStream removed = File.OpenRead(name);
        var result = new DedupProcess(seconds, processorSeconds, peak, Convert.ToHexStringLower(SHA256.HashData(removed)));
        removed.Dispose();
        Directory.Delete(output, recursive: true);
        return result;
    }

    private static long Peak(int process)
    {
        string? line = Lines(process, "status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    // User and system time in hundredths of a second, behind the name of the program, which may hold spaces.
    private static double TimeOf(int process) =>
        Lines(process, "stat") is [string line, ..] && line[(line.LastIndexOf(')') + 2)..].Split(' ') is { Length: > 12 } fields
            ? (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0 : 0;

    private static string[] Lines(int process, string file)
    {
        try
        {
            return File.ReadAllLines($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return [];
        }
    }
}
