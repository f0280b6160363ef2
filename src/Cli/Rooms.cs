using DataPipeline.Core.Config;
using DataPipeline.Dedup;
using DataPipeline.Filters;
using DataPipeline.Ingest;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary>The one place that sees all rooms and puts them together.</summary>
internal static class Rooms
{
    /// <summary>Every stage a pipeline file may name.</summary>
    public static StageCatalog Stages() => RunPlanner.Stages(
        [typeof(DedupKind)],
        typeof(Core.Document).Assembly, typeof(RunPlanner).Assembly);
}
