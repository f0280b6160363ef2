using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.SentencePiece;

/// <summary>Unigram (Kudo 2018) as SentencePiece computes it: sums kept in 32 bits, compared in 64.</summary>
/// <remarks>Viterbi over bytes with a trie whose nodes hold the scores. The sum runs from the start of the text, so its rounding depends on all that stands before, and
/// no word can be remembered by itself.</remarks>
internal sealed class UnigramSentenceModel : SentenceModel
{
    /// <summary>The best way to a place.</summary>
    public struct Place
    {
        public float Score;
        public int Start;
        public int Id;
    }

    private const float UnknownPenalty = 10;

    private readonly DoubleArrayTrie _trie;
    private readonly float _unknownScore;
    private readonly float _maxScore = 1.17549435E-38f;
    private readonly int _unknown;

    public UnigramSentenceModel(IReadOnlyList<Piece> pieces, int unknown)
    {
        _unknown = unknown;
        float least = float.MaxValue;
        foreach (Piece piece in pieces.Where(piece => piece.Type == PieceType.Normal))
        {
            least = Math.Min(least, piece.Score);
            _maxScore = Math.Max(_maxScore, piece.Score);
        }
        _unknownScore = least - UnknownPenalty;
        float[] scores = [.. pieces.Select(piece => piece.Type == PieceType.UserDefined ? float.NaN : piece.Score)];
        _trie = new DoubleArrayTrie(pieces.Select((piece, id) => (piece, id))
            .Where(entry => entry.piece.Type is PieceType.Normal or PieceType.UserDefined).Select(entry => (entry.piece.Bytes, entry.id)), scores);
    }

    public override int Encode(ReadOnlySpan<byte> text, SentenceWork work)
    {
        if (work.Lattice.Length < text.Length + 1)
            work.Lattice = new Place[(int)Math.Min(Array.MaxLength, text.Length * 5L / 4 + 64)];
        Span<Place> lattice = work.Lattice.AsSpan(0, text.Length + 1);
        Fill(text, lattice);
        int count = 0;
        for (int end = text.Length; end > 0; end = lattice[end].Start)
            count++;
        work.Reserve(count);
        for (int end = text.Length, i = count; end > 0; end = lattice[end].Start)
            (work.Ids[--i], work.Lengths[i]) = (lattice[end].Id, end - lattice[end].Start);
        return count;
    }

    private void Fill(ReadOnlySpan<byte> text, Span<Place> lattice)
    {
        ref DoubleArrayTrie.Node nodes = ref MemoryMarshal.GetReference(_trie.Nodes);
        int nodeCount = _trie.Nodes.Length, root = nodes.Base;
        lattice.Fill(new Place { Start = -1 });
        for (int at = 0; at < text.Length;)
        {
            float before = lattice[at].Score;
            int character = Utf8Point.LengthOf(text[at]), node = DoubleArrayTrie.Root, follow = root;
            bool single = false;
            for (int i = at; i < text.Length; i++)
            {
                int next = follow + text[i];
                if ((uint)next >= (uint)nodeCount)
                    break;
                ref DoubleArrayTrie.Node found = ref Unsafe.Add(ref nodes, next);
                if (found.Parent != node || next == DoubleArrayTrie.Root)
                    break;
                node = next;
                follow = found.Base;
                if (found.Value < 0)
                    continue;
                int length = i + 1 - at;
                // A user-defined symbol has a score that always wins.
                double score = (float.IsNaN(found.Score) ? length * _maxScore - 0.1 : found.Score) + (double)before;
                ref Place place = ref lattice[i + 1];
                if (place.Start < 0 || score > place.Score)
                {
                    place.Score = (float)score;
                    place.Start = at;
                    place.Id = found.Value;
                }
                single |= length == character;
            }
            if (!single)
            {
                ref Place place = ref lattice[at + character];
                float score = _unknownScore + before;
                if (place.Start < 0 || score > place.Score)
                    place = new Place { Score = score, Start = at, Id = _unknown };
            }
            at += character;
        }
    }
}
