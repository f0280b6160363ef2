using System.CommandLine;
using DataPipeline.Cli;
using DataPipeline.Core;

var root = new RootCommand("Makes pretraining and preference corpora from raw sources, and trains language models on them.")
{
    RunVerb.Command(),
    CheckVerb.Command(),
    ListVerb.Command(),
    ShowVerb.Command(),
    ExplainVerb.Command(),
};
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
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
