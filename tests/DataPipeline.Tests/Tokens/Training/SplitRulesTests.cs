using System.Text.Json;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Tokens.Training;

public sealed class SplitRulesTests
{
    private const string Corpus = "data/lm/wikitext2/valid.txt";

    public static TheoryData<DigitRule, WhitespaceRule, string, bool> Rules => new()
    {
        { DigitRule.Single, WhitespaceRule.Pattern, "gpt2", false },
        { DigitRule.Triples, WhitespaceRule.Newlines, "cl100k", false },
        { DigitRule.Pattern, WhitespaceRule.Single, "qwen", true },
        { DigitRule.Triples, WhitespaceRule.Runs, "none", false },
        { DigitRule.Single, WhitespaceRule.Runs, "o200k", false },
    };

    [SharedNodeTheory("tokenizers", Corpus)]
    [MemberData(nameof(Rules))]
    public void TrainTokenizer_RealText_MergesEqualHuggingFaceInOrder(DigitRule digits, WhitespaceRule whitespace, string pattern, bool nfc)
    {
        using TemporaryFolder folder = new();
        string text = File.ReadAllText(SharedData.PathOf(Corpus))[..400_000] + string.Concat(Enumerable.Range(0, 3_000).Select(i => $"{i * 7919L * i}\t {i % 97}  x\n"));
        File.WriteAllText(folder["corpus.txt"], text);
        Train(300, 2, []).Save(folder["like.json"]);
        NodeOracle.Run("train-as", folder["like.json"], folder["corpus.txt"], folder["expected.json"]);
        JsonElement[] expected = Merges(folder["expected.json"]);

        CharacterBpeTokenizer trained = Train(256 + expected.Length, 0, text.Split('\n').Select((line, i) => line + "\n"));
        trained.Save(folder["ours.json"]);

        Assert.True(expected.Length > 8_000);
        Assert.Equal(expected.Select(Merge), Merges(folder["ours.json"]).Select(Merge));

        CharacterBpeTokenizer Train(int size, int least, IEnumerable<string> texts) => Assert.IsType<CharacterBpeTokenizer>(
            new BpeTrainer(size, least, [], pattern, nfc, digits: digits, whitespace: whitespace).TrainTokenizer(texts, threads: 2));
    }

    [NodeFact("tokenizers")]
    public void TrainTokenizer_EveryRule_GivesTheIdsOfHuggingFaceAndIsReadAgain()
    {
        using TemporaryFolder folder = new();
        RandomTexts random = new(7);
        string[] texts = [.. Enumerable.Range(0, 1_500).Select(_ => random.Text()), "1234567890 12\r\n\r\n\n 3", "a  b \u2167\u00BD\u0661\u0662\u0663\u0664", "\t\tif x:\r\n"];
        File.WriteAllLines(folder["texts.jsonl"], texts.Select(text => JsonSerializer.Serialize(new { text })));
        foreach (DigitRule digits in Enum.GetValues<DigitRule>())
        {
            foreach (WhitespaceRule whitespace in Enum.GetValues<WhitespaceRule>())
            {
                if (digits == DigitRule.Pattern && whitespace == WhitespaceRule.Pattern)
                    continue;
                string pattern = ((string[])["gpt2", "cl100k", "o200k", "qwen", "none"])[((int)digits + (int)whitespace) % 5];
                CharacterBpeTokenizer trained = (CharacterBpeTokenizer)new BpeTrainer(1_200, pattern: pattern, digits: digits, whitespace: whitespace).TrainTokenizer(texts.Concat(texts));
                trained.Save(folder["tokenizer.json"]);
                Tokenizer read = Tokenizer.Load(folder["tokenizer.json"]);

                string[] ours = [.. texts.Select(text => $"[{string.Join(',', read.EncodeToIds(text))}]")];
                Assert.Equal(NodeOracle.Run("encode", folder["tokenizer.json"], folder["texts.jsonl"]), ours);
                Assert.Equal(ours, texts.Select(text => $"[{string.Join(',', trained.EncodeToIds(text))}]"));
                Assert.Equal(trained.Fingerprint, read.Fingerprint);
                Assert.All(texts, text => Assert.Equal(text, read.Decode(read.EncodeToIds(text))));
            }
        }
    }

    [Theory]
    [InlineData(DigitRule.Single, WhitespaceRule.Pattern, "year 2024 now", "year| |2|0|2|4| now")]
    [InlineData(DigitRule.Triples, WhitespaceRule.Pattern, "at 1234567 x", "at| |123|456|7| x")]
    [InlineData(DigitRule.Pattern, WhitespaceRule.Single, "a  b\r\nc", "a| | |b|\r|\n|c")]
    [InlineData(DigitRule.Pattern, WhitespaceRule.Runs, "a \t b\r\n\n  c", "a| \t |b|\r\n\n|  |c")]
    [InlineData(DigitRule.Pattern, WhitespaceRule.Newlines, "a  b\r\n\n  c", "a| | b|\r\n|\n| | c")]
    [InlineData(DigitRule.Triples, WhitespaceRule.Newlines, "1234\n5", "123|4|\n|5")]
    public void TrainTokenizer_OftenRepeatedText_LearnsThePiecesOfTheRules(DigitRule digits, WhitespaceRule whitespace, string text, string pieces)
    {
        Tokenizer trained = new BpeTrainer(400, specialTokens: [], digits: digits, whitespace: whitespace).TrainTokenizer(Enumerable.Repeat(text, 20), threads: 2);

        // Every piece that the rules leave whole is a token by now.
        Assert.Equal(pieces.Split('|'), trained.EncodeToIds(text).Select(id => trained.Decode([id])));
    }

    [Fact]
    public void TrainTokenizer_NoRules_IsThatOfTrainAndRulesRefuseTrain()
    {
        string[] texts = ["some texts of words", "and other words"];
        Assert.Equal(new BpeTrainer(300).Train(texts).Fingerprint, new BpeTrainer(300).TrainTokenizer(texts).Fingerprint);
        Assert.Throws<InvalidOperationException>(() => new BpeTrainer(300, digits: DigitRule.Single).Train(texts));
    }

    [Fact]
    public void TrainTokenizer_LoneSurrogate_IsReadAsReplacement()
    {
        Tokenizer trained = new BpeTrainer(280, specialTokens: [], whitespace: WhitespaceRule.Runs).TrainTokenizer(Enumerable.Repeat("lone \uD800 half", 9));

        Assert.Equal(1, trained.CountTokens("\uFFFD"));
    }

    private static JsonElement[] Merges(string path) => [.. JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("model").GetProperty("merges").EnumerateArray()];

    private static string Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}";
}
