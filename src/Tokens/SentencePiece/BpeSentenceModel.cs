using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.SentencePiece;

/// <summary>Byte-pair encoding as SentencePiece does it: two neighbours whose texts together are a piece merge, the largest score first, of equal scores the leftmost.</summary>
internal sealed class BpeSentenceModel : SentenceModel
{
    private readonly PieceTable _table;
    private readonly SymbolMerger _merger;
    private readonly DoubleArrayTrie _characters;
    private readonly List<int> _idOfSymbol = [];
    private readonly int _strange;
    private readonly int _frozen;
    private readonly Lazy<CharacterMergeEncoder> _chunks;

    /// <param name="pieces">The pieces.</param>
    /// <param name="table">The same by text.</param>
    /// <param name="bytes">The pieces of bytes; null without byte fallback.</param>
    /// <param name="path">The file.</param>
    public BpeSentenceModel(IReadOnlyList<Piece> pieces, PieceTable table, int[]? bytes, string path)
    {
        if (pieces.Any(piece => piece.Type == PieceType.Unused))
            throw new InputException($"{path}: not supported: a BPE model with unused pieces. Use another tokenizer file; ids that only resemble the right ones are never given");
        _table = table;
        for (int id = 0; id < pieces.Count; id++)
            _idOfSymbol.Add(id);
        Dictionary<string, int> characters = Characters(pieces);
        _characters = new DoubleArrayTrie(characters.Select(entry => (System.Text.Encoding.UTF8.GetBytes(entry.Key), entry.Value)));
        _strange = _idOfSymbol.Count;
        _idOfSymbol.Add(table.Unknown);
        // A user-defined symbol that stands in the text is never merged further, so it has a number that no pair has.
        _frozen = _idOfSymbol.Count;
        for (int id = 0; id < pieces.Count; id++)
            _idOfSymbol.Add(id);
        (_merger, PairTable pairs) = Merger(pieces);
        _chunks = new Lazy<CharacterMergeEncoder>(() => new CharacterMergeEncoder(Chunked(pieces, characters, pairs, bytes)));
    }

    public override bool TryEncode(ReadOnlySpan<byte> text, IdBuffer output, SentenceWork work)
    {
        int from = 0;
        for (int at = 0; _table.UserDefined is { } own && at < text.Length;)
        {
            int length = own.Longest(text[at..], out int user);
            if (length == 0)
            {
                at += Utf8Point.LengthOf(text[at]);
                continue;
            }
            if (at > from)
                _chunks.Value.Encode(text[from..at], output, work.Engine);
            output.Add(_idOfSymbol[_frozen + user]);
            from = at += length;
        }
        _chunks.Value.Encode(text[from..], output, work.Engine);
        return true;
    }

    public override int Encode(ReadOnlySpan<byte> text, SentenceWork work)
    {
        work.Reserve(text.Length);
        int count = 0;
        for (int at = 0; at < text.Length;)
        {
            int user = -1, length = _table.UserDefined?.Longest(text[at..], out user) ?? 0;
            int symbol = _frozen + user;
            if (length == 0)
            {
                length = Utf8Point.LengthOf(text[at]);
                symbol = _characters.Find(text.Slice(at, length));
                if (symbol < 0)
                    symbol = Reserved(text.Slice(at, length));
            }
            (work.Ids[count], work.Lengths[count++]) = (symbol, length);
            at += length;
        }
        count = _merger.Merge(work.Ids, work.Lengths, count);
        for (int i = 0; i < count; i++)
            work.Ids[i] = _idOfSymbol[work.Ids[i]];
        return count;
    }

    private int Reserved(ReadOnlySpan<byte> character) => _table.IdOf(character) is var id && id == _table.Unknown ? _strange : _frozen + id;

