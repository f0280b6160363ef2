using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Dedup.JsonLines;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>Removes duplicates over all sources: keys of every document, groups of equal keys, survivors by source priority, by a rule and by document order.</summary>
/// <param name="kinds">What counts as a duplicate, in order: a document that one kind removes takes no part in the next. Kinds that cut texts (lines, sentences, bloom,
/// substring) come behind those that remove whole documents.</param>
/// <param name="priority">Sources whose documents survive, first before later ones; sources not named come behind.</param>
/// <param name="keep">Whose copy survives within equal priority: the first, the longest, the newest by a date, or the one with the highest number; the earlier document where these are equal.</param>
/// <param name="keepBy">Metadata column that <c>keep</c> looks at; left out: <c>date</c> for the newest, <c>score</c> for the highest.</param>
/// <param name="against">Earlier runs whose documents survive all of this one and are not written again: folders of runs, or of <c>dedup --keep-run</c>. They need the same
/// kinds, settings and program version; of a run only the folder <c>dedup.keys</c> is read, so it is the index.</param>
/// <param name="clusterSizes">Gives each survivor the number of documents it stands for, as metadata <c>cluster_size</c>.</param>
/// <param name="rehydrate">How often a survivor is worth repeating by the size of its cluster (FineWeb-2), such as <c>{ 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1 }</c>: metadata
/// <c>copies</c>; <c>datapipeline dedup</c> writes its line so often.</param>
/// <param name="memory">Megabytes that one task may hold while it groups keys, 0 for a quarter of the machine; more data makes more tasks. Never changes the result.</param>
[Stage("dedup")]
public sealed class DedupSection(
    IReadOnlyList<DedupKind> kinds, IReadOnlyList<string>? priority = null, SurvivorRule keep = SurvivorRule.First, string? keepBy = null,
    IReadOnlyList<string>? against = null, bool clusterSizes = false, IReadOnlyDictionary<string, int>? rehydrate = null, [Range(0, 1 << 20)] int memory = 0) : Section
{
    private readonly Rehydration? _rehydration = rehydrate is null ? null : new Rehydration(rehydrate);

    /// <inheritdoc/>
    public override int Order => 20;

    /// <summary>The metadata column that the survivor rule looks at.</summary>
    public string KeepBy => SurvivorValue.KeyOf(keep, keepBy);

    /// <inheritdoc/>
    public override IEnumerable<Step> Steps(Plan plan)
    {
        if (kinds.Count == 0)
            plan.Mistake(this, "`kinds` names none; give at least one, such as `kinds: [exact]`, or leave the section out");
        foreach (string source in (priority ?? []).Except(plan.Sources))
            plan.Mistake(this, $"`priority`: there is no source `{source}`{Mistakes.Suggest(source, plan.Sources)}");
        foreach (string source in (priority ?? []).GroupBy(source => source).Where(same => same.Count() > 1).Select(same => same.Key))
            plan.Mistake(this, $"`priority` names `{source}` twice");
        if (kinds.SkipWhile(kind => kind is DocumentDedup).FirstOrDefault(kind => kind is DocumentDedup) is { } late)
            plan.Mistake(this, $"`kinds`: `{late.Name}` removes whole documents and stands behind a kind that cuts texts; name it before");
        string[] settings = [.. kinds.Select(kind => $"{kind.Name}: {plan.SettingsOf(kind)} {kind.FilesDigest}".TrimEnd() + (kind.KeyForm == 1 ? "" : $" keys of form {kind.KeyForm}"))];
        return Steps(settings, [.. (against ?? []).Select(folder => Index(plan, folder, Signed(settings))).OfType<Artifact>()]);
    }

    /// <summary>The keys of an earlier run, or null after noting why they cannot be used.</summary>
    private Artifact? Index(Plan plan, string folder, string signed)
    {
        Artifact? keys = new RunFolder(folder).Output(KeysStep.StepName) ?? new RunFolder(Path.Combine(folder, "run")).Output(KeysStep.StepName);
        if (!plan.ReadsInput)
            return keys;
        if (keys is null)
            plan.Mistake(this, $"`against`: {folder} holds no keys of a finished dedup (no folder {KeysStep.StepName} in it)");
        else if (keys.Manifest.Settings != signed || keys.Manifest.Version != LocalExecutor.Version)
            plan.Mistake(this, $"`against`: the keys in {keys.Folder} were made with other settings or another version:\n    there {keys.Manifest.Version} {OneLine(keys.Manifest.Settings)}\n    here  {LocalExecutor.Version} {OneLine(signed)}");
        else if (Documents.ReadsTextsAgain)
            plan.Mistake(this, "`against` with `verify_exact` compares shingles of earlier documents: make the earlier run and this one with `keep_shingles: true`");
        return keys;
    }

    private static string OneLine(string text) => text.Replace('\n', ';');

    /// <summary>The same steps over files of JSON lines: documents are called by their own ids, and the end writes lines. Only steps that need a text again make
    /// document shards first.</summary>
    internal IReadOnlyList<Step> JsonLinesSteps(IReadOnlyList<Step> planned, IReadOnlyDictionary<string, SourceSection> sources, JsonLinesDedup.LineWithText withText)
    {
        bool cuts = kinds.Any(kind => kind is not DocumentDedup), shards = cuts || Documents.ReadsTextsAgain;
        IEnumerable<Step> steps = planned.Where(step => step is IngestStep ? shards : step.Name.StartsWith(SurvivorsStep.StepName, StringComparison.Ordinal))
            .Select(step => step is not KeysStep keys ? step : shards ? keys.Naming(JsonLinesDedup.NameOf) : keys.OverLines(sources));
        string settings = planned[^1].Settings;
        Source[] read = [.. sources.Values.Select(source => source.Read)];
        return cuts
            ? [.. steps, new JsonLinesEditsStep([.. kinds.Select((_, i) => Label(kinds, i))], read, withText, _rehydration, settings)]
            : [.. steps.Where(step => step is not SurvivorsStep), new JsonLinesStep(Documents, read, _rehydration, settings)];
    }

    private KindList Documents => new([.. kinds.OfType<DocumentDedup>()]);

    /// <summary>A name that tells two kinds of the same name apart: <c>exact</c>, <c>exact_2</c>.</summary>
    internal static string Label(IReadOnlyList<DedupKind> kinds, int index) =>
        kinds.Take(index).Count(kind => kind.Name == kinds[index].Name) is var before and > 0 ? $"{kinds[index].Name}_{before + 1}" : kinds[index].Name;

    /// <summary>What the keys depend on.</summary>
    private string Signed(string[] settings) =>
        string.Join('\n', settings.Where((_, i) => kinds[i] is DocumentDedup)) + (keep == SurvivorRule.First ? "" : $"\nkeep: {keep} {KeepBy}");

    private IReadOnlyList<Step> Steps(string[] settings, IReadOnlyList<Artifact> indexes)
    {
        // Only what an output depends on is in a step's settings: another priority does not sign the corpus again.
        bool sized = clusterSizes || rehydrate is not null;
        string signed = Signed(settings), all = $"{signed}\npriority: {string.Join(", ", priority ?? [])}{(sized ? "\ncluster_sizes" : "")}";
        string copies = rehydrate is null ? "" : $"\nrehydrate: {string.Join(", ", rehydrate.Select(step => $"{step.Key}: {step.Value}"))}";
        KindList list = Documents;
        long bytes = MemoryBytes(memory);
        IEnumerable<Step> whole = list.Count == 0 ? [] :
        [
            new KeysStep(list, keep, KeepBy, signed),
            new GroupsStep(list, indexes, signed, bytes),
            .. list.ReadsTextsAgain ? (Step[])[new TextsStep(list, signed)] : [],
            new ClustersStep(list, indexes, priority ?? [], sized, all),
            new SurvivorsStep(list, _rehydration, all + copies),
        ];
        return [.. whole, .. kinds.SelectMany((kind, i) => kind is EditingDedup editing ? editing.Steps(Label(kinds, i), settings[i], bytes) : [])];
    }

    internal static long MemoryBytes(int megabytes) => megabytes > 0 ? (long)megabytes << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
}

/// <summary>The kinds of one section that remove whole documents.</summary>
internal sealed class KindList(IReadOnlyList<DocumentDedup> kinds)
{
    public int Count => kinds.Count;

    public DocumentDedup this[int index] => kinds[index];

    /// <summary>True when texts of candidates are read once more to compare them.</summary>
    public bool ReadsTextsAgain => kinds.Any(kind => kind.VerifiesTexts && !kind.KeepsTexts);

    public IEnumerable<Type> Types => kinds.SelectMany(kind => kind.Code);

    public string Label(int index) => DedupSection.Label(kinds, index);
}
