using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Processes that exchange tensors through torch.distributed. An exchange that fails says which process is gone.</summary>
internal sealed class GroupRanks : Ranks
{
    private readonly ProcessGroup group;
    private readonly Heartbeat heartbeat;
    private readonly LocalRanks? local;

    private GroupRanks(ProcessGroup group, Heartbeat heartbeat, LocalRanks? local) => (this.group, this.heartbeat, this.local) = (group, heartbeat, local);

    public override int Rank => group.Rank;

    public override int Count => group.Size;

    /// <summary>Bytes of the tensors that this process gave to exchanges.</summary>
    internal long Bytes => group.Bytes;

    /// <summary>Meets the other processes for a task.</summary>
    /// <param name="rendezvous">Where.</param>
    /// <param name="local">The processes that this one started, which end with the task; null where it started none.</param>
    /// <param name="step">The step that the first process calls the others to.</param>
    /// <param name="key">The key of its task.</param>
    /// <param name="options">Stage of ZeRO and patience.</param>
    /// <param name="nccl">Whether each process has a card.</param>
    /// <param name="cancel">Ends the waiting.</param>
    internal static GroupRanks Join(Rendezvous rendezvous, LocalRanks? local, string step, string key, ParallelOptions options, bool nccl, CancellationToken cancel)
    {
        var timeout = TimeSpan.FromSeconds(options.timeoutSeconds);
        Heartbeat? heartbeat = null;
        try
        {
            if (rendezvous.Environment.IsFirst)
            {
                rendezvous.Call(step, key);
                rendezvous.AwaitAll(timeout, () => local?.Failure(TimeSpan.Zero), cancel);
            }
            else
            {
                rendezvous.Join();
            }
            heartbeat = rendezvous.NewHeartbeat();
            return new GroupRanks(rendezvous.JoinGroup(timeout, nccl), heartbeat, local) { Zero = options.zero };
        }
        catch (TorchException error)
        {
            string who = local?.Failure(TimeSpan.Zero) ?? heartbeat?.Silent() ?? "rank 0 is gone";
            heartbeat?.Dispose();
            throw Lost(who, error);
        }
    }

    public override void Reduce(Tensor tensor, ReduceOp op = ReduceOp.SUM) => Exchange(() => torch.distributed.all_reduce(tensor, op));

    public override void Broadcast(Tensor tensor, int source) => Exchange(() => torch.distributed.broadcast(tensor, source));

    public override void Send(Tensor tensor, int target) => Exchange(() => torch.distributed.send(tensor, target));

    public override void Receive(Tensor tensor, int source) => Exchange(() => torch.distributed.recv(tensor, source));

    public override void Dispose()
    {
        heartbeat.Dispose();
        torch.distributed.destroy_process_group();
        base.Dispose();
    }

    // A process that was killed here is known by its exit; one on another host by its silence.
    private void Exchange(Action exchange)
    {
        try
        {
            exchange();
        }
        catch (TorchException error)
        {
            throw Lost(local?.Failure(TimeSpan.FromSeconds(2)) ?? heartbeat.Silent(), error);
        }
    }

    private static MissingPartException Lost(string who, TorchException error) => new($"{who}. Its own output says why, if it could ({error.Message}). Run the same command again to continue from the last checkpoint", error);
}
