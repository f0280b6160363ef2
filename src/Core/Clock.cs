using System.Diagnostics.CodeAnalysis;

namespace DataPipeline.Core;

/// <summary>The only place that reads the time: for progress bars, the catalog and log lines, never for what a run writes as output.</summary>
[SuppressMessage("ApiDesign", "RS0030", Justification = "the one place that may")]
public static class Clock
{
    /// <summary>Now, in UTC.</summary>
    public static DateTimeOffset Now => DateTimeOffset.UtcNow;
}
