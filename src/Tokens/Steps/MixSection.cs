using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Tokens.Steps;

/// <summary>The mix: how many tokens of each source are trained on, and the stores they are drawn from.</summary>
[Stage("mix")]
public sealed class MixSection : Section
{
    private readonly MixOptions _options;
    private readonly string? _file;
    private readonly double _validation;

    /// <summary>Bound from YAML.</summary>
    /// <param name="weights">Share of trained tokens by source; only ratios count. Names joined by <c>+</c> share a weight by their sizes; a group may name sources that
    /// are absent. Default: web 0.60, books+papers 0.15, code 0.15, dialogue 0.10.</param>
    /// <param name="tokens">Tokens to train on; as many as the epoch caps allow at these ratios if not given.</param>
    /// <param name="maxEpochs">How often a source is repeated at most (4 repeats are nearly as good as new text: Muennighoff et al. 2023).</param>
    /// <param name="atCap">What happens at that cap: <c>renormalise</c> (the others share the rest), <c>error</c> or <c>repeat</c>.</param>
    /// <param name="validation">Share of each source's documents that is held out and never trained on; at least one document where a source has two.</param>
    /// <param name="strategy">Where the ratios come from: <c>explicit</c> weights, <c>proportional</c> to sizes, or <c>unimax</c> (as even as <c>max_epochs</c> allows; needs <c>tokens</c>).</param>
    /// <param name="temperature">Temperature of <c>proportional</c>: share ~ size^(1/temperature).</param>
    /// <param name="sizeLimit">Tokens a source counts as at most in <c>proportional</c>.</param>
    /// <param name="weightsFile">A file with the weights, as <c>name: weight</c> lines of YAML or a JSON object: what DoReMi or RegMix found.</param>
    /// <param name="phases">Weights that change during the training; need <c>tokens</c>. The weights before hold from the start.</param>
    /// <param name="file">A mix file with all of these but <c>validation</c>, such as <c>pipelines/mixes/default.yaml</c>; they cannot stand beside it.</param>
    public MixSection(IReadOnlyDictionary<string, double>? weights = null, [Range(1L, long.MaxValue)] long? tokens = null,
        [Range(0.01, 1000.0)] double maxEpochs = 4, AtCap atCap = AtCap.Renormalise, [Range(0.0, 0.5)] double validation = 0.01,
        MixStrategy strategy = MixStrategy.Explicit, [Range(1.0, 1000.0)] double temperature = 1, [Range(1L, long.MaxValue)] long? sizeLimit = null,
        string? weightsFile = null, IReadOnlyList<MixPhase>? phases = null, string? file = null)
    {
        _file = file;
        _validation = validation;
        _options = new MixOptions(weights, tokens, maxEpochs, atCap, strategy, temperature, sizeLimit, weightsFile, phases);
        bool given = weights is not null || tokens is not null || maxEpochs != 4 || atCap != AtCap.Renormalise || strategy != MixStrategy.Explicit
            || temperature != 1 || sizeLimit is not null || weightsFile is not null || phases is not null;
        if (file is not null && given)
            throw new ConfigurationException($"`file` stands for the whole mix: change {file}, or leave `file` out");
    }

    /// <inheritdoc/>
    public override int Order => 50;

    /// <summary>The ratios; null where the plan's mistakes say what is wrong with them, or where nothing is read and their file is gone.</summary>
    internal MixOptions? OptionsOf(Plan plan) => _file is null ? _options : !plan.ReadsInput && !File.Exists(_file) ? null : MixFile.Load(_file, plan.Mistakes);

