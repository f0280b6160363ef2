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
    private readonly string? _after;
    private readonly LossOn _loss;

    /// <summary>Bound from YAML.</summary>
    /// <param name="weights">Share of trained tokens by source; only ratios count. Names joined by <c>+</c> share a weight by their sizes; a group may name sources that
    /// are absent, and <c>*</c> stands for all that are not named. Default: web 0.60, books+papers 0.15, code 0.15, dialogue 0.10.</param>
    /// <param name="tokens">Tokens to train on; as many as the epoch caps allow at these ratios if not given.</param>
    /// <param name="maxEpochs">How often a source is repeated at most (4 repeats are nearly as good as new text: Muennighoff et al. 2023).</param>
    /// <param name="atCap">What happens at that cap: <c>renormalise</c> (the others share the rest), <c>error</c> or <c>repeat</c>.</param>
    /// <param name="validation">Share of each source's documents that is held out and never trained on; at least one document where a source has two.</param>
    /// <param name="strategy">Where the ratios come from: <c>explicit</c> weights, <c>proportional</c> to sizes, or <c>unimax</c> (as even as <c>max_epochs</c> allows; needs <c>tokens</c>).</param>
    /// <param name="temperature">Temperature of <c>proportional</c>: share ~ size^(1/temperature).</param>
    /// <param name="sizeLimit">Tokens a source counts as at most in <c>proportional</c>.</param>
    /// <param name="weightsFile">A file of YAML or JSON with the weights by name, alone or under <c>weights</c>: what DoReMi or RegMix found.</param>
    /// <param name="phases">Weights that change during the training; need <c>tokens</c>. The weights before hold from the start.</param>
    /// <param name="file">A mix file with all of these but <c>validation</c>, <c>after</c> and <c>loss</c>, such as <c>pipelines/mixes/default.yaml</c>; they cannot stand beside it.</param>
    /// <param name="budget">Tokens to train on by the size of the model.</param>
    /// <param name="unit">What the weights are shares of: <c>tokens</c> that are trained on, or <c>documents</c>.</param>
    /// <param name="by">What is weighted: <c>source</c>, <c>language</c> or further columns of the token shards (<c>columns</c> of <c>shards</c>); the names of several are joined by <c>/</c>, an
    /// empty value is <c>unknown</c>. Sources if not given.</param>
    /// <param name="buckets">Ascending bounds that divide columns of numbers: <c>{ quality: [0.3, 0.7] }</c> makes <c>quality&lt;0.3</c>, <c>quality&lt;0.7</c> and <c>quality&gt;=0.7</c>.</param>
    /// <param name="order">In which order samples come: <c>tijdeman</c>, no prefix a whole sample off, or <c>megatron</c>, as Megatron-LM does it.</param>
    /// <param name="after">An earlier run that pretrained on the same shards with another mix, of the same seed, packing and validation: each source goes on behind what that run drew of it.</param>
    /// <param name="loss">Which tokens of a dialogue are trained on: <c>all</c>, <c>answers</c> or <c>last_answer</c>. With the latter two, weights and epochs are of the answers' tokens, and
    /// dialogues without an answer are left out and counted.</param>
    public MixSection(IReadOnlyDictionary<string, double>? weights = null, [Range(1L, long.MaxValue)] long? tokens = null,
        [Range(0.01, 1000.0)] double maxEpochs = 4, AtCap atCap = AtCap.Renormalise, [Range(0.0, 0.5)] double validation = 0.01,
        MixStrategy strategy = MixStrategy.Explicit, [Range(1.0, 1000.0)] double temperature = 1, [Range(1L, long.MaxValue)] long? sizeLimit = null,
        string? weightsFile = null, IReadOnlyList<MixPhase>? phases = null, string? file = null, MixBudget? budget = null, MixUnit unit = MixUnit.Tokens,
        IReadOnlyList<string>? by = null, IReadOnlyDictionary<string, IReadOnlyList<double>>? buckets = null, BlendOrder order = BlendOrder.Tijdeman, string? after = null,
        LossOn loss = LossOn.All)
    {
        _loss = loss;
        _file = file;
        _after = after;
        _validation = validation;
        _options = new MixOptions(weights, tokens, maxEpochs, atCap, strategy, temperature, sizeLimit, weightsFile, phases, budget, unit, by, buckets, order);
        bool given = weights is not null || tokens is not null || maxEpochs != 4 || atCap != AtCap.Renormalise || strategy != MixStrategy.Explicit
            || temperature != 1 || sizeLimit is not null || weightsFile is not null || phases is not null
            || budget is not null || unit != MixUnit.Tokens || by is not null || buckets is not null || order != BlendOrder.Tijdeman;
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
            yield return new MixStep(_options, _validation, _loss, null, plan.SettingsOf(this));
            yield break;
        }
        if ((_file is null ? _options : MixFile.Load(_file, plan.Mistakes)) is not { } options)
            yield break;
        if (options.Slicing.IsBySource)
            CheckNames(plan, options);
        RunFolder? before = _after is null ? null : new RunFolder(_after);
        if (before is not null && plan.ReadsInput && before.Output("train.pretrain") is null)
            plan.Mistake(this, $"`after`: {_after} has no finished step train.pretrain");
        // What the files say is part of the settings: a mix is made anew when one of them changes.
        string settings = plan.SettingsOf(this) + MixFile.Text(_file) + MixFile.Text(options.WeightsFile)
            + MixFile.Text(before is null ? null : Path.Combine(before.StepFolder("train.pretrain"), "manifest.json"));
        yield return new MixStep(options, _validation, _loss, before, settings);
    }

    private void CheckNames(Plan plan, MixOptions options)
    {
        IEnumerable<string> here = plan.File.Sources.Where(source => !source.Value.Read.GivesPreferences).Select(source => source.Key);
        foreach (string source in options.Strategy == MixStrategy.Explicit && !options.HasOthers ? here.Except(options.Names) : [])
            plan.Mistake(this, $"source `{source}` has no weight in the mix: give it one (0 leaves it out)");
        foreach (string unknown in NamesOf(options).Except(plan.Sources))
            plan.Mistake(this, $"`weights` names `{unknown}`, which is no source{Mistakes.Suggest(unknown, plan.Sources)}");
    }

    private static IEnumerable<string> NamesOf(MixOptions options) => (options.IsDefault ? [] : options.AloneNames)
        .Concat(options.Phases.SelectMany(phase => new MixOptions(phase.Weights).AloneNames)).Distinct();
}

