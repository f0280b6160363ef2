using System.Text;
using DataPipeline.Core.Config;

namespace DataPipeline.Cli;

/// <summary>Writes the stage catalog for people.</summary>
internal static class StageList
{
    /// <summary>All stages, or the one of a name, as plain text.</summary>
    public static string Plain(StageCatalog stages, string? only)
    {
        var text = new StringBuilder();
        var docs = new StageDocs();
        foreach (Type kind in stages.Kinds)
        {
            string[] names = [.. stages.Names(kind).Where(name => only is null || name == only)];
            if (names.Length == 0)
                continue;
            text.AppendLine(Title(kind)).AppendLine();
            foreach (string name in names)
            {
                Type type = stages.Find(kind, name)!;
                text.AppendLine($"  {name}").AppendLine($"      {docs.Summary(type)}");
                foreach (Setting setting in StageCatalog.Settings(type))
                    text.AppendLine($"      {setting.Name}: {Takes(setting)} ({(setting.IsRequired ? "required" : $"default {ScalarText.Write(setting.DefaultValue())}")})  {docs.Setting(type, setting.Parameter)}");
                text.AppendLine();
            }
        }
        return text.Length > 0 ? text.ToString()
            : throw new Core.ConfigurationException($"there is no stage `{only}`{Mistakes.Suggest(only!, stages.Kinds.SelectMany(stages.Names))}");
    }

    /// <summary>docs/stages.md.</summary>
    public static string Markdown(StageCatalog stages)
    {
        var text = new StringBuilder("# Stages\n\nEverything a pipeline file may name, with its settings. Made by `./datapipeline list --markdown > docs/stages.md`; a test keeps it true.\n");
        var docs = new StageDocs();
        var nested = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        foreach (Type kind in stages.Kinds)
        {
            text.Append($"\n## {Title(kind)}\n\n{docs.Summary(kind)}\n");
            foreach (string name in stages.Names(kind))
            {
                Describe(name, stages.Find(kind, name)!);
                Collect(stages.Find(kind, name)!);
            }
        }
        if (nested.Count > 0)
            text.Append("\n## Groups of settings\n");
        foreach ((string name, Type type) in nested)
            Describe(name, type);
        return text.ToString();

        // Groups of groups too, before any is described: one found later may come earlier in the alphabet.
        void Collect(Type type)
        {
            foreach (Setting setting in StageCatalog.Settings(type))
                if (Group(setting.Type) is { } group && !stages.IsKind(group) && nested.TryAdd(group.Name, group))
                    Collect(group);
        }

        void Describe(string name, Type type)
        {
            text.Append($"\n### `{name}`\n\n{docs.Summary(type)}\n");
            IReadOnlyList<Setting> settings = StageCatalog.Settings(type);
            if (settings.Count == 0)
                return;
            text.Append("\n| setting | takes | default | meaning |\n|---|---|---|---|\n");
            foreach (Setting setting in settings)
                text.Append($"| `{setting.Name}` | {Takes(setting)} | {(setting.IsRequired ? "required" : $"`{ScalarText.Write(setting.DefaultValue())}`")} | {docs.Setting(type, setting.Parameter).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
    }

    private static string Title(Type kind) => kind.Name switch
    {
        "Source" => "Sources",
        "Filter" => "Filters and other stages",
        "Section" => "Sections",
        "Segmenter" => "Segmenters",
        "DedupKind" => "Kinds of deduplication",
        "ModelOptions" => "Models",
        _ => kind.Name,
    };

    private static string Takes(Setting setting)
    {
        string takes = Name(setting.Type);
        return setting.Range is { } range ? $"{takes}, {range.Minimum} to {range.Maximum}" : takes;
    }

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } bare)
            return Name(bare);
        if (type.IsGenericType)
            return type.GetGenericArguments() is [var item] ? $"list of {Name(item)}" : $"{Name(type.GetGenericArguments()[1])} by name";
        return type == typeof(string) || type.IsPrimitive || type.IsEnum ? ScalarText.Describe(type) : type.Name;
    }

    private static Type? Group(Type type)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        // What a list or a mapping holds, lists of lists too.
        while (bare.IsGenericType)
            bare = bare.GetGenericArguments()[^1];
        return bare == typeof(string) || bare.IsPrimitive || bare.IsEnum ? null : bare;
    }
}
