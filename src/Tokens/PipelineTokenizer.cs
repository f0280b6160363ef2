using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Unicode;
using DataPipeline.Core;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens;

/// <summary>A tokenizer made of steps as tokenizer.json lists them: added tokens, normalizer, pre-tokenizer, model, decoder.</summary>
/// <remarks>Bytes that are no UTF-8 are read as U+FFFD, one for each sequence that begins well and one for each other byte; where the model reads bytes and nothing
/// normalizes, they are pieces of their own and kept.</remarks>
public abstract class PipelineTokenizer : Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenSet _raw;
    private readonly AddedTokenSet _normalized;
    private readonly bool _tracked;
    private readonly bool _keepsBytes;
    private readonly Dictionary<string, int> _special = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _added = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _names = [];
    private readonly HashSet<int> _specialIds = [];
    private readonly ConcurrentBag<Work> _free = [];
    private readonly ConcurrentBag<Work> _freeAsText = [];
    private readonly Lazy<string> _fingerprint;

    private protected PipelineTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        Prefix = parts.Prefix;
        Suffix = parts.Suffix;
        _raw = new AddedTokenSet(parts.Added.Where(token => !token.Normalized).Select(token => (token, Encoding.UTF8.GetBytes(token.Content))));
        _normalized = new AddedTokenSet(parts.Added.Where(token => token.Normalized).Select(token => (token, Normalized(token.Content))));
        _tracked = parts.PreTokenizer?.NeedsPlaces == true && parts.Normalizer is not null;
        _keepsBytes = parts.Model.ReadsBytes && parts.Normalizer is null;
        int limit = parts.Model.Tokens.Limit;
        while (limit > 0 && !parts.Model.Tokens.Contains(limit - 1))
            limit--;
        VocabularySize = Math.Max(limit, parts.Added.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        foreach (AddedToken token in parts.Added.OrderBy(token => token.Id))
        {
            _names[token.Id] = token.Content;
            _added[token.Content] = token.Id;
            if (token.Special && _special.TryAdd(token.Content, token.Id))
                _specialIds.Add(token.Id);
        }
        _fingerprint = new Lazy<string>(() => parts.Fingerprint(VocabularySize));
    }

    /// <inheritdoc/>
    public override int VocabularySize { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> SpecialTokens => _special;

    /// <inheritdoc/>
    public override string Fingerprint => _fingerprint.Value;

    internal TokenizerParts Parts => _parts;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> BytesOf(int id) =>
        _names.TryGetValue(id, out string? name) ? Encoding.UTF8.GetBytes(name) : _parts.Model.Tokens[id];

    /// <inheritdoc/>
    public override string? IdToToken(int id) => _names.TryGetValue(id, out string? name) ? name : _parts.Model.IdToToken(id);

    /// <inheritdoc/>
    public override int? TokenToId(string token) => _added.TryGetValue(token, out int id) ? id : _parts.Model.TokenToId(token);

    /// <summary>Writes a tokenizer.json that Hugging Face tokenizers loads and gives the same ids with.</summary>
    /// <exception cref="InputException">The tokenizer was read from another kind of file, with rules that tokenizer.json has no words for.</exception>
    public void Save(string path) => Formats.PipelineJsonWriter.Write(this, path);

    internal override bool IsSpecial(int id) => _specialIds.Contains(id);

    internal override TextDecoder CreateDecoder(bool skipSpecialTokens) => new ChainDecoder(this, _parts.Decoder, skipSpecialTokens);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeWith(utf8, output, null, special);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer offsets, SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeWith(utf8, output, offsets, special);

    private void EncodeWith(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special)
    {
        ConcurrentBag<Work> free = special == SpecialTokenHandling.Recognize ? _free : _freeAsText;
        if (!free.TryTake(out Work? work))
            work = new Work(new ModelScratch { Forbidden = special == SpecialTokenHandling.Recognize || _specialIds.Count == 0 ? null : _specialIds });
        if (Utf8.IsValid(utf8))
            EncodeText(utf8, 0, output, offsets, special, work);
        else if (_keepsBytes)
            EncodeBroken(utf8, output, offsets, special, work);
        else
            EncodeRepaired(utf8, output, offsets, special, work);
        free.Add(work);
    }

    /// <summary>Stretches of UTF-8 as texts, what is between them as pieces.</summary>
    private void EncodeBroken(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special, Work work)
    {
        for (int at = 0; at < utf8.Length;)
        {
            int valid = at;
            while (Rune.DecodeFromUtf8(utf8[valid..], out _, out int bytes) == System.Buffers.OperationStatus.Done)
                valid += bytes;
            if (valid > at)
                EncodeText(utf8[at..valid], at, output, offsets, special, work);
            int broken = valid;
            while (broken < utf8.Length && Rune.DecodeFromUtf8(utf8[broken..], out _, out int bytes) != System.Buffers.OperationStatus.Done)
                broken += bytes;
            if (broken > valid)
                EncodePiece(utf8[valid..broken], output, offsets, work, null, valid);
            at = broken;
        }
    }

    private void EncodeRepaired(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special, Work work)
    {
        byte[] repaired = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        int first = offsets?.Count ?? 0;
        EncodeText(repaired, 0, output, offsets, special, work);
        if (offsets is null)
            return;
        int[] places = new int[repaired.Length + 1];
        int from = 0, to = 0;
        while (from < utf8.Length)
        {
            bool good = Rune.DecodeFromUtf8(utf8[from..], out _, out int bytes) == System.Buffers.OperationStatus.Done;
            int made = good ? bytes : 3;
            for (int i = 0; i < made; i++)
                places[to + i] = from + (good ? i : 0);
            from += bytes;
            to += made;
        }
        places[to] = from;
        offsets.Map(first, places);
    }

    private void EncodeText(ReadOnlySpan<byte> text, int origin, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special, Work work)
    {
        if (_raw.IsEmpty)
        {
            EncodeBetween(text, origin, output, offsets, special, work);
            return;
        }
        List<(int Start, int End, AddedToken? Token)> stretches = work.Raw;
        stretches.Clear();
        _raw.Split(text, special, stretches);
        foreach ((int start, int end, AddedToken? token) in stretches)
        {
            if (token is null)
            {
                EncodeBetween(text[start..end], origin + start, output, offsets, special, work);
                continue;
            }
            output.Add(token.Id);
            offsets?.Add(origin + start, origin + end);
        }
    }

    /// <summary>A text without tokens that are found before it is normalized.</summary>
    private void EncodeBetween(ReadOnlySpan<byte> text, int origin, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special, Work work)
    {
        PieceText pieces = work.Pieces;
        NormalizedText normalized = pieces.Text;
        bool tracked = _tracked || offsets is not null;
        normalized.Load(text, origin, tracked);
        _parts.Normalizer?.Apply(normalized);
        if (_normalized.IsEmpty)
        {
            pieces.Reset();
            EncodePieces(pieces, output, offsets, work);
            return;
        }
        List<(int Start, int End, AddedToken? Token)> stretches = work.Normalized;
        stretches.Clear();
        _normalized.Split(normalized.Bytes, special, stretches);
        if (stretches.Count == 1 && stretches[0].Token is null)
        {
            pieces.Reset();
            EncodePieces(pieces, output, offsets, work);
            return;
        }
        // Each stretch is pre-tokenized by itself, in a text of its own that knows the places of the bytes.
        NormalizedText whole = normalized;
        foreach ((int start, int end, AddedToken? token) in stretches)
        {
            if (token is not null)
            {
                output.Add(token.Id);
                offsets?.Add(tracked && end > start ? whole.PlaceOf(start).Start : 0, tracked && end > start ? whole.PlaceOf(end - 1).End : 0);
                continue;
            }
            work.Between.Text.LoadPart(whole, start, end);
            work.Between.Reset();
            EncodePieces(work.Between, output, offsets, work);
        }
    }

    private void EncodePieces(PieceText pieces, IdBuffer output, OffsetBuffer? offsets, Work work)
    {
        _parts.PreTokenizer?.Apply(pieces);
        ReadOnlySpan<byte> bytes = pieces.Text.Bytes;
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            if (offsets is null)
                EncodePiece(bytes[start..end], output, work);
            else
                EncodePiece(bytes[start..end], output, offsets, work, pieces.Text, start);
        }
    }

    /// <summary>A piece with offsets, which the cache does not know.</summary>
    private void EncodePiece(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, Work work, NormalizedText? text, int start)
    {
        if (offsets is null)
        {
            _parts.Model.Encode(piece, output, null, work.Scratch);
            return;
        }
        OffsetBuffer inPiece = work.Scratch.Offsets;
        inPiece.Clear();
        _parts.Model.Encode(piece, output, inPiece, work.Scratch);
        foreach (TokenOffset offset in inPiece.Offsets)
        {
            if (text is null)
                offsets.Add(start + offset.Start, start + offset.End);
            else if (offset.End > offset.Start)
                offsets.Add(text.PlaceOf(start + offset.Start).Start, text.PlaceOf(start + offset.End - 1).End);
            else
                offsets.Add(text.PlaceOf(Math.Min(start + offset.Start, text.Length - 1)).Start, text.PlaceOf(Math.Min(start + offset.Start, text.Length - 1)).Start);
        }
    }

    private unsafe void EncodePiece(ReadOnlySpan<byte> piece, IdBuffer output, Work work)
    {
        if (piece.Length > 15 || !_parts.Model.Cacheable)
        {
            _parts.Model.Encode(piece, output, null, work.Scratch);
            return;
        }
        fixed (byte* p = piece)
        {
            Vector128<ulong> key = PieceCache.KeyOf(p, piece.Length, p + piece.Length);
            PieceCache.Entry* entry = work.Scratch.Cache.At(key), found = entry;
            if (found->Key == key || (++found)->Key == key)
            {
                int[] ids = output.Reserve(4);
                output.Count += PieceCache.Unpack(found, ref ids[output.Count]);
                return;
            }
            int before = output.Count;
            _parts.Model.Encode(piece, output, null, work.Scratch);
            if (output.Count > before)
                PieceCache.Store(entry, key, output.Ids[before..]);
        }
    }

    private byte[] Normalized(string content)
    {
        NormalizedText text = new();
        text.Load(Encoding.UTF8.GetBytes(content), 0, tracked: false);
        _parts.Normalizer?.Apply(text);
        return text.Bytes.ToArray();
    }

    /// <summary>Buffers of one call.</summary>
    private sealed class Work(ModelScratch scratch)
    {
        public ModelScratch Scratch => scratch;
        public PieceText Pieces { get; } = new();
        public PieceText Between { get; } = new();
        public List<(int Start, int End, AddedToken? Token)> Raw { get; } = [];
        public List<(int Start, int End, AddedToken? Token)> Normalized { get; } = [];
    }
}

