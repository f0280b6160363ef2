using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>Runs steps one after another on this machine and resumes where an earlier run of the same folder was killed.</summary>
/// <remarks>A task writes into a folder of its own; its files are flushed, renamed into the step's folder, and only then a record of the task is renamed
/// into place. The record's key covers settings, seed and inputs, so a task is done exactly when its record has its key and its files have their checksums.</remarks>
public sealed class LocalExecutor(Run run, Catalog catalog, IRunObserver observer)
{
    /// <summary>Version written into manifests and task keys.</summary>
    public static string Version { get; } = typeof(LocalExecutor).Assembly.GetName().Version!.ToString(3);

    /// <summary>Runs all steps.</summary>
    /// <exception cref="OperationCanceledException">Asked to end; the next run continues.</exception>
    public void Execute(IReadOnlyList<Step> steps, CancellationToken cancel)
    {
        Directory.CreateDirectory(run.Folder.Path);
        File.Delete(run.Folder.ManifestPath);
        File.Copy(run.File.Path, run.Folder.PipelinePath, overwrite: true);
        ManifestJson.Write(run.Folder.VariablesPath, run.File.Variables.Used);
        foreach (Artifact artifact in run.From.SelectMany(folder => folder.Outputs))
            artifact.Verify();
        foreach (Step step in steps)
        {
            cancel.ThrowIfCancellationRequested();
            StepManifest manifest = Execute(step, cancel);
            run.Add(new Artifact(run.Folder.StepFolder(step.Name), manifest));
        }
        ManifestJson.Write(run.Folder.ManifestPath, new RunManifest(
            run.File.Head.Name, Version, run.Seed.Value, run.File.Variables.Used, [.. steps.Select(step => step.Name)],
            [.. run.Made.SelectMany(made => made.Manifest.Files.Select(file => file with { Path = $"{made.Manifest.Step}/{file.Path}" }))]));
    }

    private StepManifest Execute(Step step, CancellationToken cancel)
    {
        string folder = run.Folder.StepFolder(step.Name);
        Directory.CreateDirectory(Path.Combine(folder, ".tasks"));
        IReadOnlyList<StepTask> tasks = step.Tasks(run);
        TaskRecord?[] records = [.. tasks.Select(task => Done(step, task, folder))];
        catalog.StepStarted(step.Name, tasks.Count);
        observer.StepStarted(step, tasks.Count, records.Count(record => record is not null),
            tasks.Sum(task => task.Weight), tasks.Where((_, i) => records[i] is not null).Sum(task => task.Weight));
        for (int i = 0; i < tasks.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            records[i] ??= Execute(step, tasks[i], folder, cancel);
            catalog.TaskFinished(step.Name, tasks[i].Name, records[i]!);
        }
        StepManifest manifest = Merge(step, tasks, records!);
        ManifestJson.Write(Path.Combine(folder, "manifest.json"), manifest);
        Sweep(folder, manifest, tasks);
        catalog.StepFinished(manifest);
        observer.StepFinished(step, manifest);
        return manifest;
    }

    private TaskRecord Execute(Step step, StepTask task, string folder, CancellationToken cancel)
    {
        string key = TaskKey.Of(run, step, task);
        string work = Path.Combine(folder, $".work-{task.Name}");
        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        var context = new TaskContext(run, step, work, TaskKey.Scratch(folder, task, key), observer, cancel) { Key = key };
        task.Execute(context);
        cancel.ThrowIfCancellationRequested();
        context.Tally.Check($"step {step.Name}, task {task.Name}");
        var files = new List<FileEntry>();
        foreach ((string name, TaskContext.FileNote note) in context.NewFiles.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            string made = Path.Combine(work, name), final = Path.Combine(folder, name);
            if (!File.Exists(made))
                continue;
            Flush(made);
            files.Add(new FileEntry(name, new FileInfo(made).Length, note.Leaves ? "" : FileEntry.Digest(made), note.Rows, note.Tokens, note.Role ?? ""));
            Directory.CreateDirectory(Path.GetDirectoryName(final)!);
            File.Move(made, final, overwrite: true);
        }
        var inputs = task.Inputs.Select(input => input.Sha256.Length > 0 || !task.ChecksumsInputs ? input : input with { Sha256 = FileEntry.Digest(input.Path) });
        var record = new TaskRecord(key, [.. inputs.Select(input => TaskKey.Portable(run, input))], files, context.Tally.Sources,
            context.Facts.ToDictionary(fact => fact.Key, fact => ManifestJson.Element(fact.Value)));
        ManifestJson.Write(RecordPath(folder, task), record);
        Directory.Delete(work, recursive: true);
        if (Directory.Exists(TaskKey.Scratch(folder, task, key)))
            Directory.Delete(TaskKey.Scratch(folder, task, key), recursive: true);
        return record;
    }

    private TaskRecord? Done(Step step, StepTask task, string folder) =>
        ManifestJson.Read<TaskRecord>(RecordPath(folder, task)) is { } record && record.Key == TaskKey.Of(run, step, task)
        && record.Files.All(file => new FileInfo(Path.Combine(folder, file.Path)) is { Exists: true } found && found.Length == file.Bytes
            && (file.Sha256.Length == 0 || FileEntry.Digest(found.FullName) == file.Sha256))
            ? record : null;

    private StepManifest Merge(Step step, IReadOnlyList<StepTask> tasks, TaskRecord[] records)
    {
        var tally = new Tally();
        foreach (TaskRecord record in records)
            tally.Add(record.Sources);
        return new StepManifest
        {
            Step = step.Name,
            Makes = step.Makes,
            Version = Version,
            Seed = run.Seed.Value,
            Settings = step.Settings,
            Inputs = [.. records.SelectMany(record => record.Inputs).DistinctBy(input => input.Path)],
            Files = [.. records.SelectMany(record => record.Files)],
            Sources = tally.Sources,
            Facts = new SortedDictionary<string, IReadOnlyDictionary<string, JsonElement>>(tasks
                .Select((task, i) => (task.Name, records[i].Facts)).Where(pair => pair.Facts.Count > 0)
                .ToDictionary(pair => pair.Name, pair => pair.Facts), StringComparer.Ordinal),
        };
    }

    /// <summary>Removes what an earlier run with other settings left in the folder.</summary>
    private static void Sweep(string folder, StepManifest manifest, IReadOnlyList<StepTask> tasks)
    {
        var wanted = manifest.Files.Select(file => Path.Combine(folder, file.Path))
            .Concat(tasks.Select(task => RecordPath(folder, task))).Append(Path.Combine(folder, "manifest.json")).ToHashSet();
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !wanted.Contains(file)).ToArray())
            File.Delete(file);
        foreach (string left in Directory.EnumerateDirectories(folder).Where(path => Path.GetFileName(path) is ['.', 'w' or 's', ..]).ToArray())
            Directory.Delete(left, recursive: true);
    }

    private static string RecordPath(string folder, StepTask task) => Path.Combine(folder, ".tasks", $"{task.Name}.json");

    private static void Flush(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }
}

/// <summary>What is remembered of a finished task.</summary>
public sealed record TaskRecord(
    string Key, IReadOnlyList<FileEntry> Inputs, IReadOnlyList<FileEntry> Files,
    IReadOnlyDictionary<string, SourceCounts> Sources, IReadOnlyDictionary<string, JsonElement> Facts);
