using System.Runtime.InteropServices;
using DataPipeline.Runs;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary>What <c>run</c> does in every process but the first of several: it waits, helps with training when it is called, and ends with the first.</summary>
internal static class HelperRun
{
    public static int Execute(Run run, IReadOnlyList<Step> steps, Rendezvous rendezvous)
    {
        using var stop = new CancellationTokenSource();
        int signal = 0;
        // Ctrl-C reaches all processes of a terminal; the first decides with which step all of them end.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCode.Interrupted));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCode.Terminated));
        var executor = new HelperExecutor(run, new Silence());
        try
        {
            while (rendezvous.Next(stop.Token) is { } call)
                executor.Execute(steps, call.Step, call.Key, stop.Token);
            return rendezvous.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return signal;
        }

        void Stop(PosixSignalContext context, int code)
        {
            context.Cancel = true;
            signal = code;
            stop.Cancel();
        }
    }

    // The first process shows the run.
    private sealed class Silence : IRunObserver
    {
        public void StepStarted(Step step, int tasks, int tasksDone, long total, long done)
        {
        }

        public void Advance(long amount, string? status)
        {
        }

        public void Say(string line)
        {
        }

        public void StepFinished(Step step, StepManifest manifest)
        {
        }
    }
}
