using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Runs;

/// <summary>A list of filters in a YAML file of its own, such as a published one.</summary>
public sealed class Recipe
{
    /// <summary>Makes a recipe from its sections.</summary>
    /// <param name="name">Name of the recipe.</param>
    /// <param name="stages">Filters in order; the first that drops a document ends its way.</param>
    /// <param name="paper">Where the rules and their numbers were published.</param>
    /// <param name="plugins">Files with filters of one's own: compiled .dll, or .cs files that are compiled when the recipe is read. Their code runs with your rights.</param>
    public Recipe(string name, IReadOnlyList<Filter> stages, string? paper = null, IReadOnlyList<string>? plugins = null)
    {
        Plugins = plugins ?? [];
        (Name, Stages, Paper) = (name, [.. stages.Select(stage => (DocumentJudge.StageName(stage), stage))], paper);
    }

    /// <summary>Name of the recipe.</summary>
    public string Name { get; }

    /// <summary>The filters in order, with their names as drop reasons carry them.</summary>
    public IReadOnlyList<(string Name, Filter Filter)> Stages { get; }

    /// <summary>Where it was published; null if it was not.</summary>
    public string? Paper { get; }

    /// <summary>Files with filters of one's own.</summary>
    public IReadOnlyList<string> Plugins { get; }

    /// <summary>Reads a recipe.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="variables">Values for <c>${NAME}</c> in it.</param>
    /// <param name="catalog">Every stage that it may name.</param>
    /// <exception cref="ConfigurationException">All mistakes of the file, with their places.</exception>
    public static Recipe Load(string path, IReadOnlyDictionary<string, string> variables, StageCatalog catalog)
    {
        var mistakes = new Mistakes();
        YamlMapping? root = YamlLoader.Load(path, new Variables(variables), mistakes);
        Core.Config.Plugins.Load(root?["plugins"], catalog, mistakes);
        Recipe? recipe = root is null ? null : new YamlBinder(catalog, mistakes).Bind<Recipe>(root);
        if (recipe is { Stages.Count: 0 })
            mistakes.Add(root!.At, "`stages` is empty: name at least one filter");
        mistakes.ThrowIfAny();
        return recipe ?? throw new ConfigurationException($"{path}: no recipe: write `name` and `stages`");
    }

    /// <summary>A document's way through the filters: kept, perhaps edited, or dropped by the stage that is named; with what all stages on it found, and the document as
    /// it came to the last one.</summary>
    public (string Stage, Verdict Verdict, Document Subject) Judge(Document document)
    {
        IReadOnlyList<Finding> findings = [];
        foreach ((string name, Filter stage) in Stages)
        {
            Verdict verdict = stage.Judge(document);
            findings = DocumentJudge.Join(findings, verdict.Findings);
            if (!verdict.IsKept)
                return (name, verdict.With(findings), document);
            document = verdict.Document!;
        }
        return ("", Verdict.Keep(document).With(findings), document);
    }
}
