using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Formats;
using DataPipeline.Tokens.PreTokenize;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tokens;

/// <summary>Which of two pairs that occur equally often merges first.</summary>
public enum MergeTie
{
    /// <summary>The one with the smaller ids, as Hugging Face's trainer has it.</summary>
    SmallestIds,
    /// <summary>The one with the larger bytes, as Stanford's CS336 has it.</summary>
    LargestBytes,
}

/// <summary>Trains byte-level byte-pair encoding; the merges are those of Hugging Face's <c>BpeTrainer</c>, in order.</summary>
public sealed class BpeTrainer
{
    private readonly int _vocabularySize;
    private readonly int _minFrequency;
    private readonly string[] _specialTokens;
    private readonly SplitPatternKind _pattern;
    private readonly bool _nfc;
    private readonly int _maxWords;
    private readonly MergeTie _tie;
    private readonly SplitRules? _rules;

    /// <summary>The settings of a training.</summary>
    /// <param name="vocabularySize">Tokens in all: special tokens, 256 bytes and merges; 257 to 2,000,000.</param>
    /// <param name="minFrequency">A pair that occurs less often never merges.</param>
    /// <param name="specialTokens">Special tokens, which get the first ids; left out: <c>&lt;|endoftext|&gt;</c> and ChatML's <c>&lt;|im_start|&gt;</c> and <c>&lt;|im_end|&gt;</c>.</param>
    /// <param name="pattern">How text is cut before merging: <c>gpt2</c> (runs of digits stay together), <c>cl100k</c> and <c>o200k</c> (groups of three digits, white space apart from
    /// new lines), <c>qwen</c> (single digits) or <c>none</c>.</param>
    /// <param name="nfc">Normalises text to form C first, in training and for ever after.</param>
    /// <param name="maxWords">Different words to count at most; beyond that the rarest are forgotten (twenty million take about 1.5 GB).</param>
    /// <param name="tie">Which of two equally frequent pairs merges first.</param>
    /// <param name="reservedTokens">Special tokens <c>&lt;|reserved_0|&gt;</c>, ... behind those named, which keep ids for later uses.</param>
    /// <param name="digits">How numbers are cut before the pattern.</param>
    /// <param name="whitespace">How white space is cut before the pattern.</param>
    /// <exception cref="ConfigurationException">A setting is out of its range.</exception>
    public BpeTrainer([Range(257, 2_000_000)] int vocabularySize = 32_000, [Range(0, int.MaxValue)] int minFrequency = 2,
        IReadOnlyList<string>? specialTokens = null, string pattern = "gpt2", bool nfc = false,
        [Range(1_000, 100_000_000)] int maxWords = 20_000_000, MergeTie tie = MergeTie.SmallestIds, [Range(0, 100_000)] int reservedTokens = 0,
        DigitRule digits = DigitRule.Pattern, WhitespaceRule whitespace = WhitespaceRule.Pattern)
    {
        _specialTokens = [.. specialTokens ?? ChatTemplate.SpecialTokens, .. Enumerable.Range(0, reservedTokens).Select(number => $"<|reserved_{number}|>")];
        if (vocabularySize < 256 + _specialTokens.Length)
            throw new ConfigurationException($"vocabulary_size {vocabularySize} leaves no room for 256 bytes and {_specialTokens.Length} special tokens");
        if (_specialTokens.Distinct(StringComparer.Ordinal).Count() < _specialTokens.Length || _specialTokens.Any(string.IsNullOrEmpty))
            throw new ConfigurationException("special_tokens: names must differ and not be empty");
        _vocabularySize = vocabularySize;
        _minFrequency = minFrequency;
        _pattern = SplitPattern.Named(pattern);
        _nfc = nfc;
        _maxWords = maxWords;
        _tie = tie;
        _rules = digits == DigitRule.Pattern && whitespace == WhitespaceRule.Pattern ? null : new SplitRules(_pattern, digits, whitespace, nfc);
    }

