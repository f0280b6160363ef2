using System.Security.Cryptography;
using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>
/// nanoGPT's run on Tiny Shakespeare by characters (g13): its random draws repeated in their order, so that our trainer sees its weights and batches. The
/// first steps are asserted, a second or so each ten; the evaluations from step 250 on and the losses behind step 50 take the whole run of minutes.
/// </summary>
public sealed class TinyShakespeareGoldenTests : IDisposable
{
    private const string Text = "data/lm/tinyshakespeare/input.txt";
    private const int Layers = 4, Width = 128, Length = 64, Rows = 12, Evaluations = 20;

    // The file has four digits.
    private const double Tolerance = 2e-4;
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g13_tinyshakespeare_char_run.json");
    private static readonly Gpt2Options shape = new(Layers, 4, Width, Length, bias: false, tanhGelu: false);
    private readonly string folder = Directory.CreateTempSubdirectory("shakespeare").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static (int[] Ids, int Vocabulary) Corpus()
    {
        string text = File.ReadAllText(SharedData.PathOf(Text));
        char[] letters = [.. text.Distinct().Order()];
        return ([.. text.Select(c => Array.BinarySearch(letters, c))], letters.Length);
    }

    [GoldenTheory]
    [InlineData(1337, 51)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    public void Run_NanoGptsWeightsAndBatches_ItsLosses(ulong seed, int steps)
    {
        JsonElement run = golden.GetProperty("measured").GetProperty("runs").EnumerateArray().Single(r => r.GetProperty("seed").GetUInt64() == seed);
        (int[] ids, int vocabulary) = Corpus();
        int split = ids.Length / 10 * 9 + ids.Length % 10 * 9 / 10;
        int[] train = ids[..split], validation = ids[split..];
        using var model = new Gpt2(shape, vocabulary, seed: null);
        Draw(model, vocabulary, seed);
        // The first training batch is drawn before the first evaluation, the others behind it.
        TokenBatch first = DrawBatch(train);
        TokenBatch[] trainSamples = [.. Enumerable.Range(0, Evaluations).Select(_ => DrawBatch(train))], validationSamples = [.. Enumerable.Range(0, Evaluations).Select(_ => DrawBatch(validation))];
        TokenBatch[] batches = [first, .. Enumerable.Range(1, steps - 1).Select(_ => DrawBatch(train))];

        double[] evaluation = run.GetProperty("eval")[0].Numbers();
        Assert.Equal(0, evaluation[0]);
        Near.Absolute(evaluation[1], Evaluator.Evaluate(model, trainSamples).Loss, Tolerance, "training loss before the first step");
        Near.Absolute(evaluation[2], Evaluator.Evaluate(model, validationSamples).Loss, Tolerance, "validation loss before the first step");
        var losses = new List<double>();
        var optimizer = new OptimizerOptions(learningRate: 1e-3, minLearningRate: 1e-4, warmupSteps: 100, decaySteps: 2000, beta1: 0.9, beta2: 0.99, weightDecay: 0.1, clipNorm: 1);
        using (var trainer = new Pretrainer(model, new Drawn(batches), null, new PretrainOptions(steps: steps), optimizer, folder) { Stepped = report => losses.Add(report.Loss) })
            trainer.Run();

        double[] everyFifty = run.GetProperty("train_loss_every_50").Numbers();
        for (int step = 0; step < steps; step += 50) Near.Absolute(everyFifty[step / 50], losses[step], Tolerance, $"loss of step {step}");
        if (run.TryGetProperty("train_loss_first_100", out JsonElement recorded))
            Near.Absolute(recorded.Numbers().AsSpan(0, steps), losses.ToArray(), Tolerance, "loss of a step");
    }

    [GoldenTheory]
    [InlineData(Text)]
    public void Corpus_AndItsFloors_AreThoseOfTheFile(string text)
    {
        JsonElement corpus = golden.GetProperty("corpus"), floors = golden.GetProperty("floors"), config = golden.GetProperty("config");
        byte[] bytes = File.ReadAllBytes(SharedData.PathOf(text));
        (int[] ids, int vocabulary) = Corpus();
        int train = corpus.GetProperty("train").GetInt32();
        Assert.Equal(
            [bytes.Length, bytes.Count(b => b == '\n'), vocabulary, ids.Length - train],
            new[] { "bytes", "lines", "vocab", "val" }.Select(key => corpus.GetProperty(key).GetInt32()));
        Assert.Equal(corpus.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Equal(config.GetProperty("params_total").GetInt64(), shape.Parameters(vocabulary));
        Assert.Equal(config.GetProperty("params_without_positions").GetInt64(), shape.Parameters(vocabulary) - Length * Width);

        var counts = new double[vocabulary];
        var pairs = new double[vocabulary, vocabulary];
        foreach (int id in ids.AsSpan(0, train)) counts[id]++;
        double unigram = ids.Skip(train).Average(id => -Math.Log(counts[id] / train));
        for (int i = 1; i < train; i++) pairs[ids[i - 1], ids[i]]++;
        counts[ids[train - 1]]--;
        double bigram = Enumerable.Range(train + 1, ids.Length - train - 1).Average(i => -Math.Log((pairs[ids[i - 1], ids[i]] + 1) / (counts[ids[i - 1]] + vocabulary)));
        Near.Absolute(floors.GetProperty("uniform").GetDouble(), Math.Log(vocabulary), 1e-12, "uniform");
        Near.Absolute(floors.GetProperty("unigram_entropy_nats").GetDouble(), unigram, 1e-6, "unigram");
        Near.Absolute(floors.GetProperty("bigram_nats_addone").GetDouble(), bigram, 1e-6, "bigram");
    }

    // PyTorch fills each layer as it makes it; nanoGPT then fills all of them again, the tied table twice and the residual outputs once more.
    private static void Draw(Gpt2 model, int vocabulary, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Tensor Weight(string name) => model.Weights.Single(w => w.Name == $"transformer.{name}.weight").Value;
        string[] matrices = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"];
        string[] all = ["wte", "wpe", .. Enumerable.Range(0, Layers).SelectMany(i => matrices.Select(name => $"h.{i}.{name}"))];
        manual_seed(seed);
        foreach (string name in all)
        {
            if (name is "wte" or "wpe") Weight(name).normal_();
            else Weight(name).uniform_();
        }
        empty([vocabulary, Width]).uniform_();
        foreach (string name in (string[])[.. all, "wte"]) Weight(name).normal_(0, 0.02);
        foreach (string name in all.Where(name => name.EndsWith("c_proj", StringComparison.Ordinal))) Weight(name).normal_(0, 0.02 / Math.Sqrt(2 * Layers));
        foreach (Weight norm in model.Weights.Where(w => w.Value.ndim == 1)) norm.Value.fill_(1);
    }

    private static readonly Operator randint = new("aten::randint");

    private static TokenBatch DrawBatch(int[] ids)
    {
        using var scope = NewDisposeScope();
        long[] starts = ((Tensor)randint.Invoke((long)(ids.Length - Length), new long[] { Rows })[0]!).to(int64).ToArray<long>();
        return new TokenBatch([.. starts.SelectMany(start => ids[(int)start..((int)start + Length + 1)])], Rows, new int[Rows]);
    }

    private sealed class Drawn(TokenBatch[] batches) : BatchSource
    {
        private int next;

        public override TokenBatch Next() => batches[next++];

        public override byte[] SavePosition() => [];

        public override void RestorePosition(byte[] position) { }
    }
}
