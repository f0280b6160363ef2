using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>Helps with a task that another process executes, as training on several cards: it sees what the steps before made, and records and publishes nothing.</summary>
public sealed class HelperExecutor(Run run, IRunObserver observer)
{
    /// <summary>Helps with one task.</summary>
    /// <param name="steps">The steps of the run.</param>
    /// <param name="key">The <see cref="TaskContext.Key"/> of the task in the other process.</param>
    /// <param name="cancel">Asks it to end soon.</param>
    /// <exception cref="InputException">This process would make another task of it.</exception>
    public void Execute(IReadOnlyList<Step> steps, string key, CancellationToken cancel)
    {
        foreach (Step step in steps)
        {
            if (run.Made.Any(made => made.Manifest.Step == step.Name))
                continue;
            foreach (StepTask task in step.Tasks(run))
            {
                if (TaskKey.Of(run, step, task) != key)
                    continue;
                string folder = run.Folder.StepFolder(step.Name);
                task.Execute(new TaskContext(run, step, Path.Combine(folder, $".work-{task.Name}"), TaskKey.Scratch(folder, task, key), observer, cancel) { Key = key });
                return;
            }
            if (run.Folder.Output(step.Name) is not { } made)
                break;
            run.Add(made);
        }
        throw new InputException($"this process finds no task as the first one has it: all need the same program, the same pipeline file and variables, and a folder that they share ({run.Folder.Path})");
    }
}
