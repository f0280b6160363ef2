using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Runs;
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
    private readonly Seed _given, _seed;
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
        _given = seed;
        _seed = seed.For("validation");
        _slicing = slicing ?? new Slicing();
    }

    /// <summary>A builder that chooses as another did.</summary>
    /// <param name="recipe">What the other was made with.</param>
    /// <param name="slices">The sources that came out.</param>
    public TokenStoreBuilder(StoreRecipe recipe, IReadOnlySet<string> slices)
        : this(recipe.Validation, new Seed(recipe.Seed), new Slicing(recipe.By, recipe.Buckets)) => (Loss, Takes) = (recipe.Loss, slices.Contains);

    /// <summary>What it was made with, for <see cref="TokenStoreBuilder(StoreRecipe, IReadOnlySet{string})"/>.</summary>
    public StoreRecipe Recipe => new(_fraction, _given.Value, _slicing.By, _slicing.Buckets, Loss);

    /// <summary>What of a document is kept and trained on; all of it if not given.</summary>
    public LossRule Loss { get; init; } = new();

    /// <summary>Sources that are wanted; all if not given.</summary>
    public Func<string, bool> Takes { get; init; } = _ => true;

    /// <summary>Documents that the rule kept and left out, with the reasons.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Dialogues of which the rule cut off a part.</summary>
    public long CutDialogues { get; private set; }

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
            foreach ((TokenDocument document, string slice) in Taken(path, reader.Header, reader.ReadIndex()))
            {
                Lesson lesson = Loss.Of(document);
                Count(document, lesson);
                if (lesson.Reason is null)
                    byName[slice].Part(IsHeldOut(document.Id, byName[slice])).Count(lesson);
            }
        }
        bool narrow = header?.IsNarrow ?? true;
        using TokenStoreWriter train = new(Path.Combine(folder, Train), narrow, header?.EndOfDocumentId, [.. splits.Select(split => split.Train.Size)]);
        using TokenStoreWriter validation = new(Path.Combine(folder, Validation), narrow, header?.EndOfDocumentId, [.. splits.Select(split => split.Held.Size)]);
        foreach (string path in shards)
        {
            cancel.ThrowIfCancellationRequested();
            using TokenShardReader reader = TokenShardReader.Open(path);
            foreach ((TokenDocument document, string slice) in Taken(path, reader.Header, reader.Read()))
            {
                if (Loss.Of(document) is { Reason: null } lesson)
                    (IsHeldOut(document.Id, byName[slice]) ? validation : train).Add(byName[slice].Number, document.Tokens.Span.Slice(lesson.Begin, lesson.Length), lesson);
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
            foreach ((TokenDocument document, string slice) in Taken(path, reader.Header, reader.ReadIndex()))
            {
                Split split = byName[slice];
                if (Loss.Of(document) is not { Reason: null } lesson || IsHeldOut(document.Id, split))
                    continue;
                if (wanted.Contains((split.Number, split.Train.Size.Documents)))
                    names[(split.Number, split.Train.Size.Documents)] = document.Id;
                split.Train.Count(lesson);
            }
        }
        return names;
    }

    /// <summary>The documents with tokens of the sources that are wanted.</summary>
    private IEnumerable<(TokenDocument Document, string Slice)> Taken(string path, TokenShardHeader header, IEnumerable<TokenDocument> documents)
    {
        Func<TokenDocument, string> sliceOf = _slicing.For(path, header);
        foreach (TokenDocument document in documents.Where(document => document.TokenCount > 0 && Loss.Reads(document)))
        {
            string slice = sliceOf(document);
            if (Takes(slice))
                yield return (document, slice);
        }
    }

    private void Count(TokenDocument document, Lesson lesson)
    {
        if (lesson.Reason is null && lesson.Length < document.TokenCount)
            CutDialogues++;
        SourceCounts counts = Tally[document.Source];
        counts.Read++;
        if (lesson.Reason is { } reason)
        {
            counts.Drop("loss", reason);
            return;
        }
        counts.Kept++;
        counts.Tokens += lesson.Length;
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
        public readonly PartSize Train = new(), Held = new();

        public PartSize Part(bool isHeldOut) => isHeldOut ? Held : Train;
    }

    /// <summary>What goes into one store of a source.</summary>
    private sealed class PartSize
    {
        public StoreSize Size { get; private set; }

        public void Count(Lesson lesson) => Size = new StoreSize(
            Size.Documents + 1, Size.Tokens + lesson.Length, Size.Learned + lesson.LearnedTokens, Size.LearnedEnds + (lesson.LearnsEnd ? 1 : 0));
    }

    private TokenShardHeader? FirstPass(IReadOnlyList<string> shards, List<Split> splits, Dictionary<string, Split> byName, CancellationToken cancel)
    {
        TokenShardHeader? header = null;
        foreach (string path in shards)
        {
            cancel.ThrowIfCancellationRequested();
            using TokenShardReader reader = TokenShardReader.Open(path);
            header ??= reader.Header;
            if (!reader.Header.HasAnswers && (Loss.Loss != LossOn.All || Loss.OnlyDialogues))
            {
                throw new InputException($"{path}: these token shards do not say which tokens are answers (an import or an earlier version made them): make them again from the documents"
                    + (Loss.OnlyDialogues ? "" : ", or train with loss: all"));
            }
            if (reader.Header.Fingerprint != header.Fingerprint || reader.Header.VocabularySize != header.VocabularySize)
                throw new InputException($"{path}: made with tokenizer {reader.Header.Fingerprint}, the shards before it with {header.Fingerprint}: tokenize all with one");
            foreach ((TokenDocument document, string slice) in Taken(path, reader.Header, reader.ReadIndex()).Where(taken => Loss.Of(taken.Document).Reason is null))
            {
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

/// <summary>How documents were divided and chosen.</summary>
/// <param name="Validation">Share held out.</param>
/// <param name="Seed">Decides which.</param>
/// <param name="By">Columns of the slices.</param>
/// <param name="Buckets">Bounds of columns of numbers.</param>
/// <param name="Loss">What of each document is kept.</param>
public sealed record StoreRecipe(double Validation, ulong Seed, IReadOnlyList<string> By, IReadOnlyDictionary<string, IReadOnlyList<double>> Buckets, LossRule Loss);
