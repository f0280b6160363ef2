using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens;

/// <summary>Byte-level byte-pair encoding: the part that Hugging Face's and tiktoken's kind share.</summary>
public abstract class ByteLevelTokenizer : Tokenizer
{
    private readonly TokenBytes _tokens;
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokenFinder _finder;
    private readonly bool _onlySpecial;
    private readonly bool _nfc;
    private readonly bool _prefixSpace;
    private readonly Dictionary<string, int> _special = new(StringComparer.Ordinal);
    private readonly HashSet<int> _specialIds = [];
    private readonly Dictionary<int, string> _addedNames = [];
    private readonly Dictionary<string, int> _addedIds = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<EncoderScratch> _scratches = [];
    private readonly Lazy<string> _fingerprint;

    private protected ByteLevelTokenizer(BytePairModel model, TokenizerOptions options)
    {
        _tokens = model.Tokens;
        Pattern = options.Pattern;
        _nfc = options.Nfc;
        _prefixSpace = options.PrefixSpace;
        Prefix = options.Prefix;
        Suffix = options.Suffix;
        _encoder = new BytePairEncoder(model.Tokens, model.Pairs, model.ByteIds, model.WholePieceFirst);
        _finder = new AddedTokenFinder(options.Added);
        _onlySpecial = options.Added.All(token => token.Special);
        VocabularySize = _tokens.Limit;
        while (VocabularySize > 0 && !_tokens.Contains(VocabularySize - 1))
            VocabularySize--;
        foreach ((int id, string text) in model.Others)
        {
            _addedNames[id] = text;
            _addedIds[text] = id;
            _tokens.Add(id, System.Text.Encoding.UTF8.GetBytes(text), indexed: false);
            VocabularySize = Math.Max(VocabularySize, id + 1);
        }
        foreach (AddedToken token in options.Added.OrderBy(token => token.Id))
        {
            _tokens.Add(token.Id, System.Text.Encoding.UTF8.GetBytes(token.Content), indexed: false);
            VocabularySize = Math.Max(VocabularySize, token.Id + 1);
            _addedNames[token.Id] = token.Content;
            _addedIds[token.Content] = token.Id;
            if (token.Special && _special.TryAdd(token.Content, token.Id))
                _specialIds.Add(token.Id);
        }
        _fingerprint = new Lazy<string>(() => model.Fingerprint(VocabularySize, options));
    }

    /// <summary>The split pattern.</summary>
    public SplitPatternKind Pattern { get; }