    /// <summary>Trains on texts, each a document of its own. The result depends on the texts alone, not on <paramref name="threads"/>.</summary>
    /// <param name="texts">The texts; read once, in bounded memory.</param>
    /// <param name="threads">Threads that count words.</param>
    /// <param name="cancel">Ends the training.</param>
    public BpeTokenizer Train(IEnumerable<string> texts, int threads = 1, CancellationToken cancel = default) =>
        Train(texts.Select(TrainingText.Of), new TrainingRun(threads, null, cancel));

    /// <summary>Trains on texts in UTF-8, each a document of its own. The result depends on the texts alone, not on <paramref name="threads"/>.</summary>
    /// <param name="texts">The texts; read once, in bounded memory.</param>
    /// <param name="threads">Threads that count words.</param>
    /// <param name="cancel">Ends the training.</param>
    public BpeTokenizer TrainUtf8(IEnumerable<ReadOnlyMemory<byte>> texts, int threads = 1, CancellationToken cancel = default) =>
        Train(texts.Select(TrainingText.Of), new TrainingRun(threads, null, cancel));

    /// <summary>Trains on texts with any settings, rules for digits and white space among them, which a <see cref="BpeTokenizer"/> has no words for.</summary>
    /// <param name="texts">The texts; read once, in bounded memory.</param>
    /// <param name="threads">Threads that count words.</param>
    /// <param name="cancel">Ends the training.</param>
    /// <returns>A <see cref="BpeTokenizer"/>, or with such rules a <see cref="CharacterBpeTokenizer"/>.</returns>
    public Tokenizer TrainTokenizer(IEnumerable<string> texts, int threads = 1, CancellationToken cancel = default) =>
        TrainTokenizer(texts.Select(TrainingText.Of), new TrainingRun(threads, null, cancel));

    internal Tokenizer TrainTokenizer(IEnumerable<TrainingText> texts, TrainingRun run)
    {
        BytePairModel model = Learn(texts, run);
        return _rules is null ? Split(model) : _rules.TokenizerOf(model, Added);
    }

    internal BpeTokenizer Train(IEnumerable<TrainingText> texts, TrainingRun run) => _rules is null ? Split(Learn(texts, run))
        : throw new InvalidOperationException($"a trainer with rules for digits or white space makes no {nameof(BpeTokenizer)}: call {nameof(TrainTokenizer)}");

    private AddedToken[] Added => [.. _specialTokens.Select((name, id) => new AddedToken(name, id))];

    private BpeTokenizer Split(BytePairModel model) => new(model, new TokenizerOptions { Pattern = _pattern, Nfc = _nfc, Added = Added });

    private BytePairModel Learn(IEnumerable<TrainingText> texts, TrainingRun run)
    {
        WordCounter counter = _rules is null ? new PatternWordCounter(_pattern, _nfc, _maxWords, run.Threads) : new RuleWordCounter(_rules, _maxWords, run.Threads);
        WordCounts words = counter.Count(texts, run.Cancel);
        List<byte[]> tokens = [.. _specialTokens.Select(Encoding.UTF8.GetBytes)];
        // Hugging Face numbers the alphabet by the printable character of each byte.
        int[] symbolOf = new int[256];
        foreach (int value in Enumerable.Range(0, 256).OrderBy(value => ByteLevelAlphabet.Of((byte)value)))
        {
            symbolOf[value] = tokens.Count;
            tokens.Add([(byte)value]);
        }
        List<(int Left, int Right)> merges = new MergeLearner(WordSymbols.OfBytes(words, symbolOf), tokens, _specialTokens.Length, [], _tie)
            .Learn(_vocabularySize, _minFrequency, run.Learned(_vocabularySize), run.Cancel);
        return Model(tokens, merges);
    }

    private BytePairModel Model(List<byte[]> tokens, List<(int Left, int Right)> merges)
    {
        TokenBytes bytes = new(tokens.Count);
        for (int id = _specialTokens.Length; id < tokens.Count; id++)
            bytes.Add(id, tokens[id]);
        PairTable pairs = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (int left, int right) = merges[rank];
            pairs.Set(left, right, rank, bytes.Find([.. tokens[left], .. tokens[right]]));
        }
        return new BytePairModel(bytes, pairs, ByteTokens.Find(bytes, "trained tokenizer"), WholePieceFirst: false) { Merges = merges };
    }
}
