using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Where a run computes.</summary>
public static class TrainingDevice
{
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
