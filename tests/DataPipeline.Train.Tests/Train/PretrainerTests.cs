using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

public sealed class PretrainerTests : IDisposable
{
    private const int Vocabulary = 32;
    private static readonly LlamaOptions shape = new(layers: 2, heads: 2, kvHeads: 1, width: 32, context: 16);
    private static readonly OptimizerOptions optimizer = new(learningRate: 1e-2, minLearningRate: 1e-3, warmupSteps: 5);
    private readonly string folder = Directory.CreateTempSubdirectory("pretrainer").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Llama Model(ScalarType type = ScalarType.Float32) => new(shape, Vocabulary, seed: 3, type);

    private static LanguageModel ModelWithDropout(string family) => family switch
    {
        "gpt2" => new Gpt2(new Gpt2Options(layers: 2, heads: 2, width: 32, context: 16, dropout: 0.1, attentionDropout: 0.2), Vocabulary, seed: 3),
        "bloom" => new Bloom(new BloomOptions(layers: 2, heads: 2, width: 32, context: 16, dropout: 0.1, attentionDropout: 0.2), Vocabulary, seed: 3),
        _ => new Llama(shape with { dropout = 0.1, attentionDropout = 0.2 }, Vocabulary, seed: 3),
    };

    private static Gpt2 ModelWithDropout() => new(new Gpt2Options(layers: 2, heads: 2, width: 32, context: 16, dropout: 0.1), Vocabulary, seed: 3);

    private static CountingSource Source(int rows = 4) => new(rows, 17, Vocabulary);

    [TorchFact]
    public void Run_CountingText_LearnsItAndValidatesBySource()
    {
        using LanguageModel model = Model();
        var evaluations = new List<EvaluationReport>();
        var steps = new List<StepReport>();
        using var trainer = new Pretrainer(model, Source(), () => [Source().Batch(900), Source().Batch(901)], new PretrainOptions(steps: 60, evalInterval: 30), optimizer, folder)
        {
            Evaluated = evaluations.Add,
            Stepped = steps.Add,
        };

        TrainResult result = trainer.Run();

        Assert.True(result.Finished);
        Assert.Equal(60, steps.Count);
        Assert.Equal([0, 30, 60], evaluations.Select(e => e.Step));
        Near.Absolute(Math.Log(Vocabulary), evaluations[0].Loss, 0.1, "loss before training");
        Assert.True(evaluations[2].Loss < 1, $"loss after training {evaluations[2].Loss}");
        Assert.Equal([(0, 64L), (1, 64L)], evaluations[2].BySource.Select(s => (s.Source, s.Tokens)));
        Near.Absolute(evaluations[2].Loss, evaluations[2].BySource.Average(s => s.Loss), 1e-6, "mean of the sources");
        Assert.Equal(60L * 4 * 16, steps[^1].Tokens);
        Assert.Equal(evaluations[2].Loss, trainer.Best);
    }

    [TorchTheory]
    [InlineData("", OptimizerKind.AdamW, Precision.Float32)]
    [InlineData("gpt2", OptimizerKind.AdamW, Precision.Float32)]
    [InlineData("gpt2", OptimizerKind.Lion, Precision.Float32)]
    [InlineData("llama", OptimizerKind.Muon, Precision.Float32)]
    [InlineData("bloom", OptimizerKind.AdamW, Precision.Bfloat16)]
    [InlineData("", OptimizerKind.AdamW, Precision.Bfloat16)]
    public void Resume_StoppedAnywhere_GivesTheBytesOfAnUninterruptedRun(string dropout, OptimizerKind kind, Precision precision)
    {
        LanguageModel Make() => dropout.Length > 0 ? ModelWithDropout(dropout) : Model();
        OptimizerOptions optimizer = PretrainerTests.optimizer with { kind = kind };
        var options = new PretrainOptions(steps: 12, evalInterval: 5, checkpointInterval: 4, precision: precision);
        string whole = Path.Combine(folder, "whole"), parts = Path.Combine(folder, "parts");
        var wholeLosses = new List<double>();
        using (LanguageModel model = Make())
        using (var trainer = new Pretrainer(model, Source(), () => [Source().Batch(900)], options, optimizer, whole) { Stepped = r => wholeLosses.Add(r.Loss) })
            trainer.Run();

        var losses = new List<double>();
        foreach (int stopAt in (int[])[3, 7, 12])
        {
            using var stop = new CancellationTokenSource();
            using LanguageModel model = Make();
            // A new process would not have the generator where this one left it.
            torch.manual_seed((ulong)stopAt);
            using var trainer = new Pretrainer(model, Source(), () => [Source().Batch(900)], options, optimizer, parts)
            {
                Stepped = r =>
                {
                    losses.Add(r.Loss);
                    if (r.Step == stopAt) stop.Cancel();
                },
            };
            trainer.Resume();
            Assert.Equal(stopAt == 12, trainer.Run(stop.Token).Finished);
        }

        Assert.Equal(wholeLosses, losses);
        string[] files = ["model.safetensors", "optimizer.safetensors", "trainer.json", "config.json"];
        foreach (string file in files)
            Assert.True(
                File.ReadAllBytes(Path.Combine(whole, "step-00000012", file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(parts, "step-00000012", file))),
                $"{file} differs after resuming");
    }