    /// <inheritdoc/>
    public override IEnumerable<Step> Steps(Plan plan)
    {
        if (!plan.Has(ArtifactKind.Tokens, madeHere: plan.Find<ShardsSection>() is not null))
            plan.Mistake(this, "`mix` draws from token shards: add the section `shards`, or start `from` a run that has them");
        if (_file is not null && !plan.ReadsInput && !File.Exists(_file))
        {
            yield return new MixStep(_options, _validation, plan.SettingsOf(this));
            yield break;
        }
        if ((_file is null ? _options : MixFile.Load(_file, plan.Mistakes)) is not { } options)
            yield break;
        IEnumerable<string> here = plan.File.Sources.Where(source => !source.Value.Read.GivesPreferences).Select(source => source.Key);
        foreach (string source in options.Strategy == MixStrategy.Explicit ? here.Except(options.Names) : [])
            plan.Mistake(this, $"source `{source}` has no weight in the mix: give it one (0 leaves it out)");
        foreach (string unknown in NamesOf(options).Except(plan.Sources))
            plan.Mistake(this, $"`weights` names `{unknown}`, which is no source{Mistakes.Suggest(unknown, plan.Sources)}");
        // What the files say is part of the settings: a mix is made anew when one of them changes.
        string settings = plan.SettingsOf(this) + MixFile.Text(_file) + MixFile.Text(options.WeightsFile);
        yield return new MixStep(options, _validation, settings);
    }

    private static IEnumerable<string> NamesOf(MixOptions options) => (options.IsDefault ? [] : options.AloneNames)
        .Concat(options.Phases.SelectMany(phase => new MixOptions(phase.Weights).AloneNames)).Distinct();
}

internal sealed class MixStep(MixOptions options, double validation, string settings) : Step("mix", ArtifactKind.Mix, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) => [new MixTask(options, validation, run.Latest(ArtifactKind.Tokens).Files())];

    public override IEnumerable<string> Summary(StepManifest manifest)
    {
        yield return $"mix: {manifest.Number("tokens"):N0} tokens to train on";
        foreach (MixShare share in MixArtifact.Shares(manifest))
            yield return $"  {share.Source,-16} asked {share.Asked,6:P1}  planned {share.Share,6:P1}  {share.Epochs,5:F2} epochs{(share.Capped ? ", at its cap" : "")}";
    }
}

internal sealed class MixTask(MixOptions options, double validation, IReadOnlyList<FileEntry> shards) : StepTask("00000", shards)
{
    public override void Execute(TaskContext context)
    {
        string folder = context.WorkFolder;
        IReadOnlyList<SourceStore> stores = new TokenStoreBuilder(validation, context.Seed).Build([.. Inputs.Select(shard => shard.Path)], folder, context.Cancel);
        var sources = new List<SourceTokens>();
        foreach (SourceStore store in stores)
        {
            using TokenStore train = TokenStore.Open(store.TrainPath);
            sources.Add(new SourceTokens(store.Source, train.TokenCount));
        }
        MixPlan plan = MixPlan.Create(sources, options);
        foreach (string file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
            context.NewFile(Path.GetFileName(file));
        context.Facts["tokens"] = plan.Tokens;
        context.Facts["shares"] = plan.Shares;
        if (plan.Schedule is { } schedule)
            context.Facts["schedule"] = schedule.Knots;
        context.Advance(Weight);
    }
}

/// <summary>Opens what a <c>mix</c> step made.</summary>
public static class MixArtifact
{
    /// <summary>Samples of <paramref name="sequenceLength"/> + 1 tokens in the planned ratios.</summary>
    public static Loader Open(Artifact mix, int sequenceLength, Seed seed)
    {
        IReadOnlyList<MixShare> shares = Shares(mix.Manifest);
        return new Loader(MixPlan.Of(shares, Schedule(mix.Manifest)), [.. shares.Select(share => TokenStore.Open(Store(mix, share.Source).TrainPath))], sequenceLength, seed);
    }

    /// <summary>The held-out tokens of a source.</summary>
    public static TokenStore OpenValidation(Artifact mix, string source) => TokenStore.Open(Store(mix, source).ValidationPath);

    /// <summary>A line for each source, as planned.</summary>
    public static IReadOnlyList<MixShare> Shares(StepManifest manifest) =>
        ManifestJson.Value<IReadOnlyList<MixShare>>(manifest.Fact("shares") ?? throw new InputException("the mix has no shares in its manifest.json: make it again"));

    /// <summary>The shares over the training, or null where they stay the same.</summary>
    public static MixSchedule? Schedule(StepManifest manifest) =>
        manifest.Fact("schedule") is { } knots ? new MixSchedule(ManifestJson.Value<IReadOnlyList<MixKnot>>(knots)) : null;

    private static SourceStore Store(Artifact mix, string source) => new(source, Path.Combine(mix.Folder, Uri.EscapeDataString(source)));
}
