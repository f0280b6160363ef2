namespace DataPipeline.Tokens.Mix;

/// <summary>In which order samples are drawn from the sources so that every prefix is close to the ratios; see <see cref="BlendOrder"/>.</summary>
/// <remarks>A rule looks back only through the counts, so these are kept at every 4096th sample and a place is found by replaying from there; a list of all
/// samples would take ten bytes each. Making it goes once through all samples; finding a place costs one block at most.</remarks>
public sealed class Blend
{
    private const int LeastBlock = 4096;

    private readonly BlendTargets _targets;
    private readonly Func<BlendTargets, BlendRule> _rule;
    private readonly long _blockSamples;
    private readonly List<long[]> _takenBefore = [];
    private readonly long[] _taken;
    private volatile Block? _recent;

    private sealed record Block(long Number, int[] Sources, long[] Indexes);

    /// <summary>A blend of a number of samples in constant ratios.</summary>
    /// <param name="weights">A weight of each source, at least one above zero; only ratios count.</param>
    /// <param name="samples">Samples in all.</param>
    /// <param name="order">The rule.</param>
    public Blend(IReadOnlyList<double> weights, long samples, BlendOrder order = BlendOrder.Tijdeman)
        : this(new BlendTargets(weights), samples, order)
    {
    }

    /// <summary>A blend of a number of samples.</summary>
    /// <param name="targets">What is asked for of each source.</param>
    /// <param name="samples">Samples in all.</param>
    /// <param name="order">The rule.</param>
    public Blend(BlendTargets targets, long samples, BlendOrder order = BlendOrder.Tijdeman)
        : this(targets, made => BlendRule.Of(made, order), samples, long.MaxValue)
    {
    }

    /// <summary>A blend of samples with different numbers of tokens to predict, up to a number of these.</summary>
    /// <param name="targets">What is asked for of each source, in tokens.</param>
    /// <param name="tokens">Tokens in all; the last sample ends at them or before.</param>
    /// <param name="tokensOf">Tokens of a sample of a source, by its number there; called in their order, and again from any 4096th sample on.</param>
    public Blend(BlendTargets targets, long tokens, Func<int, long, int> tokensOf)
        : this(targets, made => new TokenRule(made, tokensOf), long.MaxValue, tokens)
    {
    }

    internal Blend(BlendTargets targets, Func<BlendTargets, BlendRule> rule, long samples, long tokens = long.MaxValue)
    {
        _targets = targets;
        _rule = rule;
        // Counts of 100,000 sources at every 4096th sample would be 200 bytes a sample.
        _blockSamples = Math.Max(LeastBlock, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)targets.SourceCount));
        BlendRule next = rule(targets);
        _taken = new long[next.Counters];
        next.Restart(_taken);
        for (; SampleCount < samples; SampleCount++)
        {
            if (SampleCount % _blockSamples == 0)
                _takenBefore.Add([.. _taken]);
            long before = next.Tokens;
            int source = next.Take(SampleCount, _taken);
            if (next.Tokens <= tokens)
                continue;
            _taken[source]--;
            _taken[targets.SourceCount + source] -= next.Tokens - before;
            break;
        }
    }

    /// <summary>Samples in all.</summary>
    public long SampleCount { get; private set; }

    /// <summary>Samples of each source in the whole.</summary>
    public IReadOnlyList<long> Counts => _taken[.._targets.SourceCount];

    /// <summary>The source of a sample, and how many samples of that source come before it.</summary>
    public (int Source, long Index) At(long sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, SampleCount);
        Block? block = _recent;
        if (block?.Number != sample / _blockSamples)
            _recent = block = Replay(sample / _blockSamples);
        int place = (int)(sample % _blockSamples);
        return (block.Sources[place], block.Indexes[place]);
    }

    /// <summary>Samples of each source among the first <paramref name="samples"/>.</summary>
    public long[] CountsBefore(long samples) => TakenBefore(samples)[.._targets.SourceCount];

    /// <summary>Tokens of each source among the first <paramref name="samples"/>, where samples differ in them.</summary>
    internal long[] TokensBefore(long samples) => TakenBefore(samples)[_targets.SourceCount..];

    private long[] TakenBefore(long samples)
    {
        if (samples == SampleCount)
            return _taken;
        long block = samples / _blockSamples;
        long[] taken = [.. _takenBefore[(int)block]];
        BlendRule rule = _rule(_targets);
        rule.Restart(taken);
        for (long sample = block * _blockSamples; sample < samples; sample++)
            rule.Take(sample, taken);
        return taken;
    }

    private Block Replay(long number)
    {
        long first = number * _blockSamples;
        int count = (int)Math.Min(_blockSamples, SampleCount - first);
        Block block = new(number, new int[count], new long[count]);
        long[] taken = [.. _takenBefore[(int)number]];
        BlendRule rule = _rule(_targets);
        rule.Restart(taken);
        for (int place = 0; place < count; place++)
        {
            int source = rule.Take(first + place, taken);
            block.Sources[place] = source;
            block.Indexes[place] = taken[source] - 1;
        }
        return block;
    }
}
