using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Where a run computes.</summary>
public static class TrainingDevice
{
    /// <summary>Reads a device setting for one of several processes: each takes the card of its number on its host.</summary>
    public static Device Choose(string setting, RankEnvironment rank)
    {
        Device device = Choose(setting);
        if (device.Type == DeviceType.CPU) return device;
        if (setting.Contains(':')) throw new ConfigurationException($"device '{setting}' would be that of all {rank.Count} processes: give cuda, and each takes the card of its number");
        // Slurm may show each process its own card alone.
        if (torch.cuda.device_count() == 1 && Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is not null) return torch.CUDA;
        return rank.LocalRank < torch.cuda.device_count() ? new Device(DeviceType.CUDA, rank.LocalRank)
            : throw new MissingPartException($"rank {rank.Rank} takes card {rank.LocalRank} of its host, which has {torch.cuda.device_count()}. To mend it: start as many processes on a host as it has cards, or take device: cpu");
    }

    /// <summary>Reads a device setting; auto takes a card where libtorch reports one.</summary>
    public static Device Choose(string setting)
    {
        if (setting == "auto") return torch.cuda.is_available() ? torch.CUDA : torch.CPU;
        Device device;
        try
        {
            device = Device.Parse(setting);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw new ConfigurationException($"device '{setting}' is not auto, cpu, cuda or cuda:N");
        }
        if (device.Type == DeviceType.CUDA && torch.cuda.device_count() <= device.Index)
            throw new MissingPartException($"device {setting} is asked for and libtorch {torch.version} reports {torch.cuda.device_count()} CUDA cards. To mend it: set LIBTORCH to a CUDA build of libtorch and build again, or take device: cpu");
        return device;
    }
}
