using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>Gives the samples of a mix: sample k is a function of plan, stores, seed and k alone, so training goes on at any k with nothing to restore.</summary>
/// <remarks>Safe to use from several threads.</remarks>
public sealed class Loader : SampleReader
{
    private readonly TokenStore[] _stores;
    private readonly SourceSamples?[] _sources;
    private readonly Blend _blend;
    private readonly long[] _from;
    // Samples of all sources have as many tokens to predict: those cut from documents that are trained on whole.
    private readonly bool _isEven;

    /// <summary>A loader of a mix.</summary>
    /// <param name="plan">Shares and number of tokens, planned for these stores in this order.</param>
    /// <param name="stores">The stores to train on; the loader closes them.</param>
    /// <param name="sequenceLength">T, inputs of a sample.</param>
    /// <param name="seed">Decides the order of documents.</param>
    /// <param name="cursors">What was already drawn of each source under another mix (<see cref="Cursors"/>): drawing goes on behind it, so that a change of the mix repeats and
    /// loses nothing; sources it does not name begin anew.</param>
    /// <param name="packing">How documents become samples.</param>
    /// <exception cref="ConfigurationException">The mix has fewer tokens than one sample, or <see cref="BlendOrder.Megatron"/> is to order samples of different numbers of tokens.</exception>
    public Loader(MixPlan plan, IReadOnlyList<TokenStore> stores, int sequenceLength, Seed seed, IReadOnlyDictionary<string, long>? cursors = null,
        Packing packing = Packing.Contiguous)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        if (!plan.Shares.Select(share => share.Available).SequenceEqual(stores.Select(store => store.LearnedCount)))
            throw new ArgumentException("the plan was made for other stores", nameof(stores));
        _isEven = !packing.MakesRows() && !stores.Any(store => store.IsMasked);
        if (!_isEven && plan.Order == BlendOrder.Megatron)
            throw new ConfigurationException("mix: order: megatron counts samples, and these hold different numbers of tokens to predict: take order: tijdeman, or another packing and loss on all tokens");
        Plan = plan;
        SequenceLength = sequenceLength;
        Packing = packing;
        _stores = [.. stores];
        _sources = [.. stores.Select((store, i) => store.LearnedCount > 0 && plan.IsAsked(i)
            ? SourceSamples.Of(store, packing, sequenceLength, seed.For("order").For(plan.Shares[i].Source)) : null)];
        _from = [.. plan.Shares.Select(share => cursors?.GetValueOrDefault(share.Source) ?? 0)];
        double[] shares = [.. plan.Shares.Select(share => share.Share)];
        BlendTargets targets = plan.Schedule is { } schedule ? new ScheduledTargets(schedule, _isEven ? sequenceLength : 1) : new BlendTargets(shares);
        _blend = _isEven ? new Blend(targets, plan.Tokens / sequenceLength, plan.Order)
            : new Blend(targets, plan.Tokens, (source, index) => _sources[source]!.TargetsOf(_from[source], index));
        if (SampleCount == 0)
        {
            throw new ConfigurationException($"mix: {plan.Tokens} tokens are fewer than one sample of {sequenceLength}:"
                + " shorten the sequences, add documents, or raise max_epochs");
        }
        string facts = string.Join('|', plan.Shares.Select((share, i) =>
            $"{share.Source}:{BitConverter.DoubleToInt64Bits(share.Share):x16}:{stores[i].TokenCount}:{stores[i].DocumentCount}{(stores[i].IsMasked ? $":{stores[i].LearnedCount}" : "")}"));
        PlanHash = Hash.Of($"{facts}|{SampleCount}|{sequenceLength}|{seed.Value}|{packing}|{plan.Order}|{(cursors is null ? "" : string.Join(',', _from))}{Phases(plan.Schedule)}{(_isEven ? "" : "|tokens")}").ToString("x16");
    }

    /// <summary>The plan.</summary>
    public MixPlan Plan { get; }

    /// <summary>T, inputs of a sample.</summary>
    public override int SequenceLength { get; }

    /// <summary>How documents become samples.</summary>
    public override Packing Packing { get; }

    /// <summary>Samples in all.</summary>
    public override long SampleCount => _blend.SampleCount;

    /// <summary>Hash of everything that decides the samples but the tokens themselves: a checkpoint keeps it and refuses another.</summary>
    public string PlanHash { get; }

    /// <inheritdoc/>
    public override Sample Read(long sample, SampleRow row)
    {
        Check(row);
        (int source, long index) = _blend.At(sample);
        return _sources[source]!.Read(_from[source], index, row).Of(source);
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
        long[] tokens = _isEven ? [.. _blend.CountsBefore(samples).Select(count => count * SequenceLength)] : _blend.TokensBefore(samples);
        double all = Math.Max(1, tokens.Sum());
        return [.. Plan.Shares.Select((share, i) => new MixDelivery(share.Source, share.Asked,
            Plan.Schedule is { } schedule && samples > 0 ? schedule.Tokens(i, all) / all : share.Share,
            tokens[i], tokens[i] / all, share.Available == 0 ? 0 : (double)tokens[i] / share.Available, share.Capped))];
    }

    private static string Phases(MixSchedule? schedule) => schedule is null ? "" : "|" + string.Join('|', schedule.Knots.Select(knot =>
        $"{knot.At}:{knot.Anneal}:{string.Join(',', knot.Shares.Select(share => BitConverter.DoubleToInt64Bits(share).ToString("x16")))}"));

    /// <inheritdoc/>
    public override void Dispose()
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