    /// <summary>A symbol for each character of the pieces: its piece, or a number of its own if it can only be part of one.</summary>
    private Dictionary<string, int> Characters(IReadOnlyList<Piece> pieces)
    {
        Dictionary<string, int> characters = new(StringComparer.Ordinal);
        foreach (Piece piece in pieces.Where(piece => PieceTable.IsNormal(piece.Type)))
        {
            foreach (System.Text.Rune rune in System.Text.Encoding.UTF8.GetString(piece.Bytes).EnumerateRunes())
            {
                string text = rune.ToString();
                if (characters.ContainsKey(text))
                    continue;
                byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
                int id = _table.FindNormal(bytes);
                if (id < 0)
                {
                    id = _idOfSymbol.Count;
                    _idOfSymbol.Add(_table.IdOf(bytes));
                }
                characters[text] = id;
            }
        }
        return characters;
    }

    private (SymbolMerger, PairTable) Merger(IReadOnlyList<Piece> pieces)
    {
        float[] scores = [.. pieces.Where(piece => PieceTable.IsNormal(piece.Type)).Select(piece => piece.Score).Distinct().OrderDescending()];
        Dictionary<float, int> ranks = scores.Select((score, rank) => (score, rank)).ToDictionary(entry => entry.score, entry => entry.rank);
        PairTable pairs = new(pieces.Count * 4);
        int[] first = [.. Enumerable.Range(0, _idOfSymbol.Count)], last = [.. first];
        for (int id = 0; id < pieces.Count; id++)
        {
            if (!PieceTable.IsNormal(pieces[id].Type))
                continue;
            byte[] bytes = pieces[id].Bytes;
            int length = Utf8Point.LengthOf(bytes[0]);
            first[id] = _characters.Find(bytes.AsSpan(0, length));
            last[id] = _characters.Find(bytes.AsSpan(Utf8Point.Before(bytes, bytes.Length)));
            for (int cut = length; cut < bytes.Length; cut += Utf8Point.LengthOf(bytes[cut]))
            {
                int left = Symbol(bytes.AsSpan(0, cut)), right = Symbol(bytes.AsSpan(cut));
                if (left >= 0 && right >= 0)
                    pairs.Set(left, right, ranks[pieces[id].Score], id);
            }
        }
        return (new SymbolMerger(pairs, first, last), pairs);
    }

    private CharacterMerges Chunked(IReadOnlyList<Piece> pieces, Dictionary<string, int> known, PairTable pairs, int[]? bytes)
    {
        Dictionary<System.Text.Rune, int> characters = [];
        Dictionary<int, byte[]> own = [];
        foreach ((string text, int symbol) in known)
        {
            characters[System.Text.Rune.GetRuneAt(text, 0)] = symbol;
            own[symbol] = System.Text.Encoding.UTF8.GetBytes(text);
        }
        foreach (Piece piece in pieces.Where(piece => !PieceTable.IsNormal(piece.Type)))
        {
            if (System.Text.Rune.DecodeFromUtf8(piece.Bytes, out System.Text.Rune character, out int length) == System.Buffers.OperationStatus.Done && length == piece.Bytes.Length
                && Reserved(piece.Bytes) is var symbol && symbol != _strange)
            {
                characters.TryAdd(character, symbol);
            }
        }
        return new CharacterMerges(_idOfSymbol.Count)
        {
            Characters = characters,
            Pairs = pairs,
            Merger = _merger,
            TextOf = symbol => own.TryGetValue(symbol, out byte[]? text) ? text : symbol < pieces.Count ? pieces[symbol].Bytes : pieces[symbol - _frozen].Bytes,
            Ids = _idOfSymbol,
            Bytes = bytes,
            Unknown = _table.Unknown,
            FusesUnknown = bytes is null,
        };
    }

    private int Symbol(ReadOnlySpan<byte> text)
    {
        int id = _table.FindNormal(text);
        return id >= 0 || Utf8Point.LengthOf(text[0]) < text.Length ? id : _characters.Find(text);
    }
}
