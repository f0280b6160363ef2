using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class BpeTrainerTests
{
    private const string Folder = "data/lm/";

    [NodeFact("tokenizers", Folder + "wikitext2/valid.txt")]
    public void Train_RealText_MergesEqualHuggingFaceInOrder()
    {
        string text = string.Concat(new[] { "wikitext2/valid.txt", "sentencepiece/wagahaiwa_nekodearu.txt" }
            .Select(name => File.ReadAllText(SharedData.PathOf(Folder + name))));
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["corpus.txt"], text);
        NodeOracle.Run("train", folder["corpus.txt"], folder["expected.json"]);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(folder["expected.json"]));
        JsonElement model = expected.RootElement.GetProperty("model");
        string[] merges = [.. model.GetProperty("merges").EnumerateArray().Select(Merge)];

        // The library keeps only the bytes it saw; ours keeps all, which changes no merge.
        BpeTokenizer trained = new BpeTrainer(256 + merges.Length, minFrequency: 0, specialTokens: []).Train(Lines(text), threads: 2);
        trained.Save(folder["ours.json"]);
        using JsonDocument ours = JsonDocument.Parse(File.ReadAllBytes(folder["ours.json"]));
        Assert.Equal(merges, ours.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(Merge));
        Assert.True(merges.Length > 29_000);

        // And the library reads what we wrote.
        string[] lines = [.. Lines(text).Take(3_000)];
        File.WriteAllLines(folder["texts.jsonl"], lines.Select(line => JsonSerializer.Serialize(new { text = line })));
        Assert.Equal(NodeOracle.Run("encode", folder["ours.json"], folder["texts.jsonl"]),
            lines.Select(line => $"[{string.Join(',', trained.EncodeToIds(line))}]"));
        Tokenizer read = Tokenizer.Load(folder["ours.json"]);
        Assert.Equal(trained.Fingerprint, read.Fingerprint);
    }

    [SharedFact(Folder + "cs336/corpus.en")]
    public void Train_Cs336Corpus_EqualsItsReference()
    {
        string text = File.ReadAllText(SharedData.PathOf(Folder + "cs336/corpus.en"));
        BpeTokenizer trained = new BpeTrainer(500, minFrequency: 0, specialTokens: ["<|endoftext|>"], tie: MergeTie.LargestBytes).Train([text]);
        using TemporaryFolder folder = new();
        trained.Save(folder["tokenizer.json"]);
        using JsonDocument ours = JsonDocument.Parse(File.ReadAllBytes(folder["tokenizer.json"]));
        Assert.Equal(File.ReadAllLines(SharedData.PathOf(Folder + "cs336/train-bpe-reference-merges.txt")),
            ours.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(Merge));
        using JsonDocument vocab = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Folder + "cs336/train-bpe-reference-vocab.json")));
        Assert.Equal(vocab.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32()),
            ours.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32()));
    }

    [Fact]
    public void Train_AnyTextAndThreads_GivesTheSameTokenizerAndRoundTrips() => Prop.ForAll(
        Gen.Elements("ab", "abc", " ", "bc", "\u00E9", "\U0001F600", "cab", "\n").ListOf().Select(string.Concat).ListOf().ToArbitrary(), texts =>
        {
            BpeTrainer trainer = new(300, minFrequency: 2, pattern: "cl100k");
            BpeTokenizer one = trainer.Train(texts), two = trainer.Train(texts, threads: 4);
            Assert.Equal(one.Fingerprint, two.Fingerprint);
            Assert.All(texts, text => Assert.Equal(text, one.Decode(one.EncodeToIds(text))));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    [Fact]
    public void Train_MoreWordsThanTheLimit_ForgetsTheRarest()
    {
        string common = string.Concat(Enumerable.Repeat(" common words", 500));
        IEnumerable<string> texts = [common, string.Concat(Enumerable.Range(0, 5_000).Select(i => $" r{i}x{i * 7}")), common];
        BpeTrainer trainer = new(400, maxWords: 1_000);
        BpeTokenizer trained = trainer.Train(texts, threads: 3);
        Assert.Equal(trainer.Train(texts).Fingerprint, trained.Fingerprint);
        Assert.Equal(2, trained.CountTokens(" common words"));
        Assert.NotEqual(new BpeTrainer(400).Train(texts).Fingerprint, trained.Fingerprint);
    }

    [Fact]
    public void Constructor_NoRoomForBytes_SaysSo() =>
        Assert.Contains("no room", Assert.Throws<ConfigurationException>(() => new BpeTrainer(256)).Message, StringComparison.Ordinal);

    private static string Merge(JsonElement merge) =>
        merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}";

    /// <summary>Lines with their ends, which is what the library trains on.</summary>
    private static IEnumerable<string> Lines(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            yield return text[start..end];
            start = end;
        }
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("datapipeline-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
