using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>The first samples of each source of held-out documents, packed as those that are trained on: what a model is validated on.</summary>
public sealed class HeldOutSamples : SampleReader
{
    private readonly TokenStoreFile _file;
    private readonly SourceSamples?[] _sources;
    private readonly List<(int Source, long Index)> _samples = [];

    /// <summary>The samples of a store.</summary>
    /// <param name="file">The store; it is closed with this.</param>
    /// <param name="sequenceLength">T, inputs of a sample.</param>
    /// <param name="packing">How documents become samples.</param>
    /// <param name="mostSamples">Most samples of a source.</param>
    public HeldOutSamples(TokenStoreFile file, int sequenceLength, Packing packing, int mostSamples)
    {
        _file = file;
        (SequenceLength, Packing) = (sequenceLength, packing);
        _sources = [.. file.Stores.Select(store => store.LearnedCount > 0 ? SourceSamples.Of(store, packing, sequenceLength, new Seed(0)) : null)];
        for (int source = 0; source < _sources.Length; source++)
        {
            for (long index = 0; index < Math.Min(mostSamples, _sources[source]?.EpochSamples ?? 0); index++)
                _samples.Add((source, index));
        }
    }

    /// <inheritdoc/>
    public override int SequenceLength { get; }

    /// <inheritdoc/>
    public override Packing Packing { get; }

    /// <inheritdoc/>
    public override long SampleCount => _samples.Count;

    /// <inheritdoc/>
    public override Sample Read(long sample, SampleRow row)
    {
        Check(row);
        (int source, long index) = _samples[(int)sample];
        return _sources[source]!.Read(0, index, row).Of(source);
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();
}
