using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline show RUN</c>: the funnel of a run, what each step made and where it is.</summary>
internal static class ShowVerb
{
    public static Command Command()
    {
        var folder = new Argument<string>("RUN") { Description = "folder of a run" };
        var command = new Command("show", "Prints what became of every source in a run, and what each step made.") { folder };
        command.SetAction(parsed =>
        {
            var run = new RunFolder(parsed.GetValue(folder)!);
            if (!File.Exists(run.PipelinePath))
                throw new InputException($"{run.Path} is not the folder of a run (no pipeline.yaml in it)");
            Report.Write(run, RunPlannerOf(run).Steps);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The pipeline as it was run, from the copy in the run's folder; its input files are not looked for.</summary>
    public static PlannedRun RunPlannerOf(RunFolder run) => RunPlanner.Plan(
        run.PipelinePath, ManifestJson.Read<Dictionary<string, string>>(run.VariablesPath) ?? [], Rooms.Stages(), readsInput: false);
}
