using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Models;

/// <summary>Unigram (Kudo 2018) as Hugging Face tokenizers computes it: the sequence of tokens with the largest sum of scores, in 64-bit floats.</summary>
/// <remarks>Viterbi over bytes with a trie: a text costs its length times the longest token. Unknown characters in a row are one unknown token.</remarks>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly DoubleArrayTrie _trie;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly int[]? _bytes;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="scores">The score of each id.</param>
    /// <param name="unknown">The unknown token, or -1.</param>
    /// <param name="byteFallback">Writes the bytes of an unknown text if there are tokens for them.</param>
    public UnigramModel(TokenBytes tokens, double[] scores, int unknown, bool byteFallback) : base(tokens)
    {
        _trie = new DoubleArrayTrie(Enumerable.Range(0, scores.Length).Select(id => (tokens[id].ToArray(), id)));
        _scores = scores;
        _unknown = unknown;
        _unknownScore = (scores.Length == 0 ? double.PositiveInfinity : scores.Min()) - UnknownPenalty;
        _bytes = byteFallback ? ByteTokensOf(tokens) : null;
    }

    public override string Options => $"Unigram|{_unknown}|{ByteFallback}|{Hash.Of(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_scores.AsSpan()))}";

    /// <summary>The score of each id.</summary>
    public IReadOnlyList<double> Scores => _scores;

    /// <summary>The unknown token, or -1.</summary>
    public int UnknownId => _unknown;

    /// <summary>True when unknown text becomes bytes.</summary>
    public bool ByteFallback => _bytes is not null;

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch)
    {
        scratch.Reserve(piece.Length + 1);
        Fill(piece, scratch);
        int[] starts = scratch.Starts, chosen = scratch.Chosen;
        // Read from the end, and written over what was read: place i holds the end of the token that begins there.
        int end = piece.Length;
        for (int after = -1; end >= 0; )
        {
            int start = starts[end];
            starts[end] = after;
            after = end;
            if (end == 0)
                break;
            end = start;
        }
        for (int at = 0; at < piece.Length;)
        {
            int next = starts[at], id = chosen[next];
            if (id == _unknown)
            {
                while (next < piece.Length && chosen[starts[next]] == _unknown)
                    next = starts[next];
                AddUnknown(piece, at, next, output, offsets, scratch);
            }
            else
            {
                Add(id, at, next, output, offsets);
            }
            at = next;
        }
        scratch.Trim();
    }

    private void Fill(ReadOnlySpan<byte> piece, ModelScratch scratch)
    {
        Span<double> best = scratch.Scores.AsSpan(0, piece.Length + 1);
        Span<int> starts = scratch.Starts.AsSpan(0, piece.Length + 1), chosen = scratch.Chosen.AsSpan(0, piece.Length + 1);
        starts.Fill(-1);
        best[0] = 0;
        HashSet<int>? forbidden = scratch.Forbidden;
        for (int at = 0; at < piece.Length;)
        {
            double before = best[at];
            int character = Utf8Point.LengthOf(piece[at]), node = DoubleArrayTrie.Root;
            bool single = false;
            for (int i = at; i < piece.Length && _trie.Step(ref node, piece[i]); i++)
            {
                int id = _trie.ValueOf(node);
                if (id < 0 || (forbidden is not null && forbidden.Contains(id)))
                    continue;
                Offer(before + _scores[id], at, i + 1, id, best, starts, chosen);
                single |= i + 1 - at == character;
            }
            if (!single)
            {
                if (_unknown < 0)
                    throw NoToken(piece[at..]);
                Offer(before + _unknownScore, at, at + character, _unknown, best, starts, chosen);
            }
            at += character;
        }
    }

    private static void Offer(double score, int start, int end, int id, Span<double> best, Span<int> starts, Span<int> chosen)
    {
        if (starts[end] >= 0 && !(score > best[end]))
            return;
        best[end] = score;
        starts[end] = start;
        chosen[end] = id;
    }

    private void AddUnknown(ReadOnlySpan<byte> piece, int start, int end, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch)
    {
        ReadOnlySpan<byte> text = piece[start..end];
        int whole = Tokens.Find(text);
        if (whole >= 0 && scratch.Forbidden?.Contains(whole) != true)
        {
            Add(whole, start, end, output, offsets);
            return;
        }
        if (_bytes is not null && AllHaveTokens(text))
        {
            foreach (byte value in text)
                Add(_bytes[value], start, end, output, offsets);
            return;
        }
        Add(_unknown, start, end, output, offsets);
    }

    private bool AllHaveTokens(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (_bytes![value] < 0)
                return false;
        }
        return true;
    }
}
