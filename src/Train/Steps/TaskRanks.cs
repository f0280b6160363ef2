using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Torch;

namespace DataPipeline.Train.Steps;

/// <summary>The processes that do a training task together: those that were started together, or those that this process starts, or this one alone.</summary>
internal sealed class TaskRanks : IDisposable
{
    private readonly TaskContext _context;
    private readonly LocalRanks? _local;

    private TaskRanks(TaskContext context, Ranks ranks, Device device, LocalRanks? local) => (_context, Ranks, Device, _local) = (context, ranks, device, local);

    /// <summary>The processes.</summary>
    public Ranks Ranks { get; }

    /// <summary>Where this one computes.</summary>
    public Device Device { get; }

    /// <summary>Meets the other processes, if there are any.</summary>
    public static TaskRanks Join(TaskContext context, ParallelOptions options, string device)
    {
        if (Rendezvous.Current is null && options.processes == 1)
            return new TaskRanks(context, Ranks.Alone, TrainingDevice.Choose(device), null);
        LocalRanks? local = Rendezvous.Current is null ? LocalRanks.Start(options.processes, context.Say) : null;
        try
        {
            Rendezvous rendezvous = local?.Rendezvous ?? Rendezvous.Current!;
            Device own = TrainingDevice.Choose(device, rendezvous.Environment);
            bool nccl = own.Type == DeviceType.CUDA && torch.distributed.is_nccl_available();
            return new TaskRanks(context, GroupRanks.Join(rendezvous, local, context.Step.Name, context.Key, options, nccl, context.Cancel), own, local);
        }
        catch
        {
            local?.Dispose();
            throw;
        }
    }

    /// <summary>Ends the common work. Returns whether this process is to write what came of it.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="steps">Steps that this process took part in.</param>
    /// <exception cref="InputException">It was cut short because another process was asked to stop.</exception>
    public bool Finish(TrainResult result, int steps)
    {
        // What follows happens once all are here.
        Ranks.Any(false);
        if (!result.Finished && Ranks.IsFirst)
            throw new InputException($"{_context.Step.Name}: another process of the run was asked to stop. Run the same command again to continue from step {result.Steps:N0}");
        if (Ranks is GroupRanks { IsFirst: true } group)
            _context.Say(string.Create(CultureInfo.InvariantCulture, $"{_context.Step.Name}: {group.Bytes / 1e6 / Math.Max(1, steps):N1} MB a step were given to the other processes"));
        _local?.Finish();
        return Ranks.IsFirst;
    }

    public void Dispose()
    {
        Ranks.Dispose();
        _local?.Dispose();
    }
}
