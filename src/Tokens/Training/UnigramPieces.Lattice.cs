namespace DataPipeline.Tokens.Training;

internal sealed partial class UnigramPieces
{
    /// <summary>All ways to spell one word by pieces. Kept from word to word; one thread at a time.</summary>
    /// <remarks>Sums over ways are made of probabilities, not of logarithms, and scaled back at each place, so that a piece costs a multiplication and not an exponential.</remarks>
    private sealed class UnigramLattice(UnigramPieces pieces)
    {
        private const int Unknown = -1;

        // Edges by the place where they begin: piece, length.
        private readonly List<(int Piece, int Length)> _edges = [];
        private readonly List<int> _firstEdge = [];
        private double[] _before = new double[64], _behind = new double[64], _scale = new double[64];
        private int[] _bestEdge = new int[64], _from = new int[64];
        private int _length;

        public void Fill(ReadOnlySpan<int> characters)
        {
            _length = characters.Length;
            _edges.Clear();
            _firstEdge.Clear();
            if (_before.Length <= _length)
            {
                int size = _length * 2;
                (_before, _behind, _scale, _bestEdge, _from) = (new double[size], new double[size], new double[size], new int[size], new int[size]);
            }
            for (int start = 0; start < _length; start++)
            {
                _firstEdge.Add(_edges.Count);
                bool hasSingle = false;
                int node = Root;
                for (int i = start; i < _length && pieces._trie.TryGet(node, characters[i], out int child, out int piece); i++)
                {
                    if (piece >= 0 && pieces._isAlive[piece])
                    {
                        _edges.Add((piece, i - start + 1));
                        hasSingle |= i == start;
                    }
                    node = child;
                }
                if (!hasSingle)
                    _edges.Add((Unknown, 1));
            }
            _firstEdge.Add(_edges.Count);
        }

        /// <summary>Adds the expected number of uses of each piece, times <paramref name="weight"/>.</summary>
        public void AddExpected(double weight, long[] sums)
        {
            Array.Clear(_before, 0, _length + 1);
            Array.Clear(_behind, 0, _length + 1);
            _before[0] = 1;
            for (int at = 0, reach = 0; at < _length; at++)
            {
                // What leads here is scaled to one, and with it all that was added behind; the product of all scales is one by the probability of the word.
                double scale = _scale[at] = 1 / _before[at];
                for (int behind = at; behind <= reach; behind++)
                    _before[behind] *= scale;
                for (int edge = _firstEdge[at]; edge < _firstEdge[at + 1]; edge++)
                {
                    int to = at + _edges[edge].Length;
                    _before[to] += Probability(edge);
                    reach = Math.Max(reach, to);
                }
            }
            _scale[_length] = 1 / _before[_length];
            _behind[_length] = 1;
            for (int at = _length - 1; at >= 0; at--)
            {
                double sum = 0;
                for (int edge = _firstEdge[at]; edge < _firstEdge[at + 1]; edge++)
                {
                    (int piece, int length) = _edges[edge];
                    double share = Probability(edge) * ScaleAcross(at, length) * _scale[at + length] * _behind[at + length];
                    sum += share;
                    if (piece != Unknown)
                        sums[piece] += (long)Math.Round(share * weight);
                }
                _behind[at] = sum;
            }
        }

        /// <summary>The most probable way, from its last piece to its first; -1 for an unknown character.</summary>
        public IEnumerable<int> Best()
        {
            Search(excluded: NoPiece - 1);
            for (int at = _length; at > 0; at = _from[at])
                yield return _edges[_bestEdge[at]].Piece;
        }

        /// <summary>The most probable way without a piece that spells the whole, and its score; empty if there is none.</summary>
        public (int[] Pieces, double Score) BestWithout(int whole)
        {
            if (!Search(whole))
                return ([], double.NegativeInfinity);
            List<int> way = [];
            for (int at = _length; at > 0; at = _from[at])
                way.Add(_edges[_bestEdge[at]].Piece);
            return ([.. way], _before[_length]);
        }

        private bool Search(int excluded)
        {
            Array.Fill(_before, double.NegativeInfinity, 0, _length + 1);
            _before[0] = 0;
            double unknown = Math.Log(pieces._unknown);
            for (int at = 0; at < _length; at++)
            {
                if (double.IsNegativeInfinity(_before[at]))
                    continue;
                for (int edge = _firstEdge[at]; edge < _firstEdge[at + 1]; edge++)
                {
                    (int piece, int length) = _edges[edge];
                    double score = _before[at] + (piece == Unknown ? unknown : pieces._scores[piece]);
                    if (piece == excluded || score <= _before[at + length])
                        continue;
                    _before[at + length] = score;
                    _bestEdge[at + length] = edge;
                    _from[at + length] = at;
                }
            }
            return !double.IsNegativeInfinity(_before[_length]);
        }

        private double Probability(int edge) => _edges[edge].Piece == Unknown ? pieces._unknown : pieces._probabilities[_edges[edge].Piece];

        /// <summary>The scales of the places that a piece jumps over.</summary>
        private double ScaleAcross(int at, int length)
        {
            double scale = 1;
            for (int i = at + 1; i < at + length; i++)
                scale *= _scale[i];
            return scale;
        }
    }
}
