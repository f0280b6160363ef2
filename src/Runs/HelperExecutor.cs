using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>Helps with a task that another process executes, as training on several cards: it sees what the steps before made, and records and publishes nothing.</summary>
public sealed class HelperExecutor(Run run, IRunObserver observer)
{
    /// <summary>Helps with one task.</summary>
    /// <param name="steps">The steps of the run.</param>
    /// <param name="name">The step that the task is of.</param>
    /// <param name="key">The <see cref="TaskContext.Key"/> of the task in the other process.</param>
    /// <param name="cancel">Asks it to end soon.</param>
    /// <exception cref="InputException">This process would make another task of it.</exception>
    public void Execute(IReadOnlyList<Step> steps, string name, string key, CancellationToken cancel)
    {
        foreach (Step before in steps.TakeWhile(step => step.Name != name).Where(step => run.Made.All(made => made.Manifest.Step != step.Name)))
            run.Add(run.Folder.Output(before.Name) ?? throw Differs());
        Step step = steps.FirstOrDefault(step => step.Name == name) ?? throw Differs();
        StepTask task = step.Tasks(run).FirstOrDefault(task => TaskKey.Of(run, step, task) == key) ?? throw Differs();
        string folder = run.Folder.StepFolder(name);
        task.Execute(new TaskContext(run, step, Path.Combine(folder, $".work-{task.Name}"), TaskKey.Scratch(folder, task, key), observer, cancel) { Key = key });
    }

    private InputException Differs() => new(
        $"this process finds no task as the first one has it: all need the same program, the same pipeline file and variables, and a folder that they share ({run.Folder.Path})");
}
