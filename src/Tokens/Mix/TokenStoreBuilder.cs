using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Mix;

/// <summary>Turns token shards into a store for training and one for validation for each source.</summary>
/// <remarks>A document is held out when the hash of its id is below the fraction, so the choice stays when other documents come or go. Two passes over the shards, the first over
/// ids only; memory is a write buffer for each store.</remarks>
public sealed class TokenStoreBuilder
{
    private readonly double _fraction;
    private readonly Seed _seed;

    /// <summary>How documents are divided.</summary>
    /// <param name="validation">Share of each source's documents that is held out and never trained on, 0 to 0.5; at least one document where a source has two.</param>
    /// <param name="seed">Decides which.</param>
    public TokenStoreBuilder([Range(0.0, 0.5)] double validation, Seed seed)
    {
        if (!(validation is >= 0 and <= 0.5))
            throw new ConfigurationException($"validation is {validation}: it is a share from 0 to 0.5");
        _fraction = validation;
        _seed = seed.For("validation");
    }

    /// <summary>Writes SOURCE.train and SOURCE.validation stores into a folder.</summary>
    /// <param name="shards">Token shards in corpus order, all of one tokenizer.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The sources, in the order of their first document.</returns>
    /// <exception cref="InputException">A shard is broken, or shards of two tokenizers are mixed.</exception>
    public IReadOnlyList<SourceStore> Build(IReadOnlyList<string> shards, string folder, CancellationToken cancel = default)
    {
        List<SourceStore> sources = [];
        Dictionary<string, Split> splits = FirstPass(shards, sources, folder, out TokenShardHeader? header, cancel);
        Dictionary<string, (TokenStoreWriter Train, TokenStoreWriter Validation)> writers = new(StringComparer.Ordinal);
        try
        {
            foreach (SourceStore source in sources)
            {
                writers[source.Source] = (new TokenStoreWriter(source.TrainPath, header!.IsNarrow, header.EndOfDocumentId),
                    new TokenStoreWriter(source.ValidationPath, header.IsNarrow, header.EndOfDocumentId));
            }
            foreach (string path in shards)
            {
                cancel.ThrowIfCancellationRequested();
                using TokenShardReader reader = TokenShardReader.Open(path);
                foreach (TokenDocument document in reader.Read())
                {
                    if (document.Tokens.Length == 0)
                        continue;
                    (TokenStoreWriter train, TokenStoreWriter validation) = writers[document.Source];
                    (IsHeldOut(document.Id, splits[document.Source]) ? validation : train).Add(document.Tokens.Span);
                }
            }
            foreach ((TokenStoreWriter train, TokenStoreWriter validation) in writers.Values)
            {
                train.Finish();
                validation.Finish();
            }
        }
        finally
        {
            foreach ((TokenStoreWriter train, TokenStoreWriter validation) in writers.Values)
            {
                train.Dispose();
                validation.Dispose();
            }
        }
        return sources;
    }

    /// <summary>What the first pass finds about a source: how many documents, and which of them come first and last by hash: one is always held out, the other never.</summary>
    private sealed class Split
    {
        public long Documents;
        public ulong LeastHash = ulong.MaxValue;
        public string LeastId = "";
        public ulong MostHash;
        public string MostId = "";
    }

    private Dictionary<string, Split> FirstPass(IReadOnlyList<string> shards, List<SourceStore> sources, string folder, out TokenShardHeader? header,
        CancellationToken cancel)
    {
        Dictionary<string, Split> splits = new(StringComparer.Ordinal);
        header = null;
        foreach (string path in shards)
        {
            cancel.ThrowIfCancellationRequested();
            using TokenShardReader reader = TokenShardReader.Open(path);
            header ??= reader.Header;
            if (reader.Header.Fingerprint != header.Fingerprint || reader.Header.VocabularySize != header.VocabularySize)
                throw new InputException($"{path}: made with tokenizer {reader.Header.Fingerprint}, the shards before it with {header.Fingerprint}: tokenize all with one");
            foreach ((string id, string source, int tokens) in reader.ReadIndex())
            {
                if (tokens == 0)
                    continue;
                if (!splits.TryGetValue(source, out Split? split))
                {
                    splits[source] = split = new Split();
                    sources.Add(new SourceStore(source, Path.Combine(folder, Uri.EscapeDataString(source))));
                }
                ulong hash = Hash.Of(id, _seed.Value);
                split.Documents++;
                if (hash < split.LeastHash || split.Documents == 1)
                    (split.LeastHash, split.LeastId) = (hash, id);
                if (hash >= split.MostHash)
                    (split.MostHash, split.MostId) = (hash, id);
            }
        }
        return splits;
    }

    private bool IsHeldOut(string id, Split split) =>
        _fraction > 0 && split.Documents > 1 && id != split.MostId
        && (id == split.LeastId || Hash.Of(id, _seed.Value) < _fraction * ulong.MaxValue);
}

/// <summary>The stores of a source.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="Path">Path of both stores without their endings.</param>
public sealed record SourceStore(string Source, string Path)
{
    /// <summary>Path of the store to train on.</summary>
    public string TrainPath => Path + ".train";

    /// <summary>Path of the store to validate on.</summary>
    public string ValidationPath => Path + ".validation";
}
