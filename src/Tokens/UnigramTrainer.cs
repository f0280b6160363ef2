using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tokens;

/// <summary>Trains a Unigram model (Kudo 2018, arXiv 1804.10959) in the manner of SentencePiece: many pieces first, then expectation and maximisation, and the least useful ones left out, in turn.</summary>
/// <remarks>Expected counts are added up as whole numbers of 2^-20, so that the result does not depend on threads.</remarks>
public sealed class UnigramTrainer
{
    /// <summary>The token of what no piece spells.</summary>
    public const string Unknown = "<unk>";

    // The numbers of SentencePiece: room above the wanted size until the last step, and steps between required characters that never occur alone.
    private const double RoomAboveSize = 1.1, PenaltyStep = 0.0001;

    private readonly int _vocabularySize;
    private readonly string[] _specialTokens;
    private readonly int _seedSize, _maxPieceLength, _subIterations, _maxWords;
    private readonly double _shrinkingFactor, _characterCoverage;
    private readonly bool _splitByScript, _nfkc, _keepsWhitespace, _byteFallback;

    /// <summary>The settings of a training.</summary>
    /// <param name="vocabularySize">Tokens in all: special tokens, characters and longer pieces; 20 to 1,000,000.</param>
    /// <param name="specialTokens">Special tokens, which get the first ids; <c>&lt;unk&gt;</c> must be among them. Left out: <c>&lt;unk&gt;</c>, <c>&lt;s&gt;</c>, <c>&lt;/s&gt;</c>.</param>
    /// <param name="seedSize">Pieces to begin with at most.</param>
    /// <param name="maxPieceLength">Characters of a piece at most.</param>
    /// <param name="shrinkingFactor">Share of the pieces that each pruning keeps.</param>
    /// <param name="subIterations">Steps of expectation and maximisation before each pruning.</param>
    /// <param name="characterCoverage">Share of the text whose characters get a piece; the rarest characters beyond it are unknown, or bytes.</param>
    /// <param name="splitByScript">No piece mixes letters of two scripts, or letters with digits and punctuation.</param>
    /// <param name="nfkc">Normalises text to form KC first, in training and for ever after.</param>
    /// <param name="keepWhitespace">Keeps new lines, tabs and runs of spaces as characters; else each run of white space becomes one space.</param>
    /// <param name="byteFallback">Spells unknown characters by 256 tokens for bytes.</param>
    /// <param name="maxWords">Different words to count at most; beyond that the rarest are forgotten.</param>
    /// <exception cref="ConfigurationException">A setting is out of its range.</exception>
    public UnigramTrainer([Range(20, 1_000_000)] int vocabularySize = 8_000, IReadOnlyList<string>? specialTokens = null, [Range(100, 10_000_000)] int seedSize = 1_000_000,
        [Range(1, 64)] int maxPieceLength = 16, [Range(0.1, 0.99)] double shrinkingFactor = 0.75, [Range(1, 10)] int subIterations = 2,
        [Range(0.9, 1.0)] double characterCoverage = 0.9995, bool splitByScript = true, bool nfkc = true, bool keepWhitespace = false, bool byteFallback = false,
        [Range(1_000, 100_000_000)] int maxWords = 20_000_000)
    {
        _specialTokens = [.. specialTokens ?? [Unknown, "<s>", "</s>"]];
        if (_specialTokens.Distinct(StringComparer.Ordinal).Count() < _specialTokens.Length || _specialTokens.Any(string.IsNullOrEmpty))
            throw new ConfigurationException("special_tokens: names must differ and not be empty");
        if (!_specialTokens.Contains(Unknown))
            throw new ConfigurationException($"special_tokens: Unigram needs {Unknown} among them, for characters that no piece spells");
        if (vocabularySize <= _specialTokens.Length + (byteFallback ? 256 : 0))
            throw new ConfigurationException($"vocabulary_size {vocabularySize} leaves no room for pieces");
        _vocabularySize = vocabularySize;
        _seedSize = seedSize;
        _maxPieceLength = maxPieceLength;
        _shrinkingFactor = shrinkingFactor;
        _subIterations = subIterations;
        _characterCoverage = characterCoverage;
        _splitByScript = splitByScript;
        _nfkc = nfkc;
        _keepsWhitespace = keepWhitespace;
        _byteFallback = byteFallback;
        _maxWords = maxWords;
    }

    /// <summary>Trains on texts. The result depends on the texts alone, not on <paramref name="threads"/>.</summary>
    /// <param name="texts">The texts; read once, in bounded memory.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="cancel">Ends the training.</param>
    public TrainedVocabulary Train(IEnumerable<string> texts, int threads = 1, CancellationToken cancel = default) =>
        Train(texts.Select(TrainingText.Of), new TrainingRun(threads, null, cancel));

