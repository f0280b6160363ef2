using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Runs;

/// <summary>A pipeline file as objects: its head (<c>name</c>, <c>seed</c>, <c>sources</c>, ...) and the sections that the rooms bring.</summary>
public sealed class PipelineFile
{
    private PipelineFile(string path, PipelineHead head, IReadOnlyList<Section> sections, Variables variables)
    {
        Path = path;
        Head = head;
        Sections = [.. sections.OrderBy(section => section.Order)];
        Variables = variables;
    }

    /// <summary>Path as given.</summary>
    public string Path { get; }

    /// <summary>The keys that are no sections.</summary>
    public PipelineHead Head { get; }

    /// <summary>Sources by name, in the order of the file, which is the order of the corpus.</summary>
    public IReadOnlyDictionary<string, SourceSection> Sources => Head.Sources;

    /// <summary>The other sections, in the order they run.</summary>
    public IReadOnlyList<Section> Sections { get; }

    /// <summary>What <c>${name}</c> stood for.</summary>
    public Variables Variables { get; }

    /// <summary>Reads a file; every mistake is noted.</summary>
    /// <returns>The pipeline, or null when there are mistakes that leave none.</returns>
    public static PipelineFile? Load(string path, Variables variables, StageCatalog stages, YamlBinder binder, Mistakes mistakes)
    {
        if (YamlLoader.Load(path, variables, mistakes) is not { } top)
            return null;
        Plugins.Load(top["plugins"], stages, mistakes);
        string[] headKeys = [.. StageCatalog.Settings(typeof(PipelineHead)).Select(setting => setting.Name)];
        var head = binder.Bind<PipelineHead>(new YamlMapping(top.At, [.. top.Entries.Where(entry => headKeys.Contains(entry.Key.Value))]));
        var sections = new List<Section>();
        foreach (KeyValuePair<YamlScalar, YamlNode> entry in top.Entries.Where(entry => !headKeys.Contains(entry.Key.Value)))
        {
            if (stages.Find(typeof(Section), entry.Key.Value) is null)
                mistakes.Add(entry.Key.At, $"there is no section `{entry.Key.Value}`{Mistakes.Suggest(entry.Key.Value, [.. headKeys, .. stages.Names(typeof(Section))])}");
            else if (binder.Bind<Section>(new YamlMapping(entry.Key.At, [entry])) is { } section)
                sections.Add(section);
        }
        foreach (string name in variables.Unused)
            mistakes.Add(new Position(path, 1, 1), $"--set {name}=... is never used: the file has no ${{{name}}}");
        return head is null ? null : new PipelineFile(path, head, sections, variables);
    }
}

/// <summary>The keys of a pipeline file that are no sections.</summary>
public sealed class PipelineHead
{
    /// <summary>Bound from YAML.</summary>
    /// <param name="name">Name of the run; the default output folder is <c>runs/NAME</c>.</param>
    /// <param name="seed">All chance of the run comes from this number.</param>
    /// <param name="output">Folder of the run; <c>--output</c> wins over it.</param>
    /// <param name="from">Folders of finished runs to start from: their documents join the corpus; their tokenizer, token shards and model are used where this file makes none.</param>
    /// <param name="sources">Inputs by name, in corpus order.</param>
    /// <param name="plugins">Files with stages of one's own: compiled .dll, or .cs files that are compiled when the pipeline is read. Their code runs with your rights.</param>
    public PipelineHead(string name, ulong seed = 0, string? output = null, IReadOnlyList<string>? from = null, IReadOnlyDictionary<string, SourceSection>? sources = null,
        IReadOnlyList<string>? plugins = null)
    {
        Plugins = plugins ?? [];
        if (name.Length == 0 || name.AsSpan().IndexOfAny("/\\:") >= 0)
            throw new ArgumentException("must be usable as a folder name", nameof(name));
        Name = name;
        Seed = seed;
        Output = output ?? System.IO.Path.Combine("runs", name);
        From = from ?? [];
        Sources = sources ?? new Dictionary<string, SourceSection>();
    }

    /// <summary>Name of the run.</summary>
    public string Name { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>Folder of the run.</summary>
    public string Output { get; }

    /// <summary>Folders of finished runs to start from.</summary>
    public IReadOnlyList<string> From { get; }

    /// <summary>Inputs by name, in corpus order.</summary>
    public IReadOnlyDictionary<string, SourceSection> Sources { get; }

    /// <summary>Files with stages of one's own.</summary>
    public IReadOnlyList<string> Plugins { get; }
}

/// <summary>One source of a pipeline file: how it is read, and the stages its documents pass in order.</summary>
public sealed class SourceSection
{
    /// <summary>Bound from YAML.</summary>
    /// <param name="read">The kind of source and its settings.</param>
    /// <param name="stages">Filters in the order they judge.</param>
    /// <param name="keepDropped">Writes the text of dropped documents into the ledger beside reason, number and limit.</param>
    public SourceSection(Source read, IReadOnlyList<Filter>? stages = null, bool keepDropped = false)
    {
        Read = read;
        Stages = stages ?? [];
        KeepDropped = keepDropped;
    }

    /// <summary>The reader.</summary>
    public Source Read { get; }

    /// <summary>Filters in the order they judge.</summary>
    public IReadOnlyList<Filter> Stages { get; }

    /// <summary>True when the ledger holds the texts of dropped documents.</summary>
    public bool KeepDropped { get; }
}
