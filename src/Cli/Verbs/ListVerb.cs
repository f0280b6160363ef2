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
        var plugin = new Option<string[]>("--plugin") { Description = "a .dll or .cs file with stages of your own, listed too" };
        var command = new Command("list", "Lists the stages a pipeline file may name, with their settings.") { name, markdown, plugin };
        command.SetAction(parsed =>
        {
            StageCatalog stages = Rooms.Stages();
            foreach (string file in parsed.GetValue(plugin) ?? [])
                stages.Add(Plugins.Load(file));
            Console.Out.Write(parsed.GetValue(markdown) ? StageList.Markdown(stages) : StageList.Plain(stages, parsed.GetValue(name)));
            return ExitCode.Done;
        });
        return command;
    }
}