    internal TrainedVocabulary Train(IEnumerable<TrainingText> texts, TrainingRun run)
    {
        WordCounts counts = new MetaspaceWordCounter(_nfkc, _keepsWhitespace, _maxWords, run.Threads).Count(texts, run.Cancel);
        (WordSymbols words, List<(int Character, long Count)> characters) = Characters(counts);
        int meta = _specialTokens.Length + (_byteFallback ? 256 : 0), wanted = _vocabularySize - meta, enough = (int)(wanted * RoomAboveSize);
        UnigramPieces pieces = new SeedPieces(_seedSize, _maxPieceLength, _splitByScript).Of(words, characters, run);
        int seeds = pieces.AliveCount;
        while (true)
        {
            for (int i = 0; i < _subIterations; i++)
                pieces.Improve(words, run);
            if (pieces.AliveCount <= enough)
                break;
            run.Progress?.Invoke("pieces left out", seeds - pieces.AliveCount, seeds - enough);
            if (!pieces.Prune(words, Math.Max(enough, (int)(_shrinkingFactor * pieces.AliveCount)), run))
                break;
        }
        return new TrainedVocabulary(new UnigramJson(_nfkc, _keepsWhitespace, _byteFallback), _specialTokens, Final(pieces, characters, wanted));
    }

    /// <summary>Words as code points, with the mark for what is not covered in place of rare characters, and the characters that must have a piece, the most frequent first.</summary>
    private (WordSymbols Words, List<(int Character, long Count)> Characters) Characters(WordCounts counts)
    {
        Dictionary<int, long> occurrences = [];
        int symbols = 0;
        for (int place = 0; place < counts.Places; place++)
        {
            if (!counts.TryGet(place, out ReadOnlySpan<byte> word, out long count))
                continue;
            foreach (Rune rune in Encoding.UTF8.GetString(word).EnumerateRunes())
            {
                occurrences[rune.Value] = occurrences.GetValueOrDefault(rune.Value) + count;
                symbols = checked(symbols + 1);
            }
        }
        List<(int Character, long Count)> covered = [];
        double all = occurrences.Values.Sum(count => (double)count), soFar = 0;
        foreach ((int character, long count) in occurrences.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key))
        {
            if (soFar / all >= _characterCoverage)
                break;
            soFar += count;
            covered.Add((character, count));
        }
        HashSet<int> known = [.. covered.Select(entry => entry.Character)];
        WordSymbols words = new(counts.Count, symbols);
        for (int place = 0; place < counts.Places; place++)
        {
            if (!counts.TryGet(place, out ReadOnlySpan<byte> word, out long count))
                continue;
            int[] characters = [.. Encoding.UTF8.GetString(word).EnumerateRunes().Select(rune => known.Contains(rune.Value) ? rune.Value : UnigramPieces.NotCovered)];
            characters.CopyTo(words.Add(characters.Length, count));
        }
        return (words, covered);
    }

    private List<(string, double)> Final(UnigramPieces pieces, List<(int Character, long Count)> characters, int wanted)
    {
        Dictionary<string, double> scores = pieces.Alive().ToDictionary(piece => piece.Text, piece => piece.Score, StringComparer.Ordinal);
        double least = scores.Count == 0 ? 0 : scores.Values.Min(), penalty = 0;
        Dictionary<string, double> chosen = new(StringComparer.Ordinal);
        foreach ((int character, _) in characters.Take(wanted))
        {
            string text = char.ConvertFromUtf32(character);
            if (scores.TryGetValue(text, out double score))
            {
                chosen[text] = score;
                continue;
            }
            chosen[text] = least + penalty;
            penalty += PenaltyStep;
        }
        foreach ((string text, double score) in scores.OrderByDescending(piece => piece.Value).ThenBy(piece => piece.Key, StringComparer.Ordinal))
        {
            if (chosen.Count >= wanted)
                break;
            chosen.TryAdd(text, score);
        }
        IEnumerable<(string, double)> bytes = Enumerable.Range(0, _byteFallback ? 256 : 0).Select(value => (string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), 0.0));
        return
        [
            .. _specialTokens.Select(token => (token, 0.0)), .. bytes,
            .. chosen.OrderByDescending(piece => piece.Value).ThenBy(piece => piece.Key, StringComparer.Ordinal).Select(piece => (piece.Key, piece.Value)),
        ];
    }
}