    [TorchFact]
    public void Accumulate_FourBatches_EqualsTheBigBatchByTokens()
    {
        CountingSource small = Source(rows: 2);
        TokenBatch[] parts = [.. Enumerable.Range(0, 4).Select(i => small.Batch((ulong)i))];
        // Padding makes the parts weigh differently: a mean of means would be off.
        for (int i = 5; i < 17; i++) parts[1].Tokens[i] = -1;
        for (int i = 2; i < 17; i++) parts[3].Tokens[17 + i] = -1;
        var big = new TokenBatch([.. parts.SelectMany(p => p.Tokens)], 8, [.. parts.SelectMany(p => p.Sources)]);

        double[][] Train(BatchSource source, int accumulate)
        {
            using LanguageModel model = Model(ScalarType.Float64);
            using var trainer = new Pretrainer(model, source, null, new PretrainOptions(steps: 3, accumulate: accumulate), optimizer, Path.Combine(folder, $"by{accumulate}"));
            trainer.Run();
            return [.. model.Weights.Select(w => w.Value.Values())];
        }
        double[][] one = Train(new Repeating([big]), 1), four = Train(new Repeating(parts), 4);

        for (int i = 0; i < one.Length; i++) Near.Absolute(one[i], four[i], 1e-11, $"weight {i}");
    }

    [TorchFact]
    public void Run_TwoTorchThreadSettings_SameThreadsSameBits()
    {
        byte[] Train(string name)
        {
            using LanguageModel model = Model();
            using var trainer = new Pretrainer(model, Source(rows: 16), null, new PretrainOptions(steps: 5, torchThreads: 2), optimizer, Path.Combine(folder, name));
            return File.ReadAllBytes(Path.Combine(trainer.Run().Checkpoint, "model.safetensors"));
        }

        Assert.Equal(Train("a"), Train("b"));
        torch.set_num_threads(1);
    }

    [TorchFact]
    public void Run_LossIsNotANumber_StopsNamingTheStep()
    {
        using LanguageModel model = Model();
        using var trainer = new Pretrainer(model, Source(), null, new PretrainOptions(steps: 20), new OptimizerOptions(learningRate: 1e-2, warmupSteps: 0), folder)
        {
            Stepped = r =>
            {
                if (r.Step != 2) return;
                using var off = torch.no_grad();
                model.Weights[3].Value.fill_(double.NaN);
            },
        };

        InputException error = Assert.Throws<InputException>(() => trainer.Run());

        Assert.Contains("diverged at step 3 of 20: the loss is NaN", error.Message);
        Assert.Contains("learning_rate", error.Message);
    }

    [TorchFact]
    public void Run_TokenBeyondTheVocabulary_NamesTheToken()
    {
        using LanguageModel model = Model();
        using var trainer = new Pretrainer(model, new Repeating([new TokenBatch([1, 2, Vocabulary + 5], 1, [0])]), null, new PretrainOptions(steps: 1), optimizer, folder);

        Assert.Contains("token id 37 is not one of the model's 32", Assert.Throws<InputException>(() => trainer.Run()).Message);
    }

    [TorchFact]
    public void Run_ManyCheckpoints_KeepsTheNewestAndNoHalfOnes()
    {
        using LanguageModel model = Model();
        using var trainer = new Pretrainer(model, Source(), null, new PretrainOptions(steps: 7, checkpointInterval: 2, keepCheckpoints: 2), optimizer, folder);

        trainer.Run();

        Assert.Equal(["step-00000006", "step-00000007"], Directory.GetDirectories(folder).Select(d => Path.GetFileName(d)!).Order());
    }

    [TorchFact]
    public void Forward_DocumentMask_EqualsDocumentsApart()
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        using LanguageModel model = Model(ScalarType.Float64);
        Tensor first = torch.tensor<long>([1, 2, 3, 4, 5], [1, 5]), second = torch.tensor<long>([9, 8, 7], [1, 3]), packed = torch.cat([first, second], 1);

        Tensor together = model.Forward(packed, torch.tensor<int>([0, 0, 0, 0, 0, 1, 1, 1], [1, 8]));

