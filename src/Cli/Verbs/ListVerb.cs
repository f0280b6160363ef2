using System.CommandLine;
using DataPipeline.Core.Config;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline list</c>: every stage with its settings and their documentation; with <c>--markdown</c> it is docs/stages.md.</summary>
internal static class ListVerb
{
    public static Command Command()
    {
        var markdown = new Option<bool>("--markdown") { Description = "as docs/stages.md" };
        var name = new Argument<string?>("NAME") { Description = "only the stage of this name", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", "Lists the stages a pipeline file may name, with their settings.") { name, markdown };
        command.SetAction(parsed =>
        {
            Console.Out.Write(parsed.GetValue(markdown) ? StageList.Markdown(Rooms.Stages()) : StageList.Plain(Rooms.Stages(), parsed.GetValue(name)));
            return ExitCode.Done;
        });
        return command;
    }
}
