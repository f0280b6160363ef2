using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Models;

/// <summary>Options of a byte-pair model over characters, named as tokenizer.json names them.</summary>
internal sealed record BpeOptions
{
    public string? Unknown { get; init; }
    public string ContinuingPrefix { get; init; } = "";
    public string EndOfWordSuffix { get; init; } = "";
    public bool FuseUnknown { get; init; }
    public bool ByteFallback { get; init; }
    public bool IgnoreMerges { get; init; }
}

/// <summary>Byte-pair encoding over characters as Hugging Face tokenizers does it (Sennrich 2016): listed pairs merge, in the order of the list.</summary>
internal sealed class CharacterBpeModel : TokenModel
{
    private readonly BpeOptions _options;
    private readonly SymbolMerger _merger;
    private readonly int _unknown;
    private readonly int[]? _bytes;
    private readonly int[] _plain = new int[0x10000];
    private readonly byte[] _prefix;
    private readonly byte[] _suffix;
    private readonly Lazy<CharacterMergeEncoder>? _chunks;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="merges">Pairs of ids and what they merge to, in order; of a pair that stands twice the last holds.</param>
    /// <param name="options">The options.</param>
    public CharacterBpeModel(TokenBytes tokens, IReadOnlyList<(int Left, int Right, int Merged)> merges, BpeOptions options) : base(tokens)
    {
        _options = options;
        Merges = merges;
        _prefix = Encoding.UTF8.GetBytes(options.ContinuingPrefix);
        _suffix = Encoding.UTF8.GetBytes(options.EndOfWordSuffix);
        _unknown = options.Unknown is null ? -1 : tokens.Find(Encoding.UTF8.GetBytes(options.Unknown));
        if (options.ByteFallback)
            _bytes = ByteTokensOf(tokens);
        PairTable pairs = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
            pairs.Set(merges[rank].Left, merges[rank].Right, rank, merges[rank].Merged);
        Array.Fill(_plain, -1);
        Span<byte> utf8 = stackalloc byte[4];
        for (int point = 0; point < _plain.Length; point++)
        {
            if (point is < 0xD800 or >= 0xE000)
                _plain[point] = tokens.Find(utf8[..new Rune(point).EncodeToUtf8(utf8)]);
        }
        (int[]? first, int[]? last) = Ends(merges);
        _merger = new SymbolMerger(pairs, first, last);
        if (MergesAreLocal(merges))
            _chunks = new Lazy<CharacterMergeEncoder>(() => new CharacterMergeEncoder(Chunked(pairs)));
    }

    public override string Options => $"{_options}";

    /// <summary>The options.</summary>
    public BpeOptions Settings => _options;

