using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>The processes that train one model together, as one of them sees them. All make the same calls in the same order.</summary>
public abstract class Ranks : IDisposable
{
    /// <summary>One process: nothing is exchanged.</summary>
    public static Ranks Alone { get; } = new OneRank();

    /// <summary>Number of this process, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>Number of processes.</summary>
    public abstract int Count { get; }

    /// <summary>Stage of ZeRO: 1 shards what the optimizer remembers.</summary>
    public int Zero { get; init; }

    /// <summary>Whether this is the process that writes.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Makes a tensor the sum, or the greatest, of those of all processes: the same bits in each.</summary>
    public abstract void Reduce(Tensor tensor, ReduceOp op = ReduceOp.SUM);

    /// <summary>Makes a tensor that of one process.</summary>
    public abstract void Broadcast(Tensor tensor, int source);

    /// <summary>Sends a tensor to a process that calls <see cref="Receive"/>.</summary>
    public abstract void Send(Tensor tensor, int target);

    /// <summary>Fills a tensor with what a process sends.</summary>
    public abstract void Receive(Tensor tensor, int source);

    /// <summary>Makes each number the sum, or the greatest, of those of all processes.</summary>
    public void Reduce(Span<double> values, ReduceOp op = ReduceOp.SUM)
    {
        if (Count == 1) return;
        using var scope = torch.NewDisposeScope();
        Tensor all = torch.tensor<double>(values, [values.Length]);
        Reduce(all, op);
        all.CopyTo(values);
    }

    /// <summary>Whether it is so in any process; all get the same answer.</summary>
    public bool Any(bool here)
    {
        Span<double> answer = [here ? 1 : 0];
        Reduce(answer, ReduceOp.MAX);
        return answer[0] != 0;
    }

    /// <summary>Leaves the others.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private sealed class OneRank : Ranks
    {
        public override int Rank => 0;

        public override int Count => 1;

        public override void Reduce(Tensor tensor, ReduceOp op = ReduceOp.SUM)
        {
        }

        public override void Broadcast(Tensor tensor, int source)
        {
        }

        public override void Send(Tensor tensor, int target) => throw new InvalidOperationException("one process has none to send to");

        public override void Receive(Tensor tensor, int source) => throw new InvalidOperationException("one process has none to receive from");
    }
}
