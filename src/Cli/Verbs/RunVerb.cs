using System.CommandLine;
using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline run FILE</c>: does everything a pipeline file says, and continues where an earlier run was stopped.</summary>
internal static class RunVerb
{
    public static Command Command()
    {
        var file = new Argument<string>("FILE") { Description = "the pipeline file" };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var batch = new Option<int>("--batch") { Description = "documents a worker takes at a time; changes speed only", DefaultValueFactory = _ => 128 };
        var output = new Option<string?>("--output") { Description = "folder of the run; wins over `output:` in the file" };
        Option<string[]> set = SetOption.Create();
        var command = new Command("run", "Runs a pipeline file; the same command continues a run that was stopped.") { file, threads, batch, output, set };
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(threads), parsed.GetValue(batch), parsed.GetValue(output), SetOption.Parse(parsed.GetValue(set))));
        return command;
    }

    private static int Run(string path, int threads, int batch, string? output, IReadOnlyDictionary<string, string> variables)
    {
        if (threads < 1 || batch < 1)
            throw new ConfigurationException("--threads and --batch must be at least 1");
        PlannedRun planned = RunPlanner.Plan(path, variables, Rooms.Stages());
        var folder = new RunFolder(output ?? planned.File.Head.Output);
        var run = new Run(planned.File, folder, planned.From, new RunOptions(threads, batch));
        using Rendezvous? rendezvous = Rendezvous.Open();
        if (rendezvous is { Environment.IsFirst: false })
            return HelperRun.Execute(run, planned.Steps, rendezvous);
        int exit = Execute(run, planned.Steps, path);
        if (exit == ExitCode.Done)
            Report.Write(folder, planned.Steps);
        rendezvous?.End(exit);
        return exit;
    }

    /// <summary>Runs steps under the lock of the run's folder; a signal ends them so that the same command continues.</summary>
    /// <param name="run">The run.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="pipeline">What the catalog calls the pipeline.</param>
    internal static int Execute(Run run, IReadOnlyList<Step> steps, string pipeline)
    {
        RunFolder folder = run.Folder;
        using RunLock held = RunLock.Take(folder);
        using var stop = new CancellationTokenSource();
        int signal = 0;
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCode.Interrupted));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCode.Terminated));
        using var catalog = new Catalog(folder.CatalogPath, run.File.Head.Name, pipeline);
        using ConsoleObserver observer = ConsoleObserver.Create();
        try
        {
            new LocalExecutor(run, catalog, observer).Execute(steps, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            catalog.RunEnded("interrupted");
            observer.Say($"Stopped. What is finished is kept in {folder.Path}; run the same command again to continue.");
            return signal;
        }
        catch (Exception error)
        {
            catalog.RunFailed(error);
            throw;
        }
        catalog.RunEnded("done");
        return ExitCode.Done;

        void Stop(PosixSignalContext context, int code)
        {
            // A second signal ends the process at once: the run's files are safe at any moment.
            if (stop.IsCancellationRequested)
                return;
            context.Cancel = true;
            signal = code;
            stop.Cancel();
        }
    }
}

/// <summary><c>--set name=value</c>: values for <c>${name}</c> in the pipeline file.</summary>
internal static class SetOption
{
    public static Option<string[]> Create() => new("--set") { Description = "name=value: fills in ${name} in the file; may stand several times", AllowMultipleArgumentsPerToken = false };

    public static IReadOnlyDictionary<string, string> Parse(string[]? given)
    {
        var values = new Dictionary<string, string>();
        foreach (string pair in given ?? [])
        {
            int equals = pair.IndexOf('=');
            if (equals < 1)
                throw new ConfigurationException($"--set {pair}: expected name=value");
            values[pair[..equals]] = pair[(equals + 1)..];
        }
        return values;
    }
}
