using System.Diagnostics;
using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>
/// Processes on this host that this one, rank 0, started to train with it: the same command again, with the environment that torchrun would give it. Each
/// holds the end of a pipe from this process and ends when that closes, so none is left behind however this one ends.
/// </summary>
internal sealed class LocalRanks : IDisposable
{
    // Set for a process that ends when its standard input does.
    private const string ParentVariable = "DATAPIPELINE_PARENT";
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(1), farewell = TimeSpan.FromSeconds(5);
    private readonly List<Process> processes = [];

    private LocalRanks(Rendezvous rendezvous) => Rendezvous = rendezvous;

    /// <summary>Where they meet.</summary>
    internal Rendezvous Rendezvous { get; }

    /// <summary>Starts ranks 1 to count - 1.</summary>
    /// <param name="count">Processes in all.</param>
    /// <param name="say">Is told every line that they write.</param>
    internal static LocalRanks Start(int count, Action<string> say)
    {
        var local = new LocalRanks(Rendezvous.Open(new RankEnvironment(Rank: 0, count, LocalRank: 0, "127.0.0.1", MasterPort: 0, "datapipeline"), patience));
        for (int rank = 1; rank < count; rank++) local.processes.Add(Start(rank, local.Rendezvous.Environment, say));
        return local;
    }

    /// <summary>Ends this process when the one that started it does; called once, by a process that was started.</summary>
    internal static void EndWithParent()
    {
        if (Environment.GetEnvironmentVariable(ParentVariable) is null) return;
        new Thread(() =>
        {
            using Stream pipe = Console.OpenStandardInput();
            while (pipe.ReadByte() >= 0) { }
            // At once: an orderly end would wait for an exchange that nobody answers.
            Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true, Name = "parent watch" }.Start();
    }

    /// <summary>What ended one of them, waiting so long for that; null when all run.</summary>
    internal string? Failure(TimeSpan patience)
    {
        long end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        do
        {
            for (int i = 0; i < processes.Count; i++)
            {
                if (!processes[i].HasExited) continue;
                int code = processes[i].ExitCode;
                return $"rank {i + 1} of {processes.Count + 1} (process {processes[i].Id}) " + (code > 128 ? $"was killed by signal {code - 128}" : $"ended with exit code {code}");
            }
            Thread.Sleep(20);
        }
        while (Environment.TickCount64 < end);
        return null;
    }

    /// <summary>Tells them that there is nothing left to do.</summary>
    internal void Finish() => Rendezvous.End(exitCode: 0);

    /// <summary>Ends those that still run.</summary>
    public void Dispose()
    {
        foreach (Process process in processes)
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(farewell)) process.Kill();
            process.Dispose();
        }
        Rendezvous.Dispose();
    }

    private static Process Start(int rank, RankEnvironment environment, Action<string> say)
    {
        string program = Environment.ProcessPath ?? throw new MissingPartException("the path of this program is not known, so it cannot start others: start the processes with torchrun or srun");
        string[] own = Environment.GetCommandLineArgs();
        // dotnet is told what to run; a program of its own knows.
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? ["exec", .. own] : own[1..];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        (string Name, int Value)[] numbers = [("RANK", rank), ("LOCAL_RANK", rank), ("WORLD_SIZE", environment.Count), ("LOCAL_WORLD_SIZE", environment.Count), ("MASTER_PORT", environment.MasterPort), (ParentVariable, Environment.ProcessId)];
        foreach ((string name, int value) in numbers) start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = environment.MasterAddress;
        start.Environment.Remove("TORCHELASTIC_USE_AGENT_STORE");
        start.Environment.Remove("TORCHELASTIC_RESTART_COUNT");
        Process process = Process.Start(start)!;
        process.OutputDataReceived += Say;
        process.ErrorDataReceived += Say;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Say(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is not null) say($"rank {rank}: {line.Data}");
        }
    }
}