    /// <inheritdoc/>
    public override int VocabularySize { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> SpecialTokens => _special;

    /// <inheritdoc/>
    public override string Fingerprint => _fingerprint.Value;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> BytesOf(int id) => _tokens[id];

    /// <inheritdoc/>
    public override string? IdToToken(int id) =>
        _addedNames.TryGetValue(id, out string? name) ? name : _tokens.Contains(id) ? Spell(_tokens[id]) : null;

    /// <inheritdoc/>
    public override int? TokenToId(string token)
    {
        if (_addedIds.TryGetValue(token, out int id))
            return id;
        byte[]? bytes = Unspell(token);
        return bytes is not null && _tokens.Find(bytes) is >= 0 and int found ? found : null;
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeWith(utf8, output, null, special);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer offsets, SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeWith(utf8, output, offsets, special);

    /// <summary>How a vocabulary of this kind spells bytes.</summary>
    private protected abstract string Spell(ReadOnlySpan<byte> bytes);

    /// <summary>The bytes of a spelling, or null.</summary>
    private protected abstract byte[]? Unspell(string token);

    private void EncodeWith(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special)
    {
        if (!_scratches.TryTake(out EncoderScratch? scratch))
            scratch = new EncoderScratch();
        if (_finder.IsEmpty || (_onlySpecial && special == SpecialTokenHandling.AsText))
        {
            EncodeSegment(utf8, 0, output, offsets, scratch);
        }
        else
        {
            for (int from = 0; from < utf8.Length;)
            {
                AddedToken? token = _finder.Next(utf8, from, special, out int start, out int end);
                EncodeSegment(utf8[from..start], from, output, offsets, scratch);
                if (token is not null)
                {
                    output.Add(token.Id);
                    offsets?.Add(start, end);
                }
                from = end;
            }
        }
        _scratches.Add(scratch);
    }

    /// <inheritdoc/>
    public override byte[] DecodeToBytes(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        System.Buffers.ArrayBufferWriter<byte> bytes = new(Math.Max(16, ids.Length * 4));
        foreach (int id in ids)
        {
            if (!skipSpecialTokens || !IsSpecial(id))
                System.Buffers.BuffersExtensions.Write(bytes, BytesOf(id));
        }
        return bytes.WrittenSpan.ToArray();
    }

    internal override bool IsSpecial(int id) => _specialIds.Contains(id);

    private void EncodeSegment(ReadOnlySpan<byte> text, int at, IdBuffer output, OffsetBuffer? offsets, EncoderScratch scratch)
    {
        if (text.IsEmpty)
            return;
        int first = output.Count;
        ReadOnlySpan<byte> normalized = _nfc ? Normalization.Nfc(text) : text;
        bool prefixed = _prefixSpace && normalized[0] != ' ';
        EncodePieces(prefixed ? (byte[])[(byte)' ', .. normalized] : normalized, output, scratch);
        if (offsets is not null)
            AddOffsets(text, normalized, at, prefixed, output.Ids[first..], offsets);
    }

    /// <summary>Tokens are neighbours in the normalized text, so their lengths give their places there, and the places of its characters theirs in the text.</summary>
    private void AddOffsets(ReadOnlySpan<byte> text, ReadOnlySpan<byte> normalized, int at, bool prefixed, ReadOnlySpan<int> ids, OffsetBuffer offsets)
    {
        TokenOffset[]? places = _nfc && !normalized.SequenceEqual(text) ? Normalization.Places(text) : null;
        int end = prefixed ? -1 : 0;
        foreach (int id in ids)
        {
            int start = Math.Max(0, end);
            end += _tokens[id].Length;
            if (places is not null && end > start)
                offsets.Add(at + places[start].Start, at + places[end - 1].End);
            else
                offsets.Add(at + start, at + end);
        }
    }

    private void EncodePieces(ReadOnlySpan<byte> text, IdBuffer output, EncoderScratch scratch)
    {
        switch (Pattern)
        {
            case SplitPatternKind.Gpt2:
                _encoder.Encode<Gpt2Scanner>(text, output, scratch);
                break;
            case SplitPatternKind.Cl100k:
                _encoder.Encode<Cl100kScanner>(text, output, scratch);
                break;
            case SplitPatternKind.O200k:
                _encoder.Encode<O200kScanner>(text, output, scratch);
                break;
            case SplitPatternKind.Qwen:
                _encoder.Encode<QwenScanner>(text, output, scratch);
                break;
            default:
                _encoder.Encode<WholeScanner>(text, output, scratch);
                break;
        }
    }
}

/// <summary>How a byte-level tokenizer treats text around its merges.</summary>
internal sealed record TokenizerOptions
{
    public SplitPatternKind Pattern { get; init; } = SplitPatternKind.Gpt2;
    public bool Nfc { get; init; }
    public bool PrefixSpace { get; init; }
    public IReadOnlyList<AddedToken> Added { get; init; } = [];
    public int[] Prefix { get; init; } = [];
    public int[] Suffix { get; init; } = [];
}

/// <summary>Vocabulary and merges of a byte-level tokenizer.</summary>
internal sealed record BytePairModel(TokenBytes Tokens, PairTable Pairs, int[] ByteIds, bool WholePieceFirst)
{
    /// <summary>The merges in order, where the file lists them; with none, every two tokens whose bytes together are a token merge.</summary>
    public IReadOnlyList<(int Left, int Right)>? Merges { get; init; }

    /// <summary>Tokens of the vocabulary that spell no bytes, which no text is encoded to.</summary>
    public IReadOnlyDictionary<int, string> Others { get; init; } = new Dictionary<int, string>();

    public string Fingerprint(int vocabularySize, TokenizerOptions options)
    {
        ulong hash = Hash.Of($"{Merges is null}|{WholePieceFirst}|{options.Pattern}|{options.Nfc}|{options.PrefixSpace}");
        for (int id = 0; id < vocabularySize; id++)
        {
            if (Tokens.Contains(id))
                hash = Hash.Of(Tokens[id], hash ^ (uint)id);
        }
        foreach ((int left, int right) in Merges ?? [])
            hash = Seed.Mix(hash ^ (((ulong)(uint)left << 32) | (uint)right));
        foreach (AddedToken token in options.Added.OrderBy(token => token.Id))
            hash = Hash.Of($"{token}", hash);
        return hash.ToString("x16");
    }
}
