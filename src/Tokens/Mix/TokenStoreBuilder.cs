using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Mix;

/// <summary>Turns token shards into a store for training and one for validation, divided by source or another slice.</summary>
/// <remarks>A document is held out when the hash of its id is below the fraction, so the choice stays when other documents come or go. Three passes over the shards, the first
/// two over ids only; memory is 64 MB of write buffers and a few numbers for each source.</remarks>
public sealed class TokenStoreBuilder
{
    /// <summary>Name of the store to train on.</summary>
    public const string Train = "train";

    /// <summary>Name of the store to validate on.</summary>
    public const string Validation = "validation";

    private readonly double _fraction;
    private readonly Seed _seed;
    private readonly Slicing _slicing;

    /// <summary>How documents are divided.</summary>
    /// <param name="validation">Share of each source's documents that is held out and never trained on, 0 to 0.5; at least one document where a source has two.</param>
    /// <param name="seed">Decides which.</param>
    /// <param name="slicing">What a source of the mix is; the documents' sources if not given.</param>
    public TokenStoreBuilder([Range(0.0, 0.5)] double validation, Seed seed, Slicing? slicing = null)
    {
        if (!(validation is >= 0 and <= 0.5))
            throw new ConfigurationException($"validation is {validation}: it is a share from 0 to 0.5");
        _fraction = validation;
        _seed = seed.For("validation");
        _slicing = slicing ?? new Slicing();
    }

    /// <summary>Writes the stores <see cref="Train"/> and <see cref="Validation"/> into a folder.</summary>
    /// <param name="shards">Token shards in corpus order, all of one tokenizer.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The sources, in the order of their first document.</returns>
    /// <exception cref="InputException">A shard is broken, or shards of two tokenizers are mixed.</exception>
    /// <exception cref="ConfigurationException">The shards lack a column that the slices are of.</exception>
    public IReadOnlyList<string> Build(IReadOnlyList<string> shards, string folder, CancellationToken cancel = default)
    {
        List<Split> splits = [];
        Dictionary<string, Split> byName = new(StringComparer.Ordinal);
        TokenShardHeader? header = FirstPass(shards, splits, byName, cancel);
        foreach (string path in shards)
        {
            cancel.ThrowIfCancellationRequested();
            using TokenShardReader reader = TokenShardReader.Open(path);
            Func<TokenDocument, string> sliceOf = _slicing.For(path, reader.Header);
            foreach (TokenDocument document in reader.ReadIndex().Where(document => document.TokenCount > 0))
            {
                Split split = byName[sliceOf(document)];
                split.Count(document, IsHeldOut(document.Id, split));
            }
        }
        bool narrow = header?.IsNarrow ?? true;
        using TokenStoreWriter train = new(Path.Combine(folder, Train), narrow, header?.EndOfDocumentId, [.. splits.Select(split => split.Train)]);
        using TokenStoreWriter validation = new(Path.Combine(folder, Validation), narrow, header?.EndOfDocumentId, [.. splits.Select(split => split.Held)]);
        foreach (string path in shards)
        {
            cancel.ThrowIfCancellationRequested();
            using TokenShardReader reader = TokenShardReader.Open(path);
            Func<TokenDocument, string> sliceOf = _slicing.For(path, reader.Header);
            foreach (TokenDocument document in reader.Read().Where(document => document.TokenCount > 0))
            {
                Split split = byName[sliceOf(document)];
                (IsHeldOut(document.Id, split) ? validation : train).Add(split.Number, document.Tokens.Span);
            }
        }
        train.Finish();
        validation.Finish();
        return [.. splits.Select(split => split.Name)];
    }

    /// <summary>Ids of documents of the store <see cref="Train"/>, by source and number there. The shards are read again as <see cref="Build"/> read them, so that stores need keep no ids.</summary>
    /// <param name="shards">The shards of the store.</param>
    /// <param name="wanted">Numbers of the documents, by source in the order of their first document.</param>
    public IReadOnlyDictionary<(int Source, long Document), string> NamesOf(IReadOnlyList<string> shards, IReadOnlySet<(int Source, long Document)> wanted)
    {
        List<Split> splits = [];
        Dictionary<string, Split> byName = new(StringComparer.Ordinal);
        FirstPass(shards, splits, byName, CancellationToken.None);
        Dictionary<(int, long), string> names = [];
        foreach (string path in shards)
        {
            using TokenShardReader reader = TokenShardReader.Open(path);
            Func<TokenDocument, string> sliceOf = _slicing.For(path, reader.Header);
            foreach (TokenDocument document in reader.ReadIndex().Where(document => document.TokenCount > 0))
            {
                Split split = byName[sliceOf(document)];
                bool isHeldOut = IsHeldOut(document.Id, split);
                if (!isHeldOut && wanted.Contains((split.Number, split.Train.Documents)))
                    names[(split.Number, split.Train.Documents)] = document.Id;
                split.Count(document, isHeldOut);
            }
        }
        return names;
    }

    /// <summary>What the first passes find about a source: which documents come first and last by hash (one is always held out, the other never), and the sizes of both parts.</summary>
    private sealed class Split(string name, int number)
    {
        public string Name => name;
        public int Number => number;
        public long Documents;
        public ulong LeastHash = ulong.MaxValue;
        public string LeastId = "";
        public ulong MostHash;
        public string MostId = "";
        public (long Documents, long Tokens) Train, Held;

        public void Count(TokenDocument document, bool isHeldOut)
        {
            if (isHeldOut)
                Held = (Held.Documents + 1, Held.Tokens + document.TokenCount);
            else
                Train = (Train.Documents + 1, Train.Tokens + document.TokenCount);
        }
    }

    private TokenShardHeader? FirstPass(IReadOnlyList<string> shards, List<Split> splits, Dictionary<string, Split> byName, CancellationToken cancel)
    {
        TokenShardHeader? header = null;
        foreach (string path in shards)
        {
            cancel.ThrowIfCancellationRequested();
            using TokenShardReader reader = TokenShardReader.Open(path);
            header ??= reader.Header;
            if (reader.Header.Fingerprint != header.Fingerprint || reader.Header.VocabularySize != header.VocabularySize)
                throw new InputException($"{path}: made with tokenizer {reader.Header.Fingerprint}, the shards before it with {header.Fingerprint}: tokenize all with one");
            Func<TokenDocument, string> sliceOf = _slicing.For(path, reader.Header);
            foreach (TokenDocument document in reader.ReadIndex().Where(document => document.TokenCount > 0))
            {
                string slice = sliceOf(document);
                if (!byName.TryGetValue(slice, out Split? split))
                    splits.Add(byName[slice] = split = new Split(slice, splits.Count));
                ulong hash = Hash.Of(document.Id, _seed.Value);
                split.Documents++;
                if (hash < split.LeastHash || split.Documents == 1)
                    (split.LeastHash, split.LeastId) = (hash, document.Id);
                if (hash >= split.MostHash)
                    (split.MostHash, split.MostId) = (hash, document.Id);
            }
        }
        return header;
    }

    private bool IsHeldOut(string id, Split split) =>
        _fraction > 0 && split.Documents > 1 && id != split.MostId
        && (id == split.LeastId || Hash.Of(id, _seed.Value) < _fraction * ulong.MaxValue);
}
