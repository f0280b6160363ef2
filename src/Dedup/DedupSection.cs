using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;
using DataPipeline.Dedup.JsonLines;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>Removes duplicates over all sources: keys of every document, groups of equal keys, survivors by source priority and document order.</summary>
/// <param name="kinds">What counts as a duplicate, in order: a document that one kind removes takes no part in the next.</param>
/// <param name="priority">Sources whose documents survive, first before later ones; sources not named come behind. Within a source the earlier document survives.</param>
/// <param name="memory">Megabytes that one task may hold while it groups keys; more data makes more tasks. Never changes the result.</param>
[Stage("dedup")]
public sealed class DedupSection(
    IReadOnlyList<DedupKind> kinds, IReadOnlyList<string>? priority = null, [Range(1, 1 << 20)] int memory = 1024) : Section
{
    /// <inheritdoc/>
    public override int Order => 20;

    /// <inheritdoc/>
    public override IEnumerable<Step> Steps(Plan plan)
    {
        if (kinds.Count == 0)
            plan.Mistake(this, "`kinds` names none; give at least one, such as `kinds: [exact]`, or leave the section out");
        foreach (string source in (priority ?? []).Except(plan.Sources))
            plan.Mistake(this, $"`priority`: there is no source `{source}`{Mistakes.Suggest(source, plan.Sources)}");
        foreach (string source in (priority ?? []).GroupBy(source => source).Where(same => same.Count() > 1).Select(same => same.Key))
            plan.Mistake(this, $"`priority` names `{source}` twice");
        return Steps([.. kinds.Select(kind => $"{kind.Name}: {plan.SettingsOf(kind)}")]);
    }

    /// <summary>The same steps over files of JSON lines: documents are called by their own ids, and the end writes lines.</summary>
    internal IReadOnlyList<Step> JsonLinesSteps(IReadOnlyList<Step> planned, IReadOnlyList<Core.Source> sources)
    {
        KindList list = new(kinds);
        return [.. planned.Where(step => step is KeysStep or GroupsStep or ClustersStep or SurvivorsStep).Select(step => step switch
        {
            KeysStep => new KeysStep(list, step.Settings, JsonLinesDedup.NameOf),
            SurvivorsStep => new JsonLinesStep(list, sources, step.Settings),
            _ => step,
        })];
    }

    internal IReadOnlyList<Step> Steps(IReadOnlyList<string> settings)
    {
        // Only what an output depends on is in a step's settings: another priority does not sign the corpus again.
        string kindSettings = string.Join('\n', settings), all = $"{kindSettings}\npriority: {string.Join(", ", priority ?? [])}";
        KindList list = new(kinds);
        return
        [
            new KeysStep(list, kindSettings),
            new GroupsStep(list, kindSettings, (long)memory << 20),
            new ClustersStep(list, priority ?? [], all),
            new SurvivorsStep(list, all),
        ];
    }
}

/// <summary>The kinds of one section with labels that tell two of the same name apart: <c>exact</c>, <c>exact_2</c>.</summary>
internal sealed class KindList(IReadOnlyList<DedupKind> kinds)
{
    public int Count => kinds.Count;

    public DedupKind this[int index] => kinds[index];

    public string Label(int index) =>
        kinds.Take(index).Count(kind => kind.Name == kinds[index].Name) is var before and > 0 ? $"{kinds[index].Name}_{before + 1}" : kinds[index].Name;
}
