using System.CommandLine;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline device check|speed</c>: whether a device trains rightly, and how fast.</summary>
internal static class DeviceVerb
{
    public static Command Command() => new("device", "Checks a device for training: whether it computes what the CPU does, and how fast it is.")
    {
        DeviceCheckVerb.Command(),
        DeviceSpeedVerb.Command(),
    };
}
