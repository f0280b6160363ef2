using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Filters;

public sealed class FastTextTrainerTests : IDisposable
{
    private static readonly FastTextArguments Small = new() { Dim = 20, Epoch = 8, Bucket = 5000 };
    private static readonly FastTextTraining Fast = new() { LearningRate = 0.5 };
    private static readonly string[] Train = [.. Sentences(0, 1500)], Test = [.. Sentences(1500, 500)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, FastTextArguments> Models => new()
    {
        { "softmax", "-loss softmax -bucket 0", Small },
        { "words", "-loss softmax -wordNgrams 3 -bucket 5000", Small with { WordNGrams = 3 } },
        { "characters", "-loss hs -minn 1 -maxn 4 -bucket 5000", Small with { Loss = FastTextLoss.HierarchicalSoftmax, MinN = 1, MaxN = 4 } },
        { "both", "-loss ns -minn 2 -maxn 3 -wordNgrams 2 -bucket 5000", Small with { Loss = FastTextLoss.NegativeSampling, MinN = 2, MaxN = 3, WordNGrams = 2 } },
        { "all", "-loss ova -bucket 0 -minCount 3", Small with { Loss = FastTextLoss.OneVersusAll, MinCount = 3 } },
    };

    [FastTextTheory]
    [MemberData(nameof(Models))]
    public void Train_EveryKind_IsAsGoodAsFastTextAndItsProgramReadsTheFile(string name, string options, FastTextArguments arguments)
    {
        File.WriteAllLines(_folder["train.txt"], Train);
        File.WriteAllLines(_folder["test.txt"], Test);
        TrainedClassifier ours = new FastTextTrainer(arguments, Fast).Train(Blocks);
        ours.Save(_folder[name + ".bin"]);
        TrainedClassifier small = ours.Quantize(new FastTextQuantization { Cutoff = 900, SeparateLengths = true, Output = true }, Fast with { LearningRate = 0.2 }, Blocks);
        small.Save(_folder[name + ".ftz"]);
        FastTextProgram.Run(["supervised", "-input", _folder["train.txt"], "-output", _folder["theirs"], "-thread", "1", "-verbose", "0", "-dim", "20", "-epoch", "8", "-lr", "0.5", .. options.Split(' ')]);

        // Their initial rows are zero but for a tenth, so theirs may be worse; ours may not.
        double theirs = Recall(_folder["theirs.bin"]);
        Assert.True(theirs > 0.5);
        Assert.InRange(Recall(_folder[name + ".bin"]), theirs - 0.01, 1);
        Assert.InRange(Recall(_folder[name + ".ftz"]), theirs - 0.05, 1);
        SamePredictions(_folder[name + ".bin"], ours.ToModel());
        SamePredictions(_folder[name + ".ftz"], FastTextModel.Load(_folder[name + ".ftz"]));
    }

    [Theory]
    [InlineData(FastTextLoss.Softmax)]
    [InlineData(FastTextLoss.HierarchicalSoftmax)]
    [InlineData(FastTextLoss.NegativeSampling)]
    [InlineData(FastTextLoss.OneVersusAll)]
    public void Train_AnyThreads_GivesTheSameBytes(FastTextLoss loss)
    {
        // Wide enough for steps that several threads share.
        FastTextArguments arguments = Small with { Dim = 200, Epoch = 2, MinN = 2, MaxN = 4, Loss = loss };
        byte[] one = Bytes(new FastTextTrainer(arguments, Fast).Train(Blocks));
        Assert.Equal(one, Bytes(new FastTextTrainer(arguments, Fast with { Threads = 3 }).Train(Blocks)));
        Assert.NotEqual(one, Bytes(new FastTextTrainer(arguments, Fast with { Seed = new Seed(1) }).Train(Blocks)));
    }

    [Fact]
    public void Train_BlocksCutElsewhere_GiveTheSameBytes()
    {
        byte[] whole = Bytes(new FastTextTrainer(Small, Fast).Train(Blocks));
        Assert.Equal(whole, Bytes(new FastTextTrainer(Small, Fast).Train(() => Train.Chunk(7).Select(lines => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")))));
    }

    [Fact]
    public void Train_PretrainedVectors_AreWhereWordsStart()
    {
        File.WriteAllText(_folder["words.vec"], "2 4\nriver 1 2 3 4\nunseen 5 6 7 8\n");
        var trainer = new FastTextTrainer(new FastTextArguments { Dim = 4 }, new FastTextTraining { LearningRate = 0, PretrainedVectors = _folder["words.vec"] });
        byte[] file = Bytes(trainer.Train(() => [Encoding.UTF8.GetBytes("__label__a river\n__label__b other\n")]));
        Assert.True(file.AsSpan().IndexOf(Vector(1, 2, 3, 4)) > 0);
        Assert.True(file.AsSpan().IndexOf(Vector(5, 6, 7, 8)) > 0);
        Assert.True(file.AsSpan().IndexOf("unseen\0"u8) > 0);

        static byte[] Vector(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
    }

    [Theory]
    [InlineData("no label here\n", "has no label")]
    [InlineData("", "has no label")]
    public void Train_TextWithoutLabels_IsAnInputException(string text, string message)
    {
        var error = Assert.Throws<InputException>(() => new FastTextTrainer(Small, Fast).Train(() => [Encoding.UTF8.GetBytes(text)]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Blocks() => [Encoding.UTF8.GetBytes(string.Join('\n', Train))];

    private static byte[] Bytes(TrainedClassifier trained)
    {
        var stream = new MemoryStream();
        trained.Save(stream);
        return stream.ToArray();
    }

    private double Recall(string model)
    {
        string[] lines = FastTextProgram.Run("test", model, _folder["test.txt"]).Split('\n');
        var ours = new ClassifierScore(FastTextModel.Load(model));
        foreach (string line in Test)
            ours.Add(Encoding.UTF8.GetBytes(line));
        double theirs = double.Parse(lines[2].Split('\t')[1], CultureInfo.InvariantCulture);
        Assert.Equal(theirs, ours.Recall, 2e-3);
        Assert.Equal($"N\t{ours.Lines}", lines[0]);
        return theirs;
    }

    private void SamePredictions(string path, FastTextModel model)
    {
        string[] expected = FastTextProgram.Run("predict-prob", path, _folder["test.txt"], "2", "0.1").TrimEnd('\n').Split('\n');
        Assert.Equal(Test.Length, expected.Length);
        int same = 0;
        for (int i = 0; i < Test.Length; i++)
        {
            string[] fields = expected[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            IReadOnlyList<Prediction> ours = model.Predict(Test[i], 2, 0.1);
            Assert.InRange(ours.Count, fields.Length / 2 - 1, fields.Length / 2 + 1);
            for (int j = 0; j < Math.Min(ours.Count, fields.Length / 2); j++)
            {
                double score = double.Parse(fields[2 * j + 1], CultureInfo.InvariantCulture);
                Assert.Equal(score, ours[j].Score, Math.Max(1e-5, score * 1e-5));
                same += fields[2 * j] == "__label__" + ours[j].Label ? 1 : 0;
            }
        }
        // Scores of the logistic losses tie often; fastText leaves their order to its heap.
        Assert.True(same > expected.Sum(line => line.Split(' ').Length / 2) * 0.98, $"{same}");
    }

    /// <summary>Sentences of made-up languages: letters and words of each with a chance of their own, some shared by all.</summary>
    private static IEnumerable<string> Sentences(int from, int count)
    {
        Seed seed = new Seed(7).For("sentences");
        for (int i = from; i < from + count; i++)
        {
            Seed chance = seed.For((ulong)i);
            int language = i % 6;
            IEnumerable<string> words = Enumerable.Range(0, 3 + i % 5).Select(word =>
            {
                ulong number = chance.Number((ulong)word);
                int kind = (int)(number % 10 < 4 ? number % 97 % 6 : (ulong)language), bits = (int)(number >> 40);
                return $"{"kélmoßи"[(kind + bits % 2) % 7]}{"aeiouy"[kind]}{(char)('b' + bits % 12)}{"ns漢"[bits / 12 % 3]}";
            });
            yield return $"__label__l{language} {string.Join(' ', words)}";
        }
    }
}
