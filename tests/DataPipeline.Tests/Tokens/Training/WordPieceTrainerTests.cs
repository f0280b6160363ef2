using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tests.Tokens.Training;

public sealed class WordPieceTrainerTests
{
    private const string Text = "data/lm/sentencepiece/botchan.txt";

    /// <summary>The library numbers characters that continue a word by chance, and ties go by these numbers: with its numbers ours is its vocabulary, token by token.</summary>
    [NodeFact("tokenizers", Text)]
    public void Train_RealText_VocabularyEqualsHuggingFaceInOrder()
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(SharedData.PathOf(Text));
        File.WriteAllText(folder["corpus.txt"], text);
        NodeOracle.Run("train-wordpiece", folder["corpus.txt"], folder["expected.json"]);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(folder["expected.json"]));
        string[] theirs = [.. expected.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().OrderBy(entry => entry.Value.GetInt32()).Select(entry => entry.Name)];
        string[] continuing = [.. theirs.Where(token => token.StartsWith("##", StringComparison.Ordinal) && token[2..].EnumerateRunes().Count() == 1).Select(token => token[2..])];

        WordPieceTrainer trainer = new(theirs.Length + 1, minFrequency: 0, specialTokens: ["[UNK]"], lowercase: false, limitAlphabet: 100_000);
        TrainingRun run = new(2, null, default);
        WordCounts words = new BertWordCounter(lowercase: false, 1_000_000, 2).Count([TrainingText.Of(text)], default);
        TrainedVocabulary trained = trainer.Learn(words, run, continuing);

        Assert.Equal(theirs, trained.Tokens.Skip(1).Select(token => token.Text));
        Assert.True(theirs.Length > 5_000);
    }

    [NodeFact("tokenizers", Text)]
    public void Save_TrainedVocabulary_IsReadByHuggingFaceWithFewUnknownWords()
    {
        using TemporaryFolder folder = new();
        string[] lines = [.. File.ReadLines(SharedData.PathOf(Text)).Where(line => line.Length > 0)];
        new WordPieceTrainer(2_000).Train(lines, threads: 2).Save(folder["tokenizer.json"]);
        File.WriteAllLines(folder["texts.jsonl"], lines.Select(text => JsonSerializer.Serialize(new { text })));

        int[] ids = [.. NodeOracle.Run("encode", folder["tokenizer.json"], folder["texts.jsonl"]).SelectMany(line => JsonSerializer.Deserialize<int[]>(line)!)];

        Assert.DoesNotContain(1, ids);
        Assert.True(ids.Length < lines.Sum(line => line.Length) / 3);
    }

    [Fact]
    public void Train_AnyThreads_GivesTheSameVocabulary()
    {
        string[] texts = [.. Enumerable.Range(0, 3_000).Select(i => $"Pieces of words, wörd{i % 77} and \u6F22\u5B57 in line {i}.")];

        Assert.Equal(new WordPieceTrainer(300).Train(texts).Tokens, new WordPieceTrainer(300).Train(texts, threads: 4).Tokens);
    }

    [Fact]
    public void Train_SmallText_CutsAsBertDoes()
    {
        TrainedVocabulary trained = new WordPieceTrainer(40, minFrequency: 2).Train(["Caf\u00E9 \u6F22\u5B57 caf\u00e9, caf\u00E9"]);

        // All pairs of cafe occur three times, so ids decide: c and ##a, ##f and ##e, then both. Ideographs stand apart, and the accents are gone.
        Assert.Equal("[PAD] [UNK] [CLS] [SEP] [MASK] , a c e f \u5B57 \u6F22 ##a ##e ##f ca ##fe cafe", string.Join(' ', trained.Tokens.Select(token => token.Text)));
    }

    [Fact]
    public void Train_LimitedAlphabet_LeavesRareCharactersOut()
    {
        TrainedVocabulary trained = new WordPieceTrainer(60, limitAlphabet: 2).Train(["aab aab aaq"]);

        Assert.Equal(["a", "b", "##a", "##b"], trained.Tokens.Skip(5).Select(token => token.Text).Where(token => token.Trim('#').Length == 1));
    }

    [Fact]
    public void Constructor_NoUnknownToken_SaysSo() =>
        Assert.Contains("[UNK]", Assert.Throws<ConfigurationException>(() => new WordPieceTrainer(specialTokens: ["[CLS]"])).Message, StringComparison.Ordinal);
}