internal sealed class MixStep(MixOptions options, double validation, LossOn loss, RunFolder? before, string settings) : Step("mix", ArtifactKind.Mix, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) => [new MixTask(options, validation, loss, before, run.Latest(ArtifactKind.Tokens).Files())];

    public override IEnumerable<string> Summary(StepManifest manifest) => MixArtifact.Summary(manifest);
}

internal sealed class MixTask(MixOptions options, double validation, LossOn loss, RunFolder? before, IReadOnlyList<FileEntry> shards) : StepTask("00000", shards)
{
    public override void Execute(TaskContext context)
    {
        MixPlan plan = MixArtifact.Make(context, [.. Inputs.Select(shard => shard.Path)], options,
            new TokenStoreBuilder(validation, MixArtifact.HeldOutSeed(context.Run.Seed.Value), options.Slicing) { Loss = new LossRule(loss) });
        if (before is not null)
            Continue(context, before, plan);
        context.Advance(Weight);
    }

    /// <summary>Takes over what an earlier run drew. The order of documents follows from the seed and the documents of each source, so these must be the same.</summary>
    private static void Continue(TaskContext context, RunFolder before, MixPlan plan)
    {
        StepManifest trained = before.Output("train.pretrain")!.Manifest;
        StepManifest mix = before.Output("mix")?.Manifest ?? throw new InputException($"{before.Path}: the mix it trained on is not in it");
        if (mix.Seed != context.Run.Seed.Value)
            throw new ConfigurationException($"mix: after: {before.Path} has seed {mix.Seed}, this run {context.Run.Seed.Value}: the order of documents differs; take the same seed");
        var available = MixArtifact.Shares(mix).ToDictionary(share => share.Source, share => share.Available, StringComparer.Ordinal);
        if (plan.Shares.FirstOrDefault(share => available.TryGetValue(share.Source, out long tokens) && tokens != share.Available) is { } other)
        {
            throw new ConfigurationException($"mix: after: source '{other.Source}' has {other.Available} tokens to train on, in {before.Path} {available[other.Source]}:"
                + " start `from` its shards and keep `validation`");
        }
        context.Facts["cursors"] = trained.Fact("cursors") ?? throw new InputException($"{before.Path}: train.pretrain has no cursors in its manifest.json: it was trained by an earlier version");
        context.Facts["cursors_packing"] = trained.Fact("packing")!;
    }
}

