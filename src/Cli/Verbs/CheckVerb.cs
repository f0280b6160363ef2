using System.CommandLine;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline check FILE</c>: says every mistake of a pipeline file, or what it would do.</summary>
internal static class CheckVerb
{
    public static Command Command()
    {
        var file = new Argument<string>("FILE") { Description = "the pipeline file" };
        Option<string[]> set = SetOption.Create();
        var command = new Command("check", "Checks a pipeline file without reading data; prints every mistake as file:line:column: message.") { file, set };
        command.SetAction(parsed =>
        {
            PlannedRun planned = RunPlanner.Plan(parsed.GetValue(file)!, SetOption.Parse(parsed.GetValue(set)), Rooms.Stages());
            Console.WriteLine($"{planned.File.Path} is right. Steps: {string.Join(", ", planned.Steps.Select(step => step.Name))}");
            return ExitCode.Done;
        });
        return command;
    }
}
