using System.Globalization;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Shows the other processes that this one lives, by a number in the store that grows, and finds out which of them do not: a failed exchange does not say whose fault it was.</summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan pause = TimeSpan.FromSeconds(1), patience = TimeSpan.FromSeconds(4);
    private readonly TCPStore store;
    private readonly RankEnvironment environment;
    private readonly ManualResetEventSlim over = new();
    private readonly Thread thread;

    internal Heartbeat(TCPStore store, RankEnvironment environment)
    {
        (this.store, this.environment) = (store, environment);
        thread = new Thread(Beat) { IsBackground = true, Name = "heartbeat" };
        thread.Start();
    }

    /// <summary>Says which processes are gone or stand still, as far as that can be told.</summary>
    internal string Silent()
    {
        try
        {
            string[] before = Beats();
            Thread.Sleep(patience);
            string[] after = Beats();
            int[] silent = [.. Enumerable.Range(0, environment.Count).Where(rank => rank != environment.Rank && before[rank] == after[rank])];
            return silent.Length == 0 ? "an exchange with the other processes failed, though all of them live" : $"rank {string.Join(", ", silent)} of {environment.Count} is gone or stands still";
        }
        catch (TorchException)
        {
            return $"rank 0 of {environment.Count} ({environment.MasterAddress}:{environment.MasterPort}) is gone";
        }
    }

    public void Dispose()
    {
        over.Set();
        thread.Join();
        over.Dispose();
    }

    private string[] Beats() => [.. Enumerable.Range(0, environment.Count).Select(rank => store.check(Key(rank)) ? store.get(Key(rank)) : "")];

    private void Beat()
    {
        try
        {
            long beat = 0;
            do store.set(Key(environment.Rank), (beat++).ToString(CultureInfo.InvariantCulture));
            while (!over.Wait(pause));
        }
        catch (TorchException)
        {
            // The store went with the first process; the next exchange says so.
        }
    }

    private static string Key(int rank) => $"beat/{rank}";
}
