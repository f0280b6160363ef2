using System.Text;
using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Training;

/// <summary>The pieces of a Unigram model in training with their probabilities, found by a trie over characters; pieces that are left out stay in it until most are.</summary>
internal sealed partial class UnigramPieces
{
    /// <summary>Stands for a character that is not covered; no piece has it.</summary>
    public const int NotCovered = 0;

    private const int Root = 0, NoPiece = -1;

    // A single character of a word that no piece spells has this much less than the least probable piece, as in SentencePiece.
    private const double UnknownPenalty = 10;

    private readonly List<int[]> _characters = [];
    private readonly List<double> _scores = [];
    private readonly List<bool> _isAlive = [];
    private PairTable _trie = new(1 << 10);
    private int _nodes = 1, _inTrie;
    private double[] _probabilities = [];
    private double _unknown;

    public int AliveCount { get; private set; }

    public void Add(ReadOnlySpan<int> characters, double score)
    {
        _characters.Add(characters.ToArray());
        _scores.Add(score);
        _isAlive.Add(true);
        AliveCount++;
    }

    /// <summary>Turns weights into logarithms of their shares, and makes the trie.</summary>
    public void ScoresToLogarithms()
    {
        double sum = Math.Log(_scores.Sum());
        for (int i = 0; i < _scores.Count; i++)
            _scores[i] = Math.Log(_scores[i]) - sum;
        BuildTrie();
        ScoresChanged();
    }

    public IEnumerable<(string Text, double Score)> Alive()
    {
        for (int piece = 0; piece < _characters.Count; piece++)
        {
            if (_isAlive[piece])
                yield return (string.Concat(_characters[piece].Select(char.ConvertFromUtf32)), _scores[piece]);
        }
    }

    private void LeaveOut(int piece)
    {
        _isAlive[piece] = false;
        _probabilities[piece] = 0;
        AliveCount--;
    }

    private void ScoresChanged()
    {
        if (AliveCount < _inTrie / 2)
            BuildTrie();
        _probabilities = new double[_characters.Count];
        double least = 0;
        for (int piece = 0; piece < _characters.Count; piece++)
        {
            if (!_isAlive[piece])
                continue;
            _probabilities[piece] = Math.Exp(_scores[piece]);
            least = Math.Min(least, _scores[piece]);
        }
        _unknown = Math.Exp(least - UnknownPenalty);
    }

    private void BuildTrie()
    {
        _trie = new PairTable(AliveCount * 2);
        _nodes = 1;
        _inTrie = AliveCount;
        for (int piece = 0; piece < _characters.Count; piece++)
        {
            if (!_isAlive[piece])
                continue;
            int node = Root;
            ReadOnlySpan<int> characters = _characters[piece];
            for (int i = 0; i < characters.Length; i++)
            {
                bool isLast = i == characters.Length - 1;
                if (!_trie.TryGet(node, characters[i], out int child, out int own))
                {
                    child = _nodes++;
                    own = NoPiece;
                    _trie.Set(node, characters[i], child, isLast ? piece : NoPiece);
                }
                else if (isLast)
                {
                    _trie.Set(node, characters[i], child, piece);
                }
                node = child;
            }
        }
    }
}
