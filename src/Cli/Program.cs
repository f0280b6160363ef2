using System.CommandLine;
using DataPipeline.Cli;
using DataPipeline.Core;

var root = new RootCommand("Makes pretraining and preference corpora from raw sources, and trains language models on them.")
{
    RunVerb.Command(),
    CheckVerb.Command(),
    ListVerb.Command(),
    FetchVerb.Command(),
    ShowVerb.Command(),
    ExplainVerb.Command(),
    FilterVerb.Command(),
    DedupVerb.Command(),
    LanguageVerb.Command(),
    ClassifierVerb.Command(),
    NGramVerb.Command(),
    ExtractVerb.Command(),
    WarcVerb.Command(),
    ParquetVerb.Command(),
    ShardsVerb.Command(),
    ExportVerb.Command(),
    ImportVerb.Command(),
    AuditVerb.Command(),
    SamplesVerb.Command(),
    PlanVerb.Command(),
    TokenizerVerb.Command(),
    GenerateVerb.Command(),
    MergeVerb.Command(),
    EvalVerb.Command(),
    DeviceVerb.Command(),
};
try
{
    ParseResult parsed = root.Parse(args);
    if (parsed.Errors.Count > 0)
    {
        string verb = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
        throw new ConfigurationException($"{string.Join('\n', parsed.Errors.Select(error => error.Message))}\nSee datapipeline {verb}--help");
    }
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (ConfigurationException error)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.ConfigurationIsWrong;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.DataIsWrong;
}
catch (MissingPartException error)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.MachineLacksPart;
}
catch (Exception error) when (SystemError.Explain(error) is { } explained)
{
    Console.Error.WriteLine(explained.Message);
    return explained.ExitCode;
}
