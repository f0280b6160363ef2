using DataPipeline.Core.Config;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary>The one place that sees all rooms and puts them together.</summary>
internal static class Rooms
{
    /// <summary>Every stage a pipeline file may name.</summary>
    /// <param name="more">Assemblies with stages of one verb.</param>
    public static StageCatalog Stages(params System.Reflection.Assembly[] more) => RunPlanner.Stages(
        [typeof(Dedup.DedupKind), typeof(Train.ModelOptions)],
        [.. more, typeof(Core.Document).Assembly, typeof(RunPlanner).Assembly, typeof(Filters.GopherQuality).Assembly, typeof(Ingest.Web.WarcSource).Assembly,
        typeof(Dedup.DedupSection).Assembly, typeof(Tokens.Tokenizer).Assembly, typeof(Train.LanguageModel).Assembly]);
}
