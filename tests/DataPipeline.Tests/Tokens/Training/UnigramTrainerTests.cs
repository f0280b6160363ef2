using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tests.Tokens.Training;

public sealed class UnigramTrainerTests
{
    private const string Folder = "data/lm/";

    /// <summary>SentencePiece's own trainer begins with other pieces and adds in single precision, so tokens differ; how well they fit the text does not.</summary>
    [SentencePieceTheory(Folder + "sentencepiece/botchan.txt")]
    [InlineData(Folder + "sentencepiece/botchan.txt", 1_000)]
    [InlineData(Folder + "sentencepiece/wagahaiwa_nekodearu.txt", 6_000)]
    public void Train_RealText_FitsItAsWellAsSentencePiece(string file, int vocabulary)
    {
        using TemporaryFolder folder = new();
        string path = folder["corpus.txt"];
        File.WriteAllLines(path, File.ReadLines(SharedData.PathOf(file)));
        (long theirTokens, double theirScore) = SentencePiece(path, vocabulary, folder["spm"]);

        TrainedVocabulary trained = new UnigramTrainer(vocabulary, nfkc: false).Train(File.ReadLines(path), threads: 2);
        (long tokens, double score) = Best(trained, File.ReadLines(path));

        Assert.Equal(vocabulary, trained.Tokens.Count);
        Assert.True(tokens <= theirTokens * 1.01, $"{tokens} tokens, SentencePiece {theirTokens}");
        Assert.True(score >= theirScore * 1.01, $"log likelihood {score}, SentencePiece {theirScore}");
    }

    [SharedNodeTheory("tokenizers", Folder + "sentencepiece/botchan.txt")]
    [InlineData(Folder + "sentencepiece/botchan.txt", 2_000, true, false)]
    [InlineData(Folder + "sentencepiece/wagahaiwa_nekodearu.txt", 6_000, false, true)]
    public void Save_TrainedVocabulary_GivesTheIdsOfHuggingFace(string file, int vocabulary, bool byteFallback, bool keepWhitespace)
    {
        using TemporaryFolder folder = new();
        RandomTexts random = new(11);
        string[] lines = [.. File.ReadLines(SharedData.PathOf(file)), .. Enumerable.Range(0, 500).Select(_ => random.Text())];
        new UnigramTrainer(vocabulary, byteFallback: byteFallback, keepWhitespace: keepWhitespace).Train(lines.SkipLast(500), threads: 2).Save(folder["tokenizer.json"]);
        File.WriteAllLines(folder["texts.jsonl"], lines.Select(text => JsonSerializer.Serialize(new { text })));
        Tokenizer read = Tokenizer.Load(folder["tokenizer.json"]);

        string[] theirs = NodeOracle.Run("encode", folder["tokenizer.json"], folder["texts.jsonl"]);

        // Ways whose scores tie are decided alike as well.
        Assert.Equal(lines.Length, theirs.Length);
        Assert.Equal([], lines.Select((text, i) => (Text: text, Ours: $"[{string.Join(',', read.EncodeToIds(text, special: SpecialTokenHandling.Recognize))}]", Theirs: theirs[i])).Where(line => line.Ours != line.Theirs));
    }

    [Fact]
    public void Train_AnyThreads_GivesTheSameModel()
    {
        string[] texts = [.. Enumerable.Range(0, 5_000).Select(i => $"pieces of word{i % 97} and of lines {i}, \u6F22\u5B57{i % 13} unlike others")];
        UnigramTrainer trainer = new(200);

        Assert.Equal(trainer.Train(texts).Tokens, trainer.Train(texts, threads: 4).Tokens);
    }

    [Fact]
    public void Train_RepeatedWords_LearnsThem()
    {
        TrainedVocabulary trained = new UnigramTrainer(30, characterCoverage: 1).Train(Enumerable.Repeat("lighthouse keeper", 50).Concat(Enumerable.Repeat("keeper of light", 50)));

        Assert.Equal(["<unk>", "<s>", "</s>"], trained.Tokens.Take(3).Select(token => token.Text));
        Assert.Contains("\u2581keeper", trained.Tokens.Select(token => token.Text));
        Assert.All("lighthousekpr", letter => Assert.Contains(letter.ToString(), trained.Tokens.Select(token => token.Text)));
    }

