using System.Globalization;
using System.Net.Sockets;
using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>
/// Where the processes of a run meet. The first runs the pipeline; the others wait until it calls them to a task, help with that, and wait again until it
/// ends. What they tell each other are keys of a store, which the first holds, so none outlives it for long.
/// </summary>
public sealed class Rendezvous : IDisposable
{
    private const int PollMilliseconds = 100;
    private const string EndWord = "end";
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(10), farewell = TimeSpan.FromSeconds(10);
    private readonly TCPStore store;
    private int task = -1;

    private Rendezvous(RankEnvironment environment, TCPStore store) => (Environment, this.store) = (environment, store);

    /// <summary>That of this process, if it is one of several.</summary>
    public static Rendezvous? Current { get; private set; }

    /// <summary>Which process this is.</summary>
    public RankEnvironment Environment { get; }

    /// <summary>Exit code of the first process, once it has ended.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Goes where the environment of this process says, and makes that <see cref="Current"/>; null for a process of its own.</summary>
    public static Rendezvous? Open()
    {
        LocalRanks.EndWithParent();
        return RankEnvironment.Read(System.Environment.GetEnvironmentVariable) is { } environment ? Current = Open(environment, patience) : null;
    }

    /// <summary>Opens the store, or reaches that of the first process.</summary>
    internal static Rendezvous Open(RankEnvironment environment, TimeSpan timeout)
    {
        bool holds = environment.IsFirst && !environment.LauncherHoldsStore;
        try
        {
            var store = new TCPStore(environment.MasterAddress, environment.MasterPort, holds, timeout, environment.Prefix);
            return new Rendezvous(environment with { MasterPort = store.Port }, store);
        }
        catch (TorchException error)
        {
            string where = $"{environment.MasterAddress}:{environment.MasterPort}";
            throw new MissingPartException(holds ? $"rank 0 cannot hold the store at {where}: {error.Message}\nSet MASTER_PORT to a free port of this host"
                : $"rank {environment.Rank} does not reach rank 0 at {where}: {error.Message}\nSee that rank 0 runs and that MASTER_ADDR and MASTER_PORT are right and open", error);
        }
    }

    /// <summary>Calls the others to a task, by its step and its key; they are there when <see cref="AwaitAll"/> returns.</summary>
    internal void Call(string step, string key)
    {
        task++;
        store.set($"task/{task}", $"{step} {key}");
    }

    /// <summary>Waits to be called: the step and key of a task, or null when the first process has ended.</summary>
    public (string Step, string Key)? Next(CancellationToken cancel)
    {
        task++;
        string key = $"task/{task}";
        while (!Ask(() => store.check(key)))
        {
            cancel.ThrowIfCancellationRequested();
            Thread.Sleep(PollMilliseconds);
        }
        string[] called = Ask(() => store.get(key)).Split(' ');
        if (called[0] != EndWord) return (called[0], called[1]);
        ExitCode = int.Parse(called[1], CultureInfo.InvariantCulture);
        Ask(() => store.set($"left/{Environment.Rank}", "1"));
        return null;
    }

    /// <summary>Says that this process has come to the task.</summary>
    internal void Join() => store.set($"joined/{task}/{Environment.Rank}", "1");

    /// <summary>Waits until all others have come to the task.</summary>
    /// <param name="timeout">How long.</param>
    /// <param name="failure">Says what ended one of them, if something did.</param>
    /// <param name="cancel">Ends the waiting.</param>
    internal void AwaitAll(TimeSpan timeout, Func<string?> failure, CancellationToken cancel)
    {
        long end = System.Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (Missing($"joined/{task}") is { Count: > 0 } missing)
        {
            cancel.ThrowIfCancellationRequested();
            if (failure() is { } lost) throw new MissingPartException(lost);
            if (System.Environment.TickCount64 > end)
                throw new MissingPartException($"of {Environment.Count} processes rank {string.Join(", ", missing)} did not come within {timeout.TotalSeconds:N0} s: see that each was started and reaches {Environment.MasterAddress}:{Environment.MasterPort}");
            Thread.Sleep(PollMilliseconds);
        }
    }

    /// <summary>Ends the others' waiting with an exit code, and gives them the time to hear it.</summary>
    public void End(int exitCode)
    {
        Call(EndWord, exitCode.ToString(CultureInfo.InvariantCulture));
        long end = System.Environment.TickCount64 + (long)farewell.TotalMilliseconds;
        while (Missing("left").Count > 0 && System.Environment.TickCount64 < end) Thread.Sleep(PollMilliseconds);
    }

    /// <summary>Joins the process group of all processes.</summary>
    internal ProcessGroup JoinGroup(TimeSpan timeout, bool nccl) =>
        torch.distributed.init_process_group(store, Environment.Rank, Environment.Count, timeout, OwnAddress(), nccl);

    /// <summary>Begins to show the others that this process lives.</summary>
    internal Heartbeat NewHeartbeat() => new(store, Environment);

    /// <summary>Leaves; what the first process leaves is gone.</summary>
    public void Dispose()
    {
        if (Current == this) Current = null;
        store.Dispose();
    }

    private List<int> Missing(string key) => [.. Enumerable.Range(1, Environment.Count - 1).Where(rank => !store.check($"{key}/{rank}"))];

    // The address this host is reached by on the network where it reaches the first process; a host's name often means 127.0.1.1.
    private string OwnAddress()
    {
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(Environment.MasterAddress, Environment.MasterPort);
        var address = ((System.Net.IPEndPoint)socket.LocalEndPoint!).Address;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    private void Ask(Action ask) => Ask(() =>
    {
        ask();
        return true;
    });

    private T Ask<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (TorchException error)
        {
            throw new MissingPartException($"rank {Environment.Rank}: rank 0 ({Environment.MasterAddress}:{Environment.MasterPort}) has ended; its own output says why", error);
        }
    }
}
