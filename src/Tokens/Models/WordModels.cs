using System.Text;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Models;

/// <summary>A token for each word that the vocabulary has.</summary>
internal sealed class WordLevelModel(TokenBytes tokens, string unknown) : TokenModel(tokens)
{
    private readonly int _unknown = tokens.Find(Encoding.UTF8.GetBytes(unknown));

    public override string Options => $"WordLevel|{Unknown}";

    /// <summary>The unknown token.</summary>
    public string Unknown => unknown;

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch)
    {
        int id = Tokens.Find(piece);
        if (id >= 0 && scratch.Forbidden?.Contains(id) == true)
            id = -1;
        if (id < 0)
            id = _unknown >= 0 ? _unknown : throw NoToken(piece);
        Add(id, 0, piece.Length, output, offsets);
    }
}

/// <summary>WordPiece (Schuster 2012, Devlin 2018): the longest token that begins the word, then the longest that goes on, until its end.</summary>
/// <remarks>One walk of a trie for each token, so a word costs its length times the longest overlap of tokens; words above the limit are unknown without a look.</remarks>
internal sealed class WordPieceModel : TokenModel
{
    private readonly DoubleArrayTrie _first;
    private readonly DoubleArrayTrie _next;
    private readonly int _unknown;

    public WordPieceModel(TokenBytes tokens, string unknown, string prefix, int maxCharacters) : base(tokens)
    {
        (Unknown, Prefix, MaxCharacters) = (unknown, prefix, maxCharacters);
        byte[] mark = Encoding.UTF8.GetBytes(prefix);
        List<(byte[], int)> first = [], next = [];
        for (int id = 0; id < tokens.Limit; id++)
        {
            ReadOnlySpan<byte> bytes = tokens[id];
            if (bytes.IsEmpty)
                continue;
            first.Add((bytes.ToArray(), id));
            if (bytes.StartsWith(mark))
                next.Add((bytes[mark.Length..].ToArray(), id));
        }
        _first = new DoubleArrayTrie(first);
        _next = mark.Length == 0 ? _first : new DoubleArrayTrie(next);
        _unknown = tokens.Find(Encoding.UTF8.GetBytes(unknown));
    }

    public override string Options => $"WordPiece|{Unknown}|{Prefix}|{MaxCharacters}";

    /// <summary>The unknown token.</summary>
    public string Unknown { get; }

    /// <summary>What begins a token that goes on with a word.</summary>
    public string Prefix { get; }

    /// <summary>Words of more characters are unknown.</summary>
    public int MaxCharacters { get; }

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch)
    {
        int count = output.Count, places = offsets?.Count ?? 0;
        if (piece.Length <= MaxCharacters || Utf8Point.Count(piece) <= MaxCharacters)
        {
            int at = 0;
            while (at < piece.Length)
            {
                int length = (at == 0 ? _first : _next).Longest(piece[at..], out int id);
                if (length == 0)
                    break;
                Add(id, at, at + length, output, offsets);
                at += length;
            }
            if (at == piece.Length)
                return;
        }
        output.Count = count;
        offsets?.Shrink(places);
        Add(_unknown >= 0 ? _unknown : throw NoToken(piece), 0, piece.Length, output, offsets);
    }
}

/// <summary>Byte-pair encoding of bytes, for byte-level files whose text is cut in other ways than the known ones.</summary>
internal sealed class ByteLevelModel(BytePairModel model) : TokenModel(model.Tokens)
{
    private readonly BytePairEncoder _encoder = new(model.Tokens, model.Pairs, model.ByteIds, model.WholePieceFirst);

    public override bool ReadsBytes => true;

    // The encoder keeps pieces itself.
    public override bool Cacheable => false;

    public override string Options => $"BPE|{model.WholePieceFirst}|{model.Merges?.Count}";

    /// <summary>Vocabulary and merges.</summary>
    public BytePairModel Pairs => model;

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch)
    {
        int first = output.Count;
        _encoder.Encode<PreTokenize.WholeScanner>(piece, output, scratch.Engine);
        if (offsets is null)
            return;
        int at = 0;
        foreach (int id in output.Ids[first..])
        {
            offsets.Add(at, at + Tokens[id].Length);
            at += Tokens[id].Length;
        }
    }

    public override string? IdToToken(int id) => Tokens.Contains(id) ? Formats.ByteLevelAlphabet.Of(Tokens[id]) : null;

    public override int? TokenToId(string token)
    {
        byte[] bytes = new byte[token.Length];
        return Formats.ByteLevelAlphabet.TryDecode(token, bytes) && Tokens.Find(bytes) is >= 0 and int id ? id : null;
    }
}
