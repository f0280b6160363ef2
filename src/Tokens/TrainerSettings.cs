using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tokens;

/// <summary>What a trained tokenizer is.</summary>
public enum TrainingAlgorithm
{
    /// <summary>Byte-level byte-pair encoding.</summary>
    Bpe,
    /// <summary>WordPiece, as BERT has it.</summary>
    Wordpiece,
    /// <summary>Unigram, as SentencePiece has it.</summary>
    Unigram,
}

/// <summary>Settings of a tokenizer's training by any algorithm; one that the algorithm has no use for is an error.</summary>
public sealed class TrainerSettings
{
    /// <summary>Bound from YAML.</summary>
    /// <param name="algorithm">The algorithm: <c>bpe</c> (byte-level), <c>wordpiece</c> or <c>unigram</c>.</param>
    /// <param name="vocabularySize">Tokens in all, special tokens among them.</param>
    /// <param name="minFrequency">(bpe, wordpiece) A pair that occurs less often never merges; 2 if not given.</param>
    /// <param name="specialTokens">Special tokens, which get the first ids; those usual for the algorithm if not given.</param>
    /// <param name="reservedTokens">(bpe) Special tokens <c>&lt;|reserved_0|&gt;</c>, ... behind those named, which keep ids for later uses; 0 if not given.</param>
    /// <param name="pattern">(bpe) How text is cut before merging: <c>gpt2</c>, <c>cl100k</c>, <c>o200k</c>, <c>qwen</c> or <c>none</c>; <c>gpt2</c> if not given.</param>
    /// <param name="digits">(bpe) How numbers are cut before the pattern: as the <c>pattern</c> has it (if not given), <c>single</c> digits, or <c>triples</c> from the left.</param>
    /// <param name="whitespace">(bpe) How white space is cut before the pattern: as the <c>pattern</c> has it (if not given), <c>single</c> characters, <c>runs</c>, or <c>newlines</c> apart.</param>
    /// <param name="normalize">Normalises text first, in training and for ever after: <c>bpe</c> to form C, <c>unigram</c> to form KC, <c>wordpiece</c> to lower case without accents.</param>
    /// <param name="nfc">(bpe) Another name of <c>normalize</c>.</param>
    /// <param name="tie">(bpe) Which of two equally frequent pairs merges first: <c>smallest_ids</c> (if not given) or <c>largest_bytes</c>.</param>
    /// <param name="limitAlphabet">(wordpiece) Characters to keep at most; 1,000 if not given.</param>
    /// <param name="characterCoverage">(unigram) Share of the text whose characters get a piece; 0.9995 if not given.</param>
    /// <param name="maxPieceLength">(unigram) Characters of a piece at most; 16 if not given.</param>
    /// <param name="keepWhitespace">(unigram) Keeps new lines, tabs and runs of spaces; false if not given.</param>
    /// <param name="byteFallback">(unigram) Spells unknown characters by 256 tokens for bytes; false if not given.</param>
    /// <param name="maxWords">Different words to count at most; beyond that the rarest are forgotten.</param>
    /// <exception cref="ConfigurationException">A setting is out of its range, or is one of another algorithm.</exception>
    public TrainerSettings(TrainingAlgorithm algorithm = TrainingAlgorithm.Bpe, [Range(10, 2_000_000)] int vocabularySize = 32_000, [Range(0, int.MaxValue)] int? minFrequency = null,
        IReadOnlyList<string>? specialTokens = null, [Range(0, 100_000)] int? reservedTokens = null, string? pattern = null, DigitRule? digits = null, WhitespaceRule? whitespace = null,
        bool normalize = false, bool? nfc = null, MergeTie? tie = null, [Range(1, 1_114_112)] int? limitAlphabet = null, [Range(0.9, 1.0)] double? characterCoverage = null,
        [Range(1, 64)] int? maxPieceLength = null, bool? keepWhitespace = null, bool? byteFallback = null, [Range(1_000, 100_000_000)] int maxWords = 20_000_000)
    {
        OnlyFor(algorithm != TrainingAlgorithm.Unigram, minFrequency);
        bool isBpe = algorithm == TrainingAlgorithm.Bpe, isWordPiece = algorithm == TrainingAlgorithm.Wordpiece, isUnigram = algorithm == TrainingAlgorithm.Unigram;
        OnlyFor(isBpe, reservedTokens);
        OnlyFor(isBpe, pattern);
        OnlyFor(isBpe, digits);
        OnlyFor(isBpe, whitespace);
        OnlyFor(isBpe, nfc);
        OnlyFor(isBpe, tie);
        OnlyFor(isWordPiece, limitAlphabet);
        OnlyFor(isUnigram, characterCoverage);
        OnlyFor(isUnigram, maxPieceLength);
        OnlyFor(isUnigram, keepWhitespace);
        OnlyFor(isUnigram, byteFallback);
        Trainer = algorithm switch
        {
            TrainingAlgorithm.Bpe => new TokenizerTrainer(new BpeTrainer(vocabularySize, minFrequency ?? 2, specialTokens, pattern ?? "gpt2", normalize || nfc == true, maxWords,
                tie ?? MergeTie.SmallestIds, reservedTokens ?? 0, digits ?? DigitRule.Pattern, whitespace ?? WhitespaceRule.Pattern)),
            TrainingAlgorithm.Wordpiece => new TokenizerTrainer(new WordPieceTrainer(vocabularySize, minFrequency ?? 2, specialTokens, normalize, limitAlphabet ?? 1_000, maxWords)),
            _ => new TokenizerTrainer(new UnigramTrainer(vocabularySize, specialTokens, maxPieceLength: maxPieceLength ?? 16, characterCoverage: characterCoverage ?? 0.9995,
                nfkc: normalize, keepWhitespace: keepWhitespace ?? false, byteFallback: byteFallback ?? false, maxWords: maxWords)),
        };

        void OnlyFor(bool fits, object? value, [CallerArgumentExpression(nameof(value))] string name = "")
        {
            if (!fits && value is not null)
                throw new ConfigurationException($"`{Setting.SnakeCase(name)}` is no setting of {ScalarText.Write(algorithm)}: leave it out, or choose another `algorithm`");
        }
    }

    /// <summary>The trainer with these settings.</summary>
    public TokenizerTrainer Trainer { get; }
}
