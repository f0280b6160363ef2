using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>Training by several processes that share each step's samples. The model is that of one process but for rounding, so none of this is part of what makes a finished step stale.</summary>
/// <param name="processes">Processes started on this host. RANK and WORLD_SIZE in the environment, or srun's variables, win: the processes are those that were started then.</param>
/// <param name="zero">1 keeps each moment of the optimizer in one process only (ZeRO-1, Rajbhandari 2020); 0 keeps all of them in each.</param>
/// <param name="timeoutSeconds">How long a process waits for the others before it gives up.</param>
public sealed record ParallelOptions(
    [Range(1, 1024)] int processes = 1,
    [Range(0, 1)] int zero = 0,
    [Range(1, 86400)] int timeoutSeconds = 600);
