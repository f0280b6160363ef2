using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DataPipeline.Bench;

/// <summary>A running side. It says <c>ready</c>, and for each line <c>run</c> one line of JSON: <c>{"seconds": s, "digest": "...", "figures": {...}}</c>.</summary>
internal sealed class SideProcess : IDisposable
{
    private readonly Process _process;

    public SideProcess(string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        Name = name;
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        if (ReadLine() is var line && line != "ready")
            throw new InvalidOperationException($"{name}: expected \"ready\", got: {line}");
    }

    public string Name { get; }

    /// <summary>One run; seconds are those that the side measured around its work alone.</summary>
    public Timing Run()
    {
        TimeSpan before = _process.TotalProcessorTime;
        _process.StandardInput.WriteLine("run");
        _process.StandardInput.Flush();
        using JsonDocument reply = JsonDocument.Parse(ReadLine());
        _process.Refresh();
        JsonElement root = reply.RootElement;
        string? digest = root.TryGetProperty("digest", out JsonElement text) ? text.GetString() : null;
        Dictionary<string, double> figures = root.TryGetProperty("figures", out JsonElement all) && all.ValueKind == JsonValueKind.Object
            ? all.EnumerateObject().ToDictionary(figure => figure.Name, figure => figure.Value.GetDouble()) : [];
        return new Timing(root.GetProperty("seconds").GetDouble(), (_process.TotalProcessorTime - before).TotalSeconds, digest, figures);
    }

    /// <summary>The most memory the process has had, in bytes (VmHWM).</summary>
    public long PeakBytes()
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5_000))
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>The next line that is not empty: some libraries print empty ones for progress bars without a terminal.</summary>
    private string ReadLine()
    {
        while (true)
        {
            string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended; its error is above");
            if (line.Length > 0)
                return line;
        }
    }
}

/// <summary>One run of one side.</summary>
/// <param name="Seconds">Wall time of the work alone.</param>
/// <param name="ProcessorSeconds">Processor time of the whole process meanwhile, all threads.</param>
/// <param name="Digest">Digest of the result.</param>
/// <param name="Figures">Further figures.</param>
internal sealed record Timing(double Seconds, double ProcessorSeconds, string? Digest, IReadOnlyDictionary<string, double> Figures);