/// <summary>What a <c>mix</c> step makes: token stores, with the plan in the facts of its manifest.</summary>
public static class MixArtifact
{
    /// <summary>Writes the stores and notes the plan.</summary>
    /// <param name="context">The task that makes them.</param>
    /// <param name="shards">Token shards in corpus order.</param>
    /// <param name="options">Ratios, budget and caps.</param>
    /// <param name="builder">Which documents become which store.</param>
    /// <exception cref="ConfigurationException">As <see cref="MixPlan.Create"/>.</exception>
    public static MixPlan Make(TaskContext context, IReadOnlyList<string> shards, MixOptions options, TokenStoreBuilder builder)
    {
        string folder = context.WorkFolder;
        IReadOnlyList<string> names = builder.Build(shards, folder, context.Cancel);
        MixPlan plan;
        using (TokenStoreFile train = TokenStoreFile.Open(Path.Combine(folder, TokenStoreBuilder.Train)))
            plan = MixPlan.Create([.. names.Zip(train.Stores, (name, store) => new SourceTokens(name, store.LearnedCount, store.DocumentCount))], options);
        foreach (string file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
            context.NewFile(Path.GetFileName(file));
        context.Facts["tokens"] = plan.Tokens;
        context.Facts["shares"] = plan.Shares;
        context.Facts["order"] = plan.Order;
        context.Facts["recipe"] = builder.Recipe;
        if (!builder.Loss.KeepsAll)
            NoteDocuments(context, builder);
        if (plan.Schedule is { } schedule)
            context.Facts["schedule"] = schedule.Knots;
        return plan;
    }

    /// <summary>Decides which documents are held out in a run of a seed: the same in every mix of it, so that what pretraining holds out no other step trains on.</summary>
    public static Seed HeldOutSeed(ulong seed) => new Seed(seed).For("mix");

    /// <summary>A mix leaves documents out for itself alone: they are facts of it, not counts on the way of the corpus.</summary>
    private static void NoteDocuments(TaskContext context, TokenStoreBuilder builder)
    {
        builder.Tally.Check(context.Step.Name);
        context.Facts["documents"] = builder.Tally.Sources;
        context.Facts["cut_dialogues"] = builder.CutDialogues;
    }

    /// <summary>The plan, a line for each source.</summary>
    public static IEnumerable<string> Summary(StepManifest manifest)
    {
        yield return $"{manifest.Step}: {manifest.Number("tokens"):N0} tokens to train on";
        foreach (MixShare share in Shares(manifest))
            yield return $"  {share.Source,-16} asked {share.Asked,6:P1}  planned {share.Share,6:P1}  {share.Epochs,5:F2} epochs{(share.Capped ? ", at its cap" : "")}";
        if (manifest.Fact("documents") is not { } documents)
            yield break;
        foreach ((string source, SourceCounts counts) in ManifestJson.Value<SortedDictionary<string, SourceCounts>>(documents).Where(source => source.Value.Dropped.Count > 0))
            yield return $"  {source,-16} {counts.Kept:N0} of {counts.Read:N0} documents; left out: {string.Join(", ", counts.Dropped.Select(reason => $"{reason.Key} {reason.Value:N0}"))}";
        if (manifest.Number("cut_dialogues") > 0)
            yield return $"  {manifest.Number("cut_dialogues"):N0} dialogues are longer than a row and were cut";
    }

    /// <summary>The samples of a mix in the planned ratios; the seed of its run orders them.</summary>
    /// <param name="mix">What the step made.</param>
    /// <param name="sequenceLength">Inputs of a sample.</param>
    /// <param name="packing">How documents become samples.</param>
    /// <exception cref="ConfigurationException">The mix goes on behind a run with another packing.</exception>
    public static Loader Open(Artifact mix, int sequenceLength, Packing packing)
    {
        StepManifest manifest = mix.Manifest;
        var cursors = manifest.Fact("cursors") is { } drawn ? ManifestJson.Value<IReadOnlyDictionary<string, long>>(drawn) : null;
        if (cursors is not null && ManifestJson.Value<Packing>(manifest.Fact("cursors_packing")!.Value) is var before && before.MakesRows() != packing.MakesRows())
            throw new ConfigurationException($"the mix goes on behind a run that packed {before}: its places mean nothing to {packing}; keep `packing`");
        BlendOrder order = manifest.Fact("order") is { } named ? ManifestJson.Value<BlendOrder>(named) : BlendOrder.Tijdeman;
        IReadOnlyList<TokenStore> stores = TokenStoreFile.Open(Path.Combine(mix.Folder, TokenStoreBuilder.Train)).Stores;
        return new Loader(MixPlan.Of(Shares(manifest), Schedule(manifest), order), stores, sequenceLength, new Seed(manifest.Seed), cursors, packing);
    }

    /// <summary>The held-out tokens, a store for each source.</summary>
    public static TokenStoreFile OpenValidation(Artifact mix) => TokenStoreFile.Open(Path.Combine(mix.Folder, TokenStoreBuilder.Validation));

    /// <summary>A line for each source, as planned.</summary>
    public static IReadOnlyList<MixShare> Shares(StepManifest manifest) =>
        ManifestJson.Value<IReadOnlyList<MixShare>>(manifest.Fact("shares") ?? throw new InputException("the mix has no shares in its manifest.json: make it again"));

    /// <summary>The shares over the training, or null where they stay the same.</summary>
    public static MixSchedule? Schedule(StepManifest manifest) =>
        manifest.Fact("schedule") is { } knots ? new MixSchedule(ManifestJson.Value<IReadOnlyList<MixKnot>>(knots)) : null;
}
