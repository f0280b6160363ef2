using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>The ratios of a mix and how far it goes.</summary>
public sealed class MixOptions
{
    /// <summary>Ratios for a general language model, used for sources of these names when a pipeline file gives none.</summary>
    public static readonly IReadOnlyDictionary<string, double> DefaultWeights = new SortedDictionary<string, double>(StringComparer.Ordinal)
    {
        ["web"] = 0.60,
        ["books+papers"] = 0.15,
        ["code"] = 0.15,
        ["dialogue"] = 0.10,
    };

    /// <summary>Stands for every source that no other weight names.</summary>
    public const string Others = "*";

    private readonly (string[] Names, double Weight)[] _groups;
    private readonly double _temperature;
    private readonly long? _sizeLimit;

    /// <summary>The settings of a mix.</summary>
    /// <param name="weights">Share of trained tokens by source; only ratios count. Names joined by <c>+</c> share a weight by their sizes; a group may name sources
    /// that are absent, and <c>*</c> stands for all that are not named. Default: web 0.60, books+papers 0.15, code 0.15, dialogue 0.10.</param>
    /// <param name="tokens">Tokens to train on; default: as many as the epoch caps allow at these ratios.</param>
    /// <param name="budget">The same by the size of the model.</param>
    /// <param name="maxEpochs">How often a source is repeated at most (4 repeats are nearly as good as new text: Muennighoff et al. 2023, arXiv 2305.16264).</param>
    /// <param name="atCap">What happens at that cap: <c>renormalise</c>, <c>error</c> or <c>repeat</c>.</param>
    /// <param name="strategy">Where the ratios come from: <c>explicit</c> weights, <c>proportional</c> to sizes, or <c>unimax</c> (as even as <c>max_epochs</c> allows; needs <c>tokens</c>).</param>
    /// <param name="temperature">Temperature of <c>proportional</c>: share ~ size^(1/temperature).</param>
    /// <param name="sizeLimit">Tokens a source counts as at most in <c>proportional</c>.</param>
    /// <param name="weightsFile">A file of YAML or JSON with the weights by name, alone or under <c>weights</c>: what DoReMi or RegMix found.</param>
    /// <param name="phases">Weights that change during the training; need <c>tokens</c>. The weights before hold from the start.</param>
    /// <param name="unit">What the weights are shares of: <c>tokens</c> that are trained on, or <c>documents</c>.</param>
    /// <param name="by">What is weighted: <c>source</c>, <c>language</c> or further columns of the token shards; the names of several are joined by <c>/</c>, an empty value is <c>unknown</c>.</param>
    /// <param name="buckets">Ascending bounds that divide columns of numbers: <c>{ quality: [0.3, 0.7] }</c> makes <c>quality&lt;0.3</c>, <c>quality&lt;0.7</c> and <c>quality&gt;=0.7</c>.</param>
    /// <param name="order">In which order samples come: <c>tijdeman</c>, never a whole sample off, or <c>megatron</c>, as Megatron-LM does it.</param>
    /// <exception cref="ConfigurationException">A weight is no number of at least zero, or a source is named twice.</exception>
    public MixOptions(IReadOnlyDictionary<string, double>? weights = null, [Range(1, long.MaxValue)] long? tokens = null,
        [Range(0.01, 1000.0)] double maxEpochs = 4, AtCap atCap = AtCap.Renormalise, MixStrategy strategy = MixStrategy.Explicit,
        [Range(1.0, 1000.0)] double temperature = 1, [Range(1L, long.MaxValue)] long? sizeLimit = null, string? weightsFile = null,
        IReadOnlyList<MixPhase>? phases = null, MixBudget? budget = null, MixUnit unit = MixUnit.Tokens, IReadOnlyList<string>? by = null,
        IReadOnlyDictionary<string, IReadOnlyList<double>>? buckets = null, BlendOrder order = BlendOrder.Tijdeman)
    {
        if (budget is not null)
            tokens = tokens is null ? budget.Tokens : throw new ConfigurationException("give either `tokens` or `budget`");
        if (unit != MixUnit.Tokens && strategy != MixStrategy.Explicit)
            throw new ConfigurationException($"unit belongs to weights; strategy {Name(strategy)} takes the ratios from tokens");
        Slicing = new Slicing(by, buckets);
        Unit = unit;
        Order = order;
        if (weightsFile is not null)
            weights = weights is null ? MixFile.Weights(weightsFile) : throw new ConfigurationException("give either `weights` or `weights_file`");
        if (strategy != MixStrategy.Explicit && weights is not null)
            throw new ConfigurationException($"weights belong to strategy explicit; {Name(strategy)} takes the ratios from the sizes");
        if (strategy == MixStrategy.Unimax && tokens is null)
            throw new ConfigurationException("strategy unimax shares out a budget: give `tokens` or `budget`");
        if (strategy != MixStrategy.Proportional && (temperature != 1 || sizeLimit is not null))
            throw new ConfigurationException($"temperature and size_limit belong to strategy proportional, not {Name(strategy)}");
        Strategy = strategy;
        Phases = phases ?? [];
        WeightsFile = weightsFile;
        _temperature = temperature;
        _sizeLimit = sizeLimit;
        IsDefault = weights is null && strategy == MixStrategy.Explicit;
        if (IsDefault && !Slicing.IsBySource)
            throw new ConfigurationException("the default weights are of sources: give `weights` of the slices, or a strategy");
        Tokens = tokens;
        MaxEpochs = maxEpochs;
        AtCap = atCap;
        CheckPhases();
        if (strategy != MixStrategy.Explicit)
        {
            _groups = [];
            return;
        }
        _groups = [.. (weights ?? DefaultWeights).OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => (entry.Key.Split('+', StringSplitOptions.TrimEntries), entry.Value))];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((string[] names, double weight) in _groups)
        {
            if (!(weight >= 0) || double.IsInfinity(weight))
                throw new ConfigurationException($"weights: {string.Join('+', names)} is {weight}: a weight is a number of at least zero");
            if (names.FirstOrDefault(name => name.Length == 0 || !seen.Add(name)) is { } twice)
                throw new ConfigurationException($"weights: '{twice}' is empty or named twice");
        }
        if (!_groups.Any(group => group.Weight > 0))
            throw new ConfigurationException("weights: at least one must be above zero");
    }

    /// <summary>Weights that change during the training, in the order of their tokens.</summary>
    public IReadOnlyList<MixPhase> Phases { get; }

    /// <summary>What the weights are shares of.</summary>
    public MixUnit Unit { get; }

    /// <summary>What is weighted.</summary>
    public Slicing Slicing { get; }

    /// <summary>In which order samples come.</summary>
    public BlendOrder Order { get; }

    /// <summary>Where the ratios come from.</summary>
    public MixStrategy Strategy { get; }

    /// <summary>The file its weights come from, or null.</summary>
    public string? WeightsFile { get; }

    /// <summary>True when no weights were given and none follow from sizes.</summary>
    public bool IsDefault { get; }

    /// <summary>Tokens to train on, or null for as many as the caps allow.</summary>
    public long? Tokens { get; }

    /// <summary>How often a source is repeated at most.</summary>
    public double MaxEpochs { get; }

    /// <summary>What happens at that cap.</summary>
    public AtCap AtCap { get; }

    /// <summary>Names with a weight, in ordinal order.</summary>
    public IEnumerable<string> Names => _groups.SelectMany(group => group.Names).Order(StringComparer.Ordinal);

    /// <summary>True when sources without a name of their own have a weight too.</summary>
    public bool HasOthers => _groups.Any(group => group.Names.Contains(Others, StringComparer.Ordinal));

    /// <summary>Names that have a weight of their own, so that a slip in one can be told; a group may name what is absent.</summary>
    public IEnumerable<string> AloneNames => _groups.Where(group => group.Names.Length == 1 && group.Names[0] != Others).Select(group => group.Names[0]);

    /// <summary>True for a source that is drawn from: its weight is above zero at some time, or the ratios follow from the sizes.</summary>
    public bool Asks(string source) => Strategy != MixStrategy.Explicit
        || _groups.Where(group => group.Names.Contains(source, StringComparer.Ordinal)).DefaultIfEmpty(_groups.FirstOrDefault(group => group.Names.Contains(Others, StringComparer.Ordinal)))
            .Any(group => group.Weight > 0)
        || Phases.Any(phase => OfPhase(phase).Asks(source));

    /// <summary>The share of each source, adding up to 1; the weight of a group is split by size.</summary>
    /// <exception cref="ConfigurationException">A source has no weight, or none of those with one is there.</exception>
    public double[] SharesOf(IReadOnlyList<SourceTokens> sources)
    {
        long[] tokens = [.. sources.Select(source => source.Tokens)];
        if (Strategy == MixStrategy.Proportional)
            return SizeShares.Proportional(tokens, _temperature, _sizeLimit ?? double.PositiveInfinity);
        if (Strategy == MixStrategy.Unimax)
            return SizeShares.Unimax(tokens, Tokens!.Value, MaxEpochs);
        var groupOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int group = 0; group < _groups.Length; group++)
        {
            foreach (string name in _groups[group].Names)
                groupOf[name] = group;
        }
        int[] groups = [.. sources.Select(source => groupOf.GetValueOrDefault(source.Name, groupOf.GetValueOrDefault(Others, -1)))];
        if (Array.IndexOf(groups, -1) is >= 0 and int without)
        {
            throw new ConfigurationException($"mix: {(Slicing.IsBySource ? "source" : "slice")} '{sources[without].Name}' has no weight"
                + (IsDefault ? " in the default mix (web, books+papers, code, dialogue): give weights" : $": give it one (0 leaves it out), or one to '{Others}', all that are not named"));
        }
        double[] sizes = [.. sources.Select(source => (double)(Unit == MixUnit.Tokens ? source.Tokens : source.Documents))];
        double[] sizeOf = new double[_groups.Length], membersOf = new double[_groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            sizeOf[groups[i]] += sizes[i];
            membersOf[groups[i]]++;
        }
        // The weight of a group is split by size; documents count as the tokens they have in the mean.
        double[] shares = [.. groups.Select((group, i) => _groups[group].Weight * (sizeOf[group] > 0 ? sizes[i] / sizeOf[group] : 1 / membersOf[group])
            * (Unit == MixUnit.Tokens || sizes[i] == 0 ? 1 : sources[i].Tokens / sizes[i]))];
        double total = shares.Sum();
        return total > 0 ? [.. shares.Select(share => share / total)]
            : throw new ConfigurationException($"mix: no source has a weight above zero (sources: {string.Join(", ", sources.Select(source => source.Name))})");
    }

    /// <summary>The shares over the training, or null where they stay the same.</summary>
    /// <exception cref="ConfigurationException">As <see cref="SharesOf"/>, for any phase.</exception>
    public MixSchedule? ScheduleOf(IReadOnlyList<SourceTokens> sources) => Phases.Count == 0 ? null : new MixSchedule(
    [
        new MixKnot(0, Present(SharesOf(sources), sources), false),
        .. Phases.Select(phase => new MixKnot(phase.At, Present(OfPhase(phase).SharesOf(sources), sources), phase.Anneal)),
    ]);

    private MixOptions OfPhase(MixPhase phase) => new(phase.Weights, unit: Unit, by: Slicing.By);

    /// <summary>What has nothing to give leaves its share to the others.</summary>
    private static double[] Present(double[] shares, IReadOnlyList<SourceTokens> sources)
    {
        double present = Enumerable.Range(0, shares.Length).Where(i => sources[i].Tokens > 0).Sum(i => shares[i]);
        return present > 0 ? [.. shares.Select((share, i) => sources[i].Tokens > 0 ? share / present : 0)]
            : throw new ConfigurationException("mix: in one of the phases no source with a weight has any tokens to train on: look at what the filters dropped");
    }

    private void CheckPhases()
    {
        if (Phases.Count > 0 && Tokens is null)
            throw new ConfigurationException("phases: give `tokens` or `budget`, so that it is known how much each source gives in all");
        for (int i = 0; i < Phases.Count; i++)
        {
            if (Phases[i].At <= (i == 0 ? 0 : Phases[i - 1].At) || Phases[i].At > Tokens)
                throw new ConfigurationException($"phases: `at` {Phases[i].At} must lie behind the phase before and not behind the {Tokens} tokens of the whole");
        }
    }

    private static string Name(MixStrategy strategy) => strategy.ToString().ToLowerInvariant();
}
