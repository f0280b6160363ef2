using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>What the environment says of the processes that were started together: torchrun's variables, or srun's.</summary>
/// <param name="Rank">Number of this process, from 0.</param>
/// <param name="Count">Number of processes.</param>
/// <param name="LocalRank">Number of this process on its host: that of the card it takes.</param>
/// <param name="MasterAddress">Host of the first process.</param>
/// <param name="MasterPort">Port where the processes find each other.</param>
/// <param name="Prefix">Tells apart the tries of one job.</param>
/// <param name="LauncherHoldsStore">Whether whoever started the processes holds the store, as torchrun does; else the first process.</param>
public sealed record RankEnvironment(int Rank, int Count, int LocalRank, string MasterAddress, int MasterPort, string Prefix = "", bool LauncherHoldsStore = false)
{
    private const int FirstSlurmPort = 15000, SlurmPorts = 10000;

    /// <summary>Whether this process runs the pipeline; the others help with training.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>What a process's variables say; null for a process of its own.</summary>
    /// <param name="variable">Value of an environment variable, or null.</param>
    /// <exception cref="ConfigurationException">A variable is missing or no number.</exception>
    public static RankEnvironment? Read(Func<string, string?> variable)
    {
        RankEnvironment? read = variable("RANK") is not null && variable("WORLD_SIZE") is not null ? Torchrun(variable) : Slurm(variable);
        if (read is null || read.Count == 1) return null;
        if (read.Rank < 0 || read.Rank >= read.Count) throw new ConfigurationException($"the environment says rank {read.Rank} of {read.Count} processes: ranks count from 0");
        return read;
    }

    private static RankEnvironment Torchrun(Func<string, string?> variable) => new(
        Number(variable, "RANK"), Number(variable, "WORLD_SIZE"), variable("LOCAL_RANK") is null ? 0 : Number(variable, "LOCAL_RANK"),
        Text(variable, "MASTER_ADDR"), Number(variable, "MASTER_PORT"),
        Prefix: variable("TORCHELASTIC_RESTART_COUNT") is { } tries ? $"datapipeline{tries}" : "datapipeline",
        LauncherHoldsStore: variable("TORCHELASTIC_USE_AGENT_STORE") == "True");

    // SLURM_NTASKS and SLURM_PROCID are also set in the script that sbatch runs once; the number of tasks of a step only where srun starts them.
    private static RankEnvironment? Slurm(Func<string, string?> variable)
    {
        if (variable("SLURM_STEP_NUM_TASKS") is null || variable("SLURM_PROCID") is null) return null;
        int port = variable("MASTER_PORT") is null ? FirstSlurmPort + Number(variable, "SLURM_JOB_ID") % SlurmPorts : Number(variable, "MASTER_PORT");
        return new(Number(variable, "SLURM_PROCID"), Number(variable, "SLURM_STEP_NUM_TASKS"), Number(variable, "SLURM_LOCALID"),
            variable("MASTER_ADDR") ?? FirstHost(Text(variable, "SLURM_STEP_NODELIST")), port, "datapipeline");
    }

    /// <summary>The first host of Slurm's short form, as n3 of "n[3-5,9],m1".</summary>
    internal static string FirstHost(string hosts)
    {
        int open = hosts.IndexOf('['), comma = hosts.IndexOf(',');
        if (open < 0 || (comma >= 0 && comma < open)) return comma < 0 ? hosts : hosts[..comma];
        int end = hosts.AsSpan(open).IndexOfAny("-,]") + open, close = hosts.IndexOf(']');
        // What follows a bracket is part of every name, up to the comma behind it.
        string behind = close < 0 ? "" : hosts[(close + 1)..].Split(',')[0];
        return hosts[..open] + hosts[(open + 1)..end] + behind;
    }

    private static string Text(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } text ? text : throw new ConfigurationException($"the environment says that several processes train together, but {name} is not set");

    private static int Number(Func<string, string?> variable, string name) =>
        int.TryParse(Text(variable, name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new ConfigurationException($"{name} is '{variable(name)}', which is no whole number");
}
