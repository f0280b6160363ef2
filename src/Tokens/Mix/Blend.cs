namespace DataPipeline.Tokens.Mix;

/// <summary>In which order samples are drawn from the sources so that every prefix is close to the ratios: Megatron-LM's rule.</summary>
/// <remarks>At sample s comes the source with the largest weight * max(s, 1) - taken, the first of equals. The rule looks back only through the counts, so
/// these are kept at every 4096th sample and a place is found by replaying from there; a list of all samples would take ten bytes each.</remarks>
public sealed class Blend
{
    private const int BlockSamples = 4096;

    private readonly double[] _weights;
    private readonly Func<int, double, double>? _target;
    private readonly long[][] _takenBefore;
    private volatile Block? _recent;

    private sealed record Block(long Number, ushort[] Sources, long[] Indexes);

    /// <summary>A blend of a number of samples.</summary>
    /// <param name="weights">A weight of each source, at least one above zero; only ratios count.</param>
    /// <param name="samples">Samples in all.</param>
    /// <param name="target">Samples of a source asked for among the first so many, where the ratios change on the way; default: by its weight.</param>
    public Blend(IReadOnlyList<double> weights, long samples, Func<int, double, double>? target = null)
    {
        double total = weights.Sum();
        if (weights.Any(weight => !(weight >= 0)) || !(total > 0) || weights.Count > ushort.MaxValue)
            throw new ArgumentException("weights must be at least zero, one of them above", nameof(weights));
        _weights = [.. weights.Select(weight => weight / total)];
        SampleCount = samples;
        _target = target;
        _takenBefore = new long[samples / BlockSamples + 1][];
        long[] taken = new long[_weights.Length];
        for (long sample = 0; sample < samples; sample++)
        {
            if (sample % BlockSamples == 0)
                _takenBefore[sample / BlockSamples] = [.. taken];
            taken[Next(sample, taken)]++;
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
        if (block?.Number != sample / BlockSamples)
            _recent = block = Replay(sample / BlockSamples);
        int place = (int)(sample % BlockSamples);
        return (block.Sources[place], block.Indexes[place]);
    }

    /// <summary>Samples of each source among the first <paramref name="samples"/>.</summary>
    public long[] CountsBefore(long samples)
    {
        if (samples == SampleCount)
            return [.. Counts];
        long block = samples / BlockSamples;
        long[] taken = [.. _takenBefore[block]];
        for (long sample = block * BlockSamples; sample < samples; sample++)
            taken[Next(sample, taken)]++;
        return taken;
    }

    private Block Replay(long number)
    {
        long first = number * BlockSamples;
        int count = (int)Math.Min(BlockSamples, SampleCount - first);
        Block block = new(number, new ushort[count], new long[count]);
        long[] taken = [.. _takenBefore[number]];
        for (int place = 0; place < count; place++)
        {
            int source = Next(first + place, taken);
            block.Sources[place] = (ushort)source;
            block.Indexes[place] = taken[source]++;
        }
        return block;
    }

    private int Next(long sample, long[] taken)
    {
        double at = Math.Max(sample, 1);
        int best = 0;
        double most = double.NegativeInfinity;
        for (int source = 0; source < taken.Length; source++)
        {
            double error = (_target is null ? _weights[source] * at : _target(source, at)) - taken[source];
            // Where all errors are zero, the first of equals may have no weight; it must never come.
            if (error > most && _weights[source] > 0)
            {
                most = error;
                best = source;
            }
        }
        return best;
    }
}