/// <summary>The steps of a tokenizer.</summary>
internal sealed record TokenizerParts(TokenModel Model)
{
    public Normalizer? Normalizer { get; init; }
    public PreTokenizer? PreTokenizer { get; init; }
    public IReadOnlyList<DecodeStep>? Decoder { get; init; }
    public IReadOnlyList<AddedToken> Added { get; init; } = [];
    public int[] Prefix { get; init; } = [];
    public int[] Suffix { get; init; } = [];

    /// <summary>The parts as the file has them, for writing and for the fingerprint.</summary>
    public TokenizerSource Source { get; init; } = new();

    public string Fingerprint(int vocabularySize)
    {
        ulong hash = Hash.Of($"{Model.Options}|{Bare(Source.Normalizer)}|{Bare(Source.PreTokenizer)}");
        for (int id = 0; id < vocabularySize; id++)
        {
            if (Model.Tokens.Contains(id))
                hash = Hash.Of(Model.Tokens[id], hash ^ (uint)id);
        }
        IEnumerable<(int, int)> merges = Model switch
        {
            ByteLevelModel bytes => bytes.Pairs.Merges ?? [],
            CharacterBpeModel characters => characters.Merges.Select(merge => (merge.Left, merge.Right)),
            _ => [],
        };
        foreach ((int left, int right) in merges)
            hash = Seed.Mix(hash ^ (((ulong)(uint)left << 32) | (uint)right));
        foreach (AddedToken token in Added.OrderBy(token => token.Id))
            hash = Hash.Of($"{token}", hash);
        return hash.ToString("x16");
    }

    /// <summary>JSON without its layout, which a file that was written anew does not keep.</summary>
    private static string? Bare(string? part) => part is ['{', ..] ? System.Text.Json.Nodes.JsonNode.Parse(part)!.ToJsonString() : part;
}

/// <summary>JSON of the parts that tokenizer.json names; null for a part that is not there.</summary>
internal sealed record TokenizerSource(string? Normalizer = null, string? PreTokenizer = null, string? PostProcessor = null, string? Decoder = null);
