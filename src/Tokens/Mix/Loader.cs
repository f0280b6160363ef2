using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>Gives the samples of a mix: sample k is a function of plan, stores, seed and k alone, so training goes on at any k with nothing to restore.</summary>
/// <remarks>Safe to use from several threads.</remarks>
public sealed class Loader : IDisposable
{
    private readonly TokenStore[] _stores;
    private readonly SourceSamples?[] _sources;
    private readonly Blend _blend;
    private readonly long[] _from;

    /// <summary>A loader of a mix.</summary>
    /// <param name="plan">Shares and number of tokens, planned for these stores in this order.</param>
    /// <param name="stores">The stores to train on; the loader closes them.</param>
    /// <param name="sequenceLength">T, inputs of a sample.</param>
    /// <param name="seed">Decides the order of documents.</param>
    /// <param name="cursors">What was already drawn of each source under another mix (<see cref="Cursors"/>): drawing goes on behind it, so that a change of the mix repeats and
    /// loses nothing; sources it does not name begin anew.</param>
    /// <param name="packing">How documents become samples.</param>
    /// <exception cref="ConfigurationException">The mix has fewer tokens than one sample, or <see cref="BlendOrder.Megatron"/> is to order samples of different lengths.</exception>
    public Loader(MixPlan plan, IReadOnlyList<TokenStore> stores, int sequenceLength, Seed seed, IReadOnlyDictionary<string, long>? cursors = null,
        Packing packing = Packing.Contiguous)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        if (!plan.Shares.Select(share => share.Available).SequenceEqual(stores.Select(store => store.TokenCount)))
            throw new ArgumentException("the plan was made for other stores", nameof(stores));
        if (packing == Packing.BestFit && plan.Order == BlendOrder.Megatron && plan.Schedule is not null)
            throw new ConfigurationException("mix: order: megatron knows no phases of packed documents: take order: tijdeman or another packing");
        Plan = plan;
        SequenceLength = sequenceLength;
        Packing = packing;
        _stores = [.. stores];
        _sources = [.. stores.Select((store, i) => store.TokenCount > 0 && plan.IsAsked(i)
            ? SourceSamples.Of(store, packing, sequenceLength, seed.For("order").For(plan.Shares[i].Source)) : null)];
        double[] means = [.. _sources.Select(source => source?.MeanTargets ?? sequenceLength)];
        long samples = packing == Packing.BestFit
            ? (long)Math.Floor(plan.Shares.Select((share, i) => share.Tokens / means[i]).Sum() + 1e-6) : plan.Tokens / sequenceLength;
        if (samples == 0)
        {
            throw new ConfigurationException($"mix: {plan.Tokens} tokens are fewer than one sample of {sequenceLength}:"
                + " shorten the sequences, add documents, or raise max_epochs");
        }
        // Weights are shares of tokens, but what is drawn are samples, of which some sources' hold fewer tokens.
        _blend = new Blend(plan.Schedule is { } schedule ? new ScheduledTargets(schedule, means)
            : new BlendTargets([.. plan.Shares.Select((share, i) => packing == Packing.BestFit ? share.Share / means[i] : share.Share)]), samples, plan.Order);
        _from = [.. plan.Shares.Select(share => cursors?.GetValueOrDefault(share.Source) ?? 0)];
        string facts = string.Join('|', plan.Shares.Select((share, i) =>
            $"{share.Source}:{BitConverter.DoubleToInt64Bits(share.Share):x16}:{stores[i].TokenCount}:{stores[i].DocumentCount}"));
        PlanHash = Hash.Of($"{facts}|{samples}|{sequenceLength}|{seed.Value}|{packing}|{plan.Order}|{(cursors is null ? "" : string.Join(',', _from))}{Phases(plan.Schedule)}").ToString("x16");
    }

    /// <summary>The plan.</summary>
    public MixPlan Plan { get; }

    /// <summary>T, inputs of a sample.</summary>
    public int SequenceLength { get; }

    /// <summary>How documents become samples.</summary>
    public Packing Packing { get; }

    /// <summary>Samples in all.</summary>
    public long SampleCount => _blend.SampleCount;

    /// <summary>Hash of everything that decides the samples but the tokens themselves: a checkpoint keeps it and refuses another.</summary>
    public string PlanHash { get; }

    /// <summary>Fills a row with sample <paramref name="sample"/>.</summary>
    /// <exception cref="ArgumentException">The row is of another length.</exception>
    public Sample Read(long sample, SampleRow row)
    {
        if (row.Inputs.Length != SequenceLength || row.Targets.Length != SequenceLength
            || (row.Documents.Length | row.Positions.Length) is not 0 && (row.Documents.Length != SequenceLength || row.Positions.Length != SequenceLength))
        {
            throw new ArgumentException($"a sample has {SequenceLength} inputs and targets, not {row.Inputs.Length} and {row.Targets.Length}", nameof(row));
        }
        (int source, long index) = _blend.At(sample);
        return new Sample(source, _sources[source]!.Read(_from[source], index, row));
    }

    /// <summary>Source of a sample, and numbers in its store of the documents that it is made of.</summary>
    public (int Source, IReadOnlyList<long> Documents) DocumentsOf(long sample)
    {
        (int source, long index) = _blend.At(sample);
        return (source, [.. _sources[source]!.DocumentsOf(_from[source], index)]);
    }

    /// <summary>What is drawn of each source when the first <paramref name="samples"/> samples are read, by earlier mixes as well, in tokens or rows of packed documents: where
    /// another mix goes on.</summary>
    public IReadOnlyDictionary<string, long> Cursors(long samples)
    {
        long[] counts = _blend.CountsBefore(samples);
        return new SortedDictionary<string, long>(Enumerable.Range(0, counts.Length)
            .ToDictionary(i => Plan.Shares[i].Source, i => _from[i] + (_sources[i]?.UnitsOf(counts[i]) ?? 0)), StringComparer.Ordinal);
    }

    /// <summary>Index of a sample's source in the plan.</summary>
    public int SourceOf(long sample) => _blend.At(sample).Source;

    /// <summary>What the first <paramref name="samples"/> samples give of each source, beside what was asked.</summary>
    public IReadOnlyList<MixDelivery> Audit(long samples)
    {
        long[] counts = _blend.CountsBefore(samples);
        long[] tokens = [.. counts.Select((count, i) => count == 0 ? 0 : _sources[i]!.TargetsOf(_from[i], count))];
        double all = Math.Max(1, tokens.Sum());
        return [.. Plan.Shares.Select((share, i) => new MixDelivery(share.Source, share.Asked,
            Plan.Schedule is { } schedule && samples > 0 ? schedule.Tokens(i, all) / all : share.Share,
            tokens[i], tokens[i] / all, share.Available == 0 ? 0 : (double)tokens[i] / share.Available, share.Capped))];
    }

    private static string Phases(MixSchedule? schedule) => schedule is null ? "" : "|" + string.Join('|', schedule.Knots.Select(knot =>
        $"{knot.At}:{knot.Anneal}:{string.Join(',', knot.Shares.Select(share => BitConverter.DoubleToInt64Bits(share).ToString("x16")))}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TokenStore store in _stores)
            store.Dispose();
    }
}

/// <summary>Asked and delivered for a source.</summary>
/// <param name="Source">Name.</param>
/// <param name="Asked">Share asked for, 0 to 1.</param>
/// <param name="Planned">Share after caps.</param>
/// <param name="Tokens">Tokens delivered.</param>
/// <param name="Delivered">Share delivered.</param>
/// <param name="Epochs">How often the source was gone through.</param>
/// <param name="Capped">True when the epoch cap lowered it.</param>
public sealed record MixDelivery(string Source, double Asked, double Planned, long Tokens, double Delivered, double Epochs, bool Capped);