        // Rotary positions are relative, so a document reads the same wherever it begins.
        Near.Absolute(model.Forward(first).Values(), together.narrow(1, 0, 5).Values(), 1e-12, "first");
        Near.Absolute(model.Forward(second).Values(), together.narrow(1, 5, 3).Values(), 1e-12, "second");
    }

    [TorchFact]
    public void LoadModel_SavedModel_GivesTheSameLogits()
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        Tensor tokens = torch.tensor<long>([1, 2, 3], [1, 3]);
        foreach (LanguageModel model in (LanguageModel[])[Model(), ModelWithDropout()])
        {
            using (model)
            {
                string path = Path.Combine(folder, (string)model.Config["model_type"]!);
                Checkpoint.SaveModel(path, model);
                using LanguageModel loaded = Checkpoint.LoadModel(path);
                Assert.Equal(model.Forward(tokens).Values(), loaded.Forward(tokens).Values());
            }
        }
    }

    [TorchFact]
    public void LoadModel_PublishedGpt2Names_AreUnderstood()
    {
        using var scope = torch.NewDisposeScope();
        using Gpt2 model = ModelWithDropout();
        string path = Path.Combine(folder, "published");
        Checkpoint.SaveModel(path, model);
        string file = Path.Combine(path, "model.safetensors");
        IReadOnlyList<Weight> weights = Safetensors.Read(file);
        Assert.Equal([32L, 96], weights.Single(w => w.Name == "transformer.h.0.attn.c_attn.weight").Value.shape);
        Safetensors.Write(file, [.. weights.Select(w => w with { Name = w.Name["transformer.".Length..] }), new Weight("h.0.attn.bias", torch.ones([1, 1, 16, 16])), new Weight("lm_head.weight", weights[0].Value)]);

        using LanguageModel loaded = Checkpoint.LoadModel(path);

        Tensor tokens = torch.tensor<long>([1, 2, 3], [1, 3]);
        using (torch.no_grad()) Assert.Equal(model.Forward(tokens).Values(), loaded.Forward(tokens).Values());
    }

    [TorchFact]
    public void LoadModel_OtherShapeOrTornFile_NamesTheTensorOrTheOffset()
    {
        using LanguageModel model = Model();
        string path = Path.Combine(folder, "saved"), file = Path.Combine(path, "model.safetensors");
        Checkpoint.SaveModel(path, model);
        using var wider = new Llama(shape with { feedForward = 192 }, Vocabulary);
        Assert.Contains("'model.layers.0.mlp.gate_proj.weight' is [", Assert.Throws<InputException>(() => Checkpoint.LoadWeights(path, wider)).Message);

        using (FileStream torn = File.OpenWrite(file)) torn.SetLength(torn.Length - 100);
        Assert.Contains(file, Assert.Throws<InputException>(() => Checkpoint.LoadModel(path)).Message);
    }

    [TorchFact]
    public void Resume_HalfWrittenCheckpoint_GoesOnFromTheWholeOne()
    {
        using (LanguageModel model = Model())
        using (var trainer = new Pretrainer(model, Source(), null, new PretrainOptions(steps: 4), optimizer, folder)) trainer.Run();
        Directory.CreateDirectory(Path.Combine(folder, "step-00000006.part"));
        File.WriteAllText(Path.Combine(folder, "step-00000006.part", "model.safetensors"), "torn");

        using LanguageModel again = Model();
        using var longer = new Pretrainer(again, Source(), null, new PretrainOptions(steps: 6), optimizer, folder);

        Assert.True(longer.Resume());
        Assert.Equal(4, longer.Step);
        Assert.EndsWith("step-00000006", longer.Run().Checkpoint);
        Assert.Empty(Directory.GetDirectories(folder, "*.part"));
    }

    [TorchFact]
    public void Constructor_SameSeed_SameWeightsAndTorchStateUntouched()
    {
        using var scope = torch.NewDisposeScope();
        byte[] before = torch.get_rng_state().ToArray<byte>();
        using Llama first = new(shape, Vocabulary, seed: 1), second = new(shape, Vocabulary, seed: 1), other = new(shape, Vocabulary, seed: 2);

        Assert.Equal(before, torch.get_rng_state().ToArray<byte>());
        Assert.Equal(first.Weights[0].Value.Values(), second.Weights[0].Value.Values());
        Assert.NotEqual(first.Weights[0].Value.Values(), other.Weights[0].Value.Values());
        double[] values = first.Weights[0].Value.Values();
        Near.Absolute(0.02, Math.Sqrt(values.Average(v => v * v)), 0.002, "standard deviation");
    }

    private sealed class Repeating(TokenBatch[] batches) : BatchSource
    {
        private int next;

        public override TokenBatch Next() => batches[next++ % batches.Length];

        public override byte[] SavePosition() => [];

        public override void RestorePosition(byte[] position) => next = 0;
    }
}
