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

    private readonly (string[] Names, double Weight)[] _groups;
    private readonly double _temperature;
    private readonly long? _sizeLimit;

    /// <summary>The settings of a mix.</summary>
    /// <param name="weights">Share of trained tokens by source; only ratios count. Names joined by <c>+</c> share a weight by their sizes. A group may name sources
    /// that are absent. Default: web 0.60, books+papers 0.15, code 0.15, dialogue 0.10.</param>
    /// <param name="tokens">Tokens to train on; default: as many as the epoch caps allow at these ratios.</param>
    /// <param name="maxEpochs">How often a source is repeated at most (4 repeats are nearly as good as new text: Muennighoff et al. 2023, arXiv 2305.16264).</param>
    /// <param name="atCap">What happens at that cap: <c>renormalise</c>, <c>error</c> or <c>repeat</c>.</param>
    /// <param name="strategy">Where the ratios come from: <c>explicit</c> weights, <c>proportional</c> to sizes, or <c>unimax</c> (as even as <c>max_epochs</c> allows; needs <c>tokens</c>).</param>
    /// <param name="temperature">Temperature of <c>proportional</c>: share ~ size^(1/temperature).</param>
    /// <param name="sizeLimit">Tokens a source counts as at most in <c>proportional</c>.</param>
    /// <param name="weightsFile">A file with the weights, as <c>name: weight</c> lines of YAML or a JSON object: what DoReMi or RegMix found.</param>
    /// <param name="phases">Weights that change during the training; need <c>tokens</c>. The weights before hold from the start.</param>
    /// <exception cref="ConfigurationException">A weight is no number of at least zero, or a source is named twice.</exception>
    public MixOptions(IReadOnlyDictionary<string, double>? weights = null, [Range(1, long.MaxValue)] long? tokens = null,
        [Range(0.01, 1000.0)] double maxEpochs = 4, AtCap atCap = AtCap.Renormalise, MixStrategy strategy = MixStrategy.Explicit,
        [Range(1.0, 1000.0)] double temperature = 1, [Range(1L, long.MaxValue)] long? sizeLimit = null, string? weightsFile = null,
        IReadOnlyList<MixPhase>? phases = null)
    {
        if (weightsFile is not null)
            weights = weights is null ? MixFile.Weights(weightsFile) : throw new ConfigurationException("give either `weights` or `weights_file`");
        if (strategy != MixStrategy.Explicit && weights is not null)
            throw new ConfigurationException($"weights belong to strategy explicit; {Name(strategy)} takes the ratios from the sizes");
        if (strategy == MixStrategy.Unimax && tokens is null)
            throw new ConfigurationException("strategy unimax shares out a budget: give `tokens`");
        if (strategy != MixStrategy.Proportional && (temperature != 1 || sizeLimit is not null))
            throw new ConfigurationException($"temperature and size_limit belong to strategy proportional, not {Name(strategy)}");
        Strategy = strategy;
        Phases = phases ?? [];
        WeightsFile = weightsFile;
        _temperature = temperature;
        _sizeLimit = sizeLimit;
        IsDefault = weights is null && strategy == MixStrategy.Explicit;
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

    /// <summary>Names that have a weight of their own, so that a slip in one can be told; a group may name what is absent.</summary>
    public IEnumerable<string> AloneNames => _groups.Where(group => group.Names.Length == 1).Select(group => group.Names[0]);

    /// <summary>The share of each source, adding up to 1; the weight of a group is split by size.</summary>
    /// <exception cref="ConfigurationException">A source has no weight, or none of those with one is there.</exception>
    public double[] SharesOf(IReadOnlyList<SourceTokens> sources)
    {
        long[] sizes = [.. sources.Select(source => source.Tokens)];
        if (Strategy == MixStrategy.Proportional)
            return SizeShares.Proportional(sizes, _temperature, _sizeLimit ?? double.PositiveInfinity);
        if (Strategy == MixStrategy.Unimax)
            return SizeShares.Unimax(sizes, Tokens!.Value, MaxEpochs);
        double[] shares = new double[sources.Count];
        HashSet<string> weighted = new(Names, StringComparer.Ordinal);
        if (sources.FirstOrDefault(source => !weighted.Contains(source.Name)) is { } without)
        {
            throw new ConfigurationException($"mix: source '{without.Name}' has no weight"
                + (IsDefault ? " in the default mix (web, books+papers, code, dialogue): give weights" : ": give it one (0 leaves it out)"));
        }
        foreach ((string[] names, double weight) in _groups)
        {
            int[] members = [.. Enumerable.Range(0, sources.Count).Where(i => names.Contains(sources[i].Name, StringComparer.Ordinal))];
            double size = members.Sum(i => (double)sources[i].Tokens);
            foreach (int i in members)
                shares[i] = size > 0 ? weight * sources[i].Tokens / size : weight / members.Length;
        }
        double total = shares.Sum();
        return total > 0 ? [.. shares.Select(share => share / total)]
            : throw new ConfigurationException($"mix: no source has a weight above zero (sources: {string.Join(", ", sources.Select(source => source.Name))})");
    }

    /// <summary>The shares over the training, or null where they stay the same.</summary>
    /// <exception cref="ConfigurationException">As <see cref="SharesOf"/>, for any phase.</exception>
    public MixSchedule? ScheduleOf(IReadOnlyList<SourceTokens> sources) => Phases.Count == 0 ? null : new MixSchedule(
    [
        new MixKnot(0, Present(SharesOf(sources), sources), false),
        .. Phases.Select(phase => new MixKnot(phase.At, Present(new MixOptions(phase.Weights).SharesOf(sources), sources), phase.Anneal)),
    ]);

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
            throw new ConfigurationException("phases: give `tokens`, so that it is known how much each source gives in all");
        for (int i = 0; i < Phases.Count; i++)
        {
            if (Phases[i].At <= (i == 0 ? 0 : Phases[i - 1].At) || Phases[i].At > Tokens)
                throw new ConfigurationException($"phases: `at` {Phases[i].At} must lie behind the phase before and not behind the {Tokens} tokens of the whole");
        }
    }

    private static string Name(MixStrategy strategy) => strategy.ToString().ToLowerInvariant();
}
