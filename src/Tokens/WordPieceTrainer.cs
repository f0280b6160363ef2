using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tokens;

/// <summary>Trains WordPiece as Hugging Face's <c>WordPieceTrainer</c> does: byte-pair merges over characters, in which all but the first of a word begin with <c>##</c>.</summary>
/// <remarks>Text is cleaned and cut as BERT does it (Devlin et al. 2019). Hugging Face numbers the characters that continue a word by chance; here they come by code point.</remarks>
public sealed class WordPieceTrainer
{
    private const string Prefix = "##";

    private readonly int _vocabularySize;
    private readonly int _minFrequency;
    private readonly string[] _specialTokens;
    private readonly bool _lowercase;
    private readonly int _limitAlphabet;
    private readonly int _maxWords;

    /// <summary>BERT's special tokens.</summary>
    public static IReadOnlyList<string> BertSpecialTokens { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>The settings of a training.</summary>
    /// <param name="vocabularySize">Tokens in all: special tokens, characters and merges; 10 to 2,000,000.</param>
    /// <param name="minFrequency">A pair that occurs less often never merges.</param>
    /// <param name="specialTokens">Special tokens, which get the first ids; <c>[UNK]</c> must be among them. Left out: BERT's five.</param>
    /// <param name="lowercase">Makes text lower case and takes accents away, in training and for ever after.</param>
    /// <param name="limitAlphabet">Characters to keep at most, the most frequent ones; others are left out of words.</param>
    /// <param name="maxWords">Different words to count at most; beyond that the rarest are forgotten.</param>
    /// <exception cref="ConfigurationException">A setting is out of its range.</exception>
    public WordPieceTrainer([Range(10, 2_000_000)] int vocabularySize = 30_000, [Range(0, int.MaxValue)] int minFrequency = 2, IReadOnlyList<string>? specialTokens = null,
        bool lowercase = true, [Range(1, 1_114_112)] int limitAlphabet = 1_000, [Range(1_000, 100_000_000)] int maxWords = 20_000_000)
    {
        _specialTokens = [.. specialTokens ?? BertSpecialTokens];
        if (_specialTokens.Distinct(StringComparer.Ordinal).Count() < _specialTokens.Length || _specialTokens.Any(string.IsNullOrEmpty))
            throw new ConfigurationException("special_tokens: names must differ and not be empty");
        if (!_specialTokens.Contains("[UNK]"))
            throw new ConfigurationException("special_tokens: WordPiece needs [UNK] among them, for words that it cannot spell");
        _vocabularySize = vocabularySize;
        _minFrequency = minFrequency;
        _lowercase = lowercase;
        _limitAlphabet = limitAlphabet;
        _maxWords = maxWords;
    }

    /// <summary>Trains on texts. The result depends on the texts alone, not on <paramref name="threads"/>.</summary>
    /// <param name="texts">The texts; read once, in bounded memory.</param>
    /// <param name="threads">Threads that count words.</param>
    /// <param name="cancel">Ends the training.</param>
    public TrainedVocabulary Train(IEnumerable<string> texts, int threads = 1, CancellationToken cancel = default) =>
        Train(texts.Select(TrainingText.Of), new TrainingRun(threads, null, cancel));

    internal TrainedVocabulary Train(IEnumerable<TrainingText> texts, TrainingRun run) =>
        Learn(new BertWordCounter(_lowercase, _maxWords, run.Threads).Count(texts, run.Cancel), run, []);

    /// <param name="words">Words and how often each occurs.</param>
    /// <param name="run">Progress and end.</param>
    /// <param name="continuing">Characters that continue words, in the order of their ids; those not named come behind, by code point.</param>
    internal TrainedVocabulary Learn(WordCounts words, TrainingRun run, IReadOnlyList<string> continuing)
    {
        (HashSet<Rune> alphabet, HashSet<Rune> later) = Alphabet(words);
        List<byte[]> tokens = [.. _specialTokens.Select(Encoding.UTF8.GetBytes)];
        Dictionary<Rune, int> first = [], inside = [];
        foreach (Rune rune in alphabet.Order())
            Number(first, rune, rune.ToString());
        foreach (Rune rune in continuing.Select(text => Rune.GetRuneAt(text, 0)).Concat(later.Order()))
            Number(inside, rune, Prefix + rune);

        long total = 0;
        for (int place = 0; place < words.Places; place++)
            total += words.TryGet(place, out ReadOnlySpan<byte> word, out _) ? word.Length : 0;
        WordSymbols symbols = new(words.Count, checked((int)total));
        List<int> ids = [];
        for (int place = 0; place < words.Places; place++)
        {
            if (!words.TryGet(place, out ReadOnlySpan<byte> word, out long count))
                continue;
            ids.Clear();
            bool isFirst = true;
            foreach (Rune rune in Encoding.UTF8.GetString(word).EnumerateRunes())
            {
                if (alphabet.Contains(rune))
                    ids.Add(isFirst ? first[rune] : inside[rune]);
                isFirst = false;
            }
            ids.CopyTo(symbols.Add(ids.Count, count));
        }
        new MergeLearner(symbols, tokens, _specialTokens.Length, Encoding.UTF8.GetBytes(Prefix), MergeTie.SmallestIds)
            .Learn(_vocabularySize, _minFrequency, run.Learned(_vocabularySize), run.Cancel);
        return new TrainedVocabulary(new WordPieceJson(_lowercase, Prefix), _specialTokens, [.. tokens.Select(token => (Encoding.UTF8.GetString(token), 0.0))]);

        void Number(Dictionary<Rune, int> numbers, Rune rune, string token)
        {
            if (!numbers.TryAdd(rune, tokens.Count))
                return;
            tokens.Add(Encoding.UTF8.GetBytes(token));
        }
    }

    /// <summary>The characters to keep, and those of them that stand inside a word.</summary>
    private (HashSet<Rune> Alphabet, HashSet<Rune> Inside) Alphabet(WordCounts words)
    {
        Dictionary<Rune, long> counts = [];
        HashSet<Rune> inside = [];
        for (int place = 0; place < words.Places; place++)
        {
            if (!words.TryGet(place, out ReadOnlySpan<byte> word, out long count))
                continue;
            bool isFirst = true;
            foreach (Rune rune in Encoding.UTF8.GetString(word).EnumerateRunes())
            {
                counts[rune] = counts.GetValueOrDefault(rune) + count;
                if (!isFirst)
                    inside.Add(rune);
                isFirst = false;
            }
        }
        HashSet<Rune> kept = [.. counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).Take(_limitAlphabet).Select(entry => entry.Key)];
        inside.IntersectWith(kept);
        return (kept, inside);
    }
}