    [Theory]
    [InlineData(1, -0.5772156649015329)]
    [InlineData(0.5, -1.9635100260214235)]
    [InlineData(10, 2.2517525890667211)]
    [InlineData(1e6, 13.815510057964191)]
    public void Digamma_KnownValues_AreExact(double x, double expected) => Assert.Equal(expected, UnigramPieces.Digamma(x), 1e-12);

    [Fact]
    public void Constructor_NoRoomOrNoUnknown_SaysSo()
    {
        Assert.Contains("no room", Assert.Throws<ConfigurationException>(() => new UnigramTrainer(200, byteFallback: true)).Message, StringComparison.Ordinal);
        Assert.Contains("<unk>", Assert.Throws<ConfigurationException>(() => new UnigramTrainer(specialTokens: ["<s>"])).Message, StringComparison.Ordinal);
    }

    /// <summary>Tokens and log likelihood of the most probable ways, by the plain dynamic programme over strings.</summary>
    private static (long Tokens, double Score) Best(TrainedVocabulary vocabulary, IEnumerable<string> texts)
    {
        Dictionary<string, double> scores = vocabulary.Tokens.Skip(3).Where(token => !token.Text.StartsWith("<0x", StringComparison.Ordinal)).ToDictionary(token => token.Text, token => token.Score);
        return Best(scores, texts);
    }

    private static (long Tokens, double Score) Best(Dictionary<string, double> scores, IEnumerable<string> texts)
    {
        double unknown = scores.Values.Min() - 10;
        long tokens = 0;
        double total = 0;
        foreach (IGrouping<string, string> word in texts.SelectMany(text => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).GroupBy(word => word))
        {
            string text = "\u2581" + word.Key;
            double[] best = new double[text.Length + 1];
            int[] count = new int[text.Length + 1];
            Array.Fill(best, double.NegativeInfinity, 1, text.Length);
            for (int from = 0; from < text.Length; from++)
            {
                for (int to = from + 1; to <= Math.Min(text.Length, from + 16); to++)
                {
                    double score = scores.TryGetValue(text[from..to], out double known) ? known : to == from + 1 ? unknown : double.NegativeInfinity;
                    if (best[from] + score > best[to])
                        (best[to], count[to]) = (best[from] + score, count[from] + 1);
                }
            }
            tokens += (long)count[^1] * word.Count();
            total += best[^1] * word.Count();
        }
        return (tokens, total);
    }

    /// <summary>The same by SentencePiece: its vocabulary, measured by the same programme.</summary>
    private static (long Tokens, double Score) SentencePiece(string corpus, int vocabulary, string prefix)
    {
        string code = $"import sentencepiece as s; s.SentencePieceTrainer.train(input='{corpus}', model_prefix='{prefix}', vocab_size={vocabulary}, model_type='unigram', "
            + "normalization_rule_name='identity', num_threads=2, minloglevel=2, max_sentence_length=1000000)";
        DebianPython.Run("", "-c", code);
        Dictionary<string, double> scores = File.ReadLines(prefix + ".vocab", Encoding.UTF8).Skip(3).Select(line => line.Split('\t'))
            .ToDictionary(fields => fields[0], fields => double.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture));
        return Best(scores, File.ReadLines(corpus));
    }
}

/// <summary>A theory that needs Debian's python3-sentencepiece and a file of ../shared.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SentencePieceTheoryAttribute : TheoryAttribute
{
    public SentencePieceTheoryAttribute(string needs) => Skip = DebianPython.Missing("sentencepiece") ?? SharedData.Missing(needs);
}

/// <summary>A theory that needs an npm package and a file of ../shared.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedNodeTheoryAttribute : TheoryAttribute
{
    public SharedNodeTheoryAttribute(string package, string needs) => Skip = new NodeFactAttribute(package, needs).Skip;
}
