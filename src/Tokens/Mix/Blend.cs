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
    private readonly long[][] _takenBefore;
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
        : this(targets, samples, made => BlendRule.Of(made, order))
    {
    }

    internal Blend(BlendTargets targets, long samples, Func<BlendTargets, BlendRule> rule)
    {
        _targets = targets;
        _rule = rule;
        SampleCount = samples;
        // Counts of 100,000 sources at every 4096th sample would be 200 bytes a sample.
        _blockSamples = Math.Max(LeastBlock, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)targets.SourceCount));
        _takenBefore = new long[samples / _blockSamples + 1][];
        long[] taken = new long[targets.SourceCount];
        BlendRule next = rule(targets);
        next.Restart(taken);
        for (long sample = 0; sample < samples; sample++)
        {
            if (sample % _blockSamples == 0)
                _takenBefore[sample / _blockSamples] = [.. taken];
            next.Take(sample, taken);
        }
        _takenBefore[^1] ??= [.. taken];
        Counts = taken;
    }

    /// <summary>Samples in all.</summary>
    public long SampleCount { get; }

    /// <summary>Samples of each source in the whole.</summary>
    public IReadOnlyList<long> Counts { get; }

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
    public long[] CountsBefore(long samples)
    {
        if (samples == SampleCount)
            return [.. Counts];
        long block = samples / _blockSamples;
        long[] taken = [.. _takenBefore[block]];
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
        long[] taken = [.. _takenBefore[number]];
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