    /// <summary>The merges in order.</summary>
    public IReadOnlyList<(int Left, int Right, int Merged)> Merges { get; }

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch)
    {
        if (_options.IgnoreMerges && Tokens.Find(piece) is >= 0 and int whole && scratch.Forbidden?.Contains(whole) != true)
        {
            Add(whole, 0, piece.Length, output, offsets);
            return;
        }
        if (offsets is null && _chunks is not null)
        {
            _chunks.Value.Encode(piece, output, scratch.Engine);
            return;
        }
        scratch.Reserve((piece.Length + 1) * 4 + _prefix.Length + _suffix.Length);
        int[] symbols = scratch.Starts, lengths = scratch.Chosen;
        int count = _merger.Merge(symbols, lengths, Symbols(piece, symbols, lengths));
        int[] ids = output.Reserve(count);
        Array.Copy(symbols, 0, ids, output.Count, count);
        output.Count += count;
        if (offsets is not null)
        {
            // Bytes of a suffix have no place in the piece.
            for (int i = 0, at = 0; i < count; at += lengths[i++])
                offsets.Add(Math.Min(at, piece.Length), Math.Min(at + lengths[i], piece.Length));
        }
        scratch.Trim();
    }

    /// <summary>The token of each character, of its bytes, or the unknown one, which comes behind bytes that follow it, as the reference has it.</summary>
    private int Symbols(ReadOnlySpan<byte> piece, int[] symbols, int[] lengths)
    {
        int count = 0, unknown = 0;
        for (int at = 0; at < piece.Length;)
        {
            int point = Utf8Point.At(piece, at, out int length);
            bool plain = (at == 0 || _prefix.Length == 0) && (at + length < piece.Length || _suffix.Length == 0);
            ReadOnlySpan<byte> spelled = plain ? piece.Slice(at, length) : Spell(piece, at, length);
            int id = plain && point < _plain.Length ? _plain[point] : Tokens.Find(spelled);
            at += length;
            if (id >= 0)
            {
                if (unknown > 0)
                {
                    (symbols[count], lengths[count++]) = (_unknown, unknown);
                    unknown = 0;
                }
                (symbols[count], lengths[count++]) = (id, length);
                continue;
            }
            if (_bytes is not null && AllHaveTokens(spelled))
            {
                foreach (byte value in spelled)
                    (symbols[count], lengths[count++]) = (_bytes[value], 1);
                continue;
            }
            if (_options.Unknown is null)
                continue;
            if (_unknown < 0)
                throw new InputException($"the vocabulary lacks the unknown token {_options.Unknown}, which the text needs: get the file again");
            if (unknown > 0 && !_options.FuseUnknown)
            {
                (symbols[count], lengths[count++]) = (_unknown, unknown);
                unknown = 0;
            }
            unknown += length;
        }
        if (unknown > 0)
            (symbols[count], lengths[count++]) = (_unknown, unknown);
        return count;
    }

    /// <summary>True when what merges at one place depends on the text around it only as far as tokens reach: no character vanishes, no byte token or unknown token merges.</summary>
    private bool MergesAreLocal(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        if (_prefix.Length > 0 || _suffix.Length > 0 || (_bytes is null ? _unknown < 0 || Utf8Point.Count(Tokens[_unknown]) < 2 : _bytes.Contains(-1)))
            return false;
        HashSet<int> apart = [_unknown, .. _bytes ?? []];
        return merges.All(merge => !apart.Contains(merge.Left) && !apart.Contains(merge.Right) && !apart.Contains(merge.Merged)
            && Tokens[merge.Left].Length > 0 && Tokens[merge.Right].Length > 0);
    }

    private CharacterMerges Chunked(PairTable pairs)
    {
        Dictionary<Rune, int> characters = [];
        for (int id = 0; id < Tokens.Limit; id++)
        {
            ReadOnlySpan<byte> bytes = Tokens[id];
            if (Rune.DecodeFromUtf8(bytes, out Rune character, out int length) == System.Buffers.OperationStatus.Done && length == bytes.Length)
                characters[character] = Tokens.Find(bytes);
        }
        return new CharacterMerges(Tokens.Limit)
        {
            Characters = characters,
            Pairs = pairs,
            Merger = _merger,
            TextOf = id => Tokens[id].ToArray(),
            Bytes = _bytes,
            Unknown = _unknown,
            FusesUnknown = _bytes is null && _options.FuseUnknown,
        };
    }

    private byte[] Spell(ReadOnlySpan<byte> piece, int at, int length) =>
        [.. at == 0 ? [] : _prefix, .. piece.Slice(at, length), .. at + length < piece.Length ? [] : _suffix];

    private bool AllHaveTokens(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (_bytes![value] < 0)
                return false;
        }
        return true;
    }

    /// <summary>First and last symbol of each token; null where two ways to merge a token differ in them.</summary>
    private (int[]? First, int[]? Last) Ends(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        int[] first = [.. Enumerable.Range(0, Tokens.Limit)], last = [.. first];
        bool[] made = new bool[Tokens.Limit];
        foreach ((int left, int right, int merged) in merges)
        {
            if (made[merged] && (first[merged] != first[left] || last[merged] != last[right]))
                return (null, null);
            (first[merged], last[merged], made[merged]) = (first[left], last[right], true);
        }
        // A merge that uses a token before it is made, or a character that is also merged to, would be judged by the wrong ends.
        foreach ((int left, int right, int merged) in merges)
        {
            if (first[merged] != first[left] || last[merged] != last[right] || (made[first[merged]] || made[last[merged]]))
                return (null, null);
        }
        return (first, last);
    }
}
