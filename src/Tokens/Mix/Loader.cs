using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>Gives the samples of a mix: sample k is a function of plan, stores, seed and k alone, so training goes on at any k with nothing to restore.</summary>
/// <remarks>A sample is T + 1 tokens cut from the packed documents of one source; the next sample of that source begins with its last token, so every token is a target once an epoch.
/// Safe to use from several threads.</remarks>
public sealed class Loader : IDisposable
{
    private readonly TokenStore[] _stores;
    private readonly SourceStream[] _streams;
    private readonly Blend _blend;
    private readonly long[] _from;

    /// <summary>A loader of a mix.</summary>
    /// <param name="plan">Shares and number of tokens, planned for these stores in this order.</param>
    /// <param name="stores">The stores to train on; the loader closes them.</param>
    /// <param name="sequenceLength">T, inputs of a sample.</param>
    /// <param name="seed">Decides the order of documents.</param>
    /// <param name="cursors">Tokens already drawn of each source under another mix (<see cref="Cursors"/>): drawing goes on behind them, so that a change of the mix repeats and
    /// loses nothing; sources it does not name begin anew.</param>
    /// <exception cref="ConfigurationException">The mix has fewer tokens than one sample.</exception>
    public Loader(MixPlan plan, IReadOnlyList<TokenStore> stores, int sequenceLength, Seed seed, IReadOnlyDictionary<string, long>? cursors = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        if (!plan.Shares.Select(share => share.Available).SequenceEqual(stores.Select(store => store.TokenCount)))
            throw new ArgumentException("the plan was made for other stores", nameof(stores));
        Plan = plan;
        SequenceLength = sequenceLength;
        long samples = plan.Tokens / sequenceLength;
        if (samples == 0)
        {
            throw new ConfigurationException($"mix: {plan.Tokens} tokens are fewer than one sample of {sequenceLength}:"
                + " shorten the sequences, add documents, or raise max_epochs");
        }
        _stores = [.. stores];
        _streams = [.. stores.Select((store, i) => new SourceStream(store, seed.For("order").For(plan.Shares[i].Source)))];
        _blend = new Blend([.. plan.Shares.Select(share => share.Share)], samples,
            plan.Schedule is { } schedule ? (source, at) => schedule.Tokens(source, at * sequenceLength) / sequenceLength : null);
        _from = [.. plan.Shares.Select(share => cursors?.GetValueOrDefault(share.Source) ?? 0)];
        string facts = string.Join('|', plan.Shares.Select((share, i) =>
            $"{share.Source}:{BitConverter.DoubleToInt64Bits(share.Share):x16}:{stores[i].TokenCount}:{stores[i].DocumentCount}"));
        PlanHash = Hash.Of($"{facts}|{samples}|{sequenceLength}|{seed.Value}{(cursors is null ? "" : "|" + string.Join(',', _from))}{Phases(plan.Schedule)}").ToString("x16");
    }

    /// <summary>The plan.</summary>
    public MixPlan Plan { get; }

    /// <summary>T, inputs of a sample.</summary>
    public int SequenceLength { get; }

    /// <summary>Samples in all.</summary>
    public long SampleCount => _blend.SampleCount;

    /// <summary>Hash of everything that decides the samples but the tokens themselves: a checkpoint keeps it and refuses another.</summary>
    public string PlanHash { get; }

    /// <summary>Copies sample <paramref name="sample"/>: T + 1 ids.</summary>
    /// <returns>Index of its source in the plan.</returns>
    public int Read(long sample, Span<int> tokens)
    {
        if (tokens.Length != SequenceLength + 1)
            throw new ArgumentException($"a sample is {SequenceLength + 1} tokens, not {tokens.Length}", nameof(tokens));
        (int source, long index) = _blend.At(sample);
        _streams[source].Read(_from[source] + index * SequenceLength, tokens);
        return source;
    }

    /// <summary>Tokens drawn of each source when the first <paramref name="samples"/> samples are read, those of earlier mixes as well: where another mix goes on.</summary>
    public IReadOnlyDictionary<string, long> Cursors(long samples)
    {
        long[] counts = _blend.CountsBefore(samples);
        return new SortedDictionary<string, long>(Enumerable.Range(0, counts.Length)
            .ToDictionary(i => Plan.Shares[i].Source, i => _from[i] + counts[i] * SequenceLength), StringComparer.Ordinal);
    }

    /// <summary>Index of a sample's source in the plan.</summary>
    public int SourceOf(long sample) => _blend.At(sample).Source;

    /// <summary>What the first <paramref name="samples"/> samples give of each source, beside what was asked.</summary>
    public IReadOnlyList<MixDelivery> Audit(long samples)
    {
        long[] counts = _blend.CountsBefore(samples);
        return [.. Plan.Shares.Select((share, i) => new MixDelivery(share.Source, share.Asked,
            Plan.Schedule is { } schedule && samples > 0 ? schedule.Tokens(i, (double)samples * SequenceLength) / ((double)samples * SequenceLength) : share.Share,
            counts[i] * SequenceLength, samples == 0 ? 0 : (double)counts[i] / samples, share.Available == 0 ? 0 : (double)counts[i] * SequenceLength / share.Available,
            share.Capped))];
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
