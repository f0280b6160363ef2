using System.Reflection;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Runs;

/// <summary>Turns a pipeline file into checked steps: every mistake of the configuration is found here, before any data is read.</summary>
public static class RunPlanner
{
    /// <summary>The kinds of stage a pipeline file may choose from: those every program has, and those the rooms bring.</summary>
    public static StageCatalog Stages(IEnumerable<Type> moreKinds, params Assembly[] rooms) =>
        new([typeof(Source), typeof(Filter), typeof(Section), typeof(Segmenter), .. moreKinds], rooms);

    /// <summary>Reads and checks a pipeline file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="variables">Values given for <c>${name}</c>.</param>
    /// <param name="stages">What it may name.</param>
    /// <param name="readsInput">False to look at a run without its input files, which may lie below another current folder.</param>
    /// <exception cref="ConfigurationException">All mistakes, each as <c>file:line:column: message</c>.</exception>
    public static PlannedRun Plan(string path, IReadOnlyDictionary<string, string> variables, StageCatalog stages, bool readsInput = true)
    {
        var mistakes = new Mistakes();
        var binder = new YamlBinder(stages, mistakes);
        PipelineFile? file = PipelineFile.Load(path, new Variables(variables), stages, binder, mistakes);
        foreach (Source source in readsInput ? binder.Made<Source>() : [])
            CheckFiles(source, binder, mistakes);
        if (file is null)
        {
            mistakes.ThrowIfAny();
            throw new ConfigurationException($"{path}: not a pipeline file");
        }
        List<RunFolder> from = [];
        foreach (string earlier in file.Head.From)
        {
            var folder = new RunFolder(earlier);
            if (folder.Manifest is null)
                mistakes.Add(binder.PositionOf(file.Head) ?? new Position(path, 1, 1), $"`from`: {earlier} holds no finished run (no manifest.json)");
            else
                from.Add(folder);
        }
        var steps = new List<Step>();
        var plan = new Plan(file, from, binder, mistakes) { ReadsInput = readsInput };
        foreach ((string name, SourceSection source) in file.Sources)
            steps.Add(new IngestStep(name, source, binder.SettingsOf(source)));
        foreach (Section section in file.Sections)
            steps.AddRange(section.Steps(plan));
        if (steps.Count == 0 && mistakes.Count == 0)
            mistakes.Add(new Position(path, 1, 1), "nothing to do: the file has neither sources nor sections");
        mistakes.ThrowIfAny();
        return new PlannedRun(file, from, steps);
    }

    private static void CheckFiles(Source source, YamlBinder binder, Mistakes mistakes)
    {
        try
        {
            source.Files();
        }
        catch (ConfigurationException error)
        {
            foreach (string message in error.Message.Split('\n'))
                mistakes.Add(binder.PositionOf(source)!.Value, message);
        }
    }
}

/// <summary>A checked pipeline file, ready to run.</summary>
/// <param name="File">The file as objects.</param>
/// <param name="From">Finished runs it starts from.</param>
/// <param name="Steps">Its steps in order.</param>
public sealed record PlannedRun(PipelineFile File, IReadOnlyList<RunFolder> From, IReadOnlyList<Step> Steps);
