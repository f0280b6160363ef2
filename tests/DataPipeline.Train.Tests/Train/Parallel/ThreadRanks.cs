using System.Runtime.ExceptionServices;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>Ranks as threads of one process: an exchange is a meeting at a barrier, sums are taken in the order of the ranks.</summary>
internal sealed class ThreadRanks : Ranks
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);
    private readonly Meeting meeting;

    private ThreadRanks(Meeting meeting, int rank) => (this.meeting, Rank) = (meeting, rank);

    public override int Rank { get; }

    public override int Count => meeting.Count;

    /// <summary>Runs an action for each rank on a thread of its own, and gives what they return by rank.</summary>
    internal static T[] Run<T>(int count, int zero, Func<Ranks, T> action)
    {
        var meeting = new Meeting(count);
        var results = new T[count];
        ExceptionDispatchInfo? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = action(new ThreadRanks(meeting, rank) { Zero = zero });
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                meeting.Stop.Cancel();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        failure?.Throw();
        return results;
    }

    public override void Reduce(Tensor tensor, ReduceOp op = ReduceOp.SUM)
    {
        using var off = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        meeting.Tensors[Rank] = tensor;
        Meet();
        Tensor all = meeting.Tensors[0]!.clone();
        foreach (Tensor? other in meeting.Tensors[1..])
        {
            if (op == ReduceOp.SUM) all.add_(other!);
            else all.copy_(torch.maximum(all, other!));
        }
        Meet();
        tensor.copy_(all);
    }

    public override void Broadcast(Tensor tensor, int source)
    {
        if (Rank == source) meeting.Tensors[source] = tensor;
        Meet();
        if (Rank != source) tensor.copy_(meeting.Tensors[source]!);
        Meet();
    }

    public override void Send(Tensor tensor, int target)
    {
        meeting.Mail[Rank, target].Wait(meeting.Stop.Token);
        meeting.Letters[Rank, target] = tensor.clone().DetachFromDisposeScope();
        meeting.Come[Rank, target].Release();
    }

    public override void Receive(Tensor tensor, int source)
    {
        Assert.True(meeting.Come[source, Rank].Wait(patience, meeting.Stop.Token), "nothing was sent");
        tensor.copy_(meeting.Letters[source, Rank]!);
        meeting.Letters[source, Rank]!.Dispose();
        meeting.Mail[source, Rank].Release();
    }

    private void Meet() => Assert.True(meeting.Barrier.SignalAndWait(patience, meeting.Stop.Token), "not all ranks make the same exchanges");

    private sealed class Meeting(int count)
    {
        internal int Count => count;

        internal Barrier Barrier { get; } = new(count);

        internal CancellationTokenSource Stop { get; } = new();

        internal Tensor?[] Tensors { get; } = new Tensor?[count];

        internal Tensor?[,] Letters { get; } = new Tensor?[count, count];

        internal SemaphoreSlim[,] Mail { get; } = Semaphores(count, 1);

        internal SemaphoreSlim[,] Come { get; } = Semaphores(count, 0);

        private static SemaphoreSlim[,] Semaphores(int count, int initial)
        {
            var all = new SemaphoreSlim[count, count];
            for (int i = 0; i < count * count; i++) all[i / count, i % count] = new SemaphoreSlim(initial);
            return all;
        }
    }
}
