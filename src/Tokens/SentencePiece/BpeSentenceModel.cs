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

    public BpeSentenceModel(IReadOnlyList<Piece> pieces, PieceTable table, string path)
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
        _merger = Merger(pieces);
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

    private SymbolMerger Merger(IReadOnlyList<Piece> pieces)
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
        return new SymbolMerger(pairs, first, last);
    }

    private int Symbol(ReadOnlySpan<byte> text)
    {
        int id = _table.FindNormal(text);
        return id >= 0 || Utf8Point.LengthOf(text[0]) < text.Length ? id : _characters.Find(text);
    }
}
