using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Train.Tests.Cli;

/// <summary>Training in several real processes, as a user starts them.</summary>
public sealed partial class ParallelRunTests : IDisposable
{
    private const int Halt = 19, Continue = 18, Steps = 40;

    private const string Data = """
        name: data
        seed: 5
        output: data
        sources:
          dialogue: { read: { messages: { files: samples/dialogue/*.jsonl } } }
          books: { read: { books: { files: samples/books/*.txt } } }
        tokenizer: { train: { vocabulary_size: 512 } }
        shards: {}
        mix: { weights: { dialogue: 0.5, books: 0.5 }, validation: 0.05 }
        """;

    private const string Train = """
        name: train
        seed: 5
        from: [data]
        train:
          pretrain:
            model: { layers: 2, heads: 2, kv_heads: 1, width: 32, context: 32 }
            batch: 4
            validation_samples: 4
            run: { steps: 40, eval_interval: 20, checkpoint_interval: 10, keep_checkpoints: 9 }
            parallel: { processes: 1, zero: 0 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("parallel-runs").FullName;

    public ParallelRunTests()
    {
        CommandLine.CopySamples(_folder);
        File.WriteAllText(Path.Combine(_folder, "data.yaml"), Data);
        foreach ((int processes, int zero) in ((int, int)[])[(1, 0), (2, 0), (2, 1)])
            File.WriteAllText(Path.Combine(_folder, $"{processes}-{zero}.yaml"), Train.Replace("processes: 1, zero: 0", $"processes: {processes}, zero: {zero}"));
        (int exit, _, string error) = CommandLine.Run(_folder, "run", "data.yaml");
        Assert.True(exit == 0, error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Run_TwoProcesses_HasTheLossesOfOne()
    {
        Run("1-0.yaml", "one");
        string said = Run("2-0.yaml", "two");

        Assert.Contains("in 2 processes", said);
        Assert.Contains("MB a step were given to the other processes", said);
        SameLosses("one", "two");
        // How many processes there are is no reason to train again.
        Assert.Contains("all done by an earlier run", Run("1-0.yaml", "two"));

        // The processes of two hosts would be started so, and with ZeRO.
        int port = FreePort();
        Process[] ranks = [.. Enumerable.Range(0, 2).Select(rank => CommandLine.Start(_folder, new Dictionary<string, string>
        {
            ["RANK"] = $"{rank}", ["LOCAL_RANK"] = $"{rank}", ["WORLD_SIZE"] = "2", ["MASTER_ADDR"] = "localhost", ["MASTER_PORT"] = $"{port}",
        }, "run", "2-1.yaml", "--output", "launched"))];
        (int ExitCode, string Output, string Error)[] ends = [.. ranks.Select(CommandLine.Finish)];
        Assert.All(ends, end => Assert.True(end.ExitCode == 0, end.Error));
        Assert.Empty(ends[1].Error);
        Assert.Equal(Outputs("two"), Outputs("launched"));

        (int exit, string error) = Disturb("2-0.yaml", "killed", 10, (_, child) => Send(child, CommandLine.Kill));
        Assert.Equal(4, exit);
        Assert.Matches("rank 1 of 2 \\(process \\d+\\) was killed by signal 9", error);
        Assert.Contains("Run the same command again to continue", error);
        Assert.Contains("goes on from step ", Run("2-0.yaml", "killed"));
        Assert.Equal(Outputs("two"), Outputs("killed"));
    }

    [TorchFact]
    public void Run_StoppedAndContinuedInOtherNumbers_SeesTheSameSamples()
    {
        Run("1-0.yaml", "whole");

        // A terminal sends Ctrl-C to both.
        (int exit, string error) = Disturb("2-1.yaml", "parts", 10, (parent, child) =>
        {
            Send(child, CommandLine.Interrupt);
            Send(parent, CommandLine.Interrupt);
        });
        Assert.Equal(130, exit);
        Assert.Contains("run the same command again to continue", error);

        (_, error) = Disturb("1-0.yaml", "parts", 20, (only, _) => Send(only, CommandLine.Kill));
        Assert.Contains("goes on from step ", error);

        // The parent is killed, so that nobody tells the child; it has to end by itself.
        int orphan = 0;
        (_, error) = Disturb("2-0.yaml", "parts", 30, (parent, child) =>
        {
            orphan = child;
            Send(parent, CommandLine.Kill);
        });
        Assert.Contains("goes on from step 2", error);
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{orphan}"), TimeSpan.FromSeconds(20)), "a rank outlived the process that started it");

        Assert.Contains("goes on from step 3", Run("2-1.yaml", "parts"));
        SameLosses("whole", "parts");
    }

    private string Run(string file, string output)
    {
        (int exit, _, string error) = CommandLine.Run(_folder, "run", file, "--output", output);
        Assert.True(exit == 0, error);
        return error;
    }

    /// <summary>Continues a run and does something to its process, and to the one that this started, between a checkpoint and the end.</summary>
    private (int ExitCode, string Error) Disturb(string file, string output, int checkpoint, Action<int, int> action)
    {
        string step = Path.Combine(_folder, output, "train.pretrain");
        for (int attempt = 0; attempt < 20; attempt++)
        {
            Process parent = CommandLine.Start(_folder, "run", file, "--output", output);
            while (!parent.HasExited)
            {
                // What is looked at does not move.
                Send(parent.Id, Halt);
                int[] children = [.. File.ReadAllText($"/proc/{parent.Id}/task/{parent.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
                bool reached = Has($"step-{checkpoint:D8}") && !Has($"step-{Steps:D8}") && !Has("manifest.json") && children.Length == file[0] - '1';
                if (reached)
                    action(parent.Id, children.FirstOrDefault());
                Send(parent.Id, Continue);
                if (reached)
                {
                    (int exit, _, string error) = CommandLine.Finish(parent);
                    return (exit, error);
                }
                Thread.Sleep(1);
            }
            CommandLine.Finish(parent);
            Directory.Delete(step, recursive: true);
        }
        throw new InvalidOperationException("training was over before it could be disturbed in each of 20 tries");

        bool Has(string name) => Directory.Exists(step) && Directory.EnumerateFileSystemEntries(step, name, SearchOption.AllDirectories).Any();
    }

    private void SameLosses(string expected, string actual)
    {
        (int Step, string Kind, double Loss)[] before = Losses(expected), after = Losses(actual);
        Assert.Equal(Steps, before.Count(line => line.Kind == "train"));
        Assert.Equal(before.Select(line => (line.Step, line.Kind)), after.Select(line => (line.Step, line.Kind)));
        for (int i = 0; i < before.Length; i++)
            Near.Absolute(before[i].Loss, after[i].Loss, 1e-6, $"{before[i].Kind} loss of step {before[i].Step}");
    }

    private (int Step, string Kind, double Loss)[] Losses(string output) =>
        [.. File.ReadLines(Path.Combine(_folder, output, "train.pretrain", "log.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(line => (line.GetProperty("step").GetInt32(), line.GetProperty("kind").GetString()!, line.GetProperty("loss").GetDouble()))];

    private string Outputs(string output) => CommandLine.Digests(Path.Combine(_folder, output, "train.pretrain"));

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Send(int process, int signal) => _ = SendSignal(process, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
