using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

public sealed class BottleneckTests : IDisposable
{
    private const int Vocabulary = 32;
    private readonly string folder = Directory.CreateTempSubdirectory("bottleneck").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static LanguageModel Make(string family) => family switch
    {
        "gpt2" => new Gpt2(new Gpt2Options(2, 2, 32, 16), Vocabulary, 3),
        "openai-gpt" => new Gpt2(new Gpt2Options(2, 2, 32, 16, postNorm: true), Vocabulary, 3),
        "bloom" => new Bloom(new BloomOptions(2, 2, 32, 16), Vocabulary, 3),
        "mixtral" => new Llama(new LlamaOptions(1, 2, width: 32, context: 16, experts: new ExpertOptions(3, 2)), Vocabulary, 3),
        _ => new Llama(new LlamaOptions(2, 4, 2, 32, 16), Vocabulary, 3),
    };

    private static double[] Logits(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return model.Forward(tensor<long>([1, 5, 9, 30, 2], [1, 5])).Values();
    }

    private Pretrainer Trainer(LanguageModel model, string name, int steps, bool keepBest = false) => new(
        model, new CountingSource(4, 17, Vocabulary), keepBest ? () => [new CountingSource(4, 17, Vocabulary).Batch(900)] : null,
        new PretrainOptions(steps: steps, checkpointInterval: 5, evalInterval: 5, keepBest: keepBest), new OptimizerOptions(learningRate: 3e-2, warmupSteps: 2), Path.Combine(folder, name));

    [TorchTheory]
    [InlineData("gpt2")]
    [InlineData("openai-gpt")]
    [InlineData("bloom")]
    [InlineData("llama")]
    [InlineData("mixtral")]
    public void Train_Adapters_LearnWhileTheModelStaysAndAreReadAgain(string family)
    {
        using LanguageModel model = Make(family);
        // Behind layers that compute nothing yet, adapters have nothing to adapt.
        using (Pretrainer trainer = Trainer(model, "before", 15)) trainer.Run();
        double[] before = Logits(model);
        IReadOnlyList<Weight> adapters = Bottleneck.Attach(model, new BottleneckOptions(width: 8, BottleneckActivation.Silu));
        Assert.Equal(before, Logits(model));
        double[][] frozen = [.. model.Weights.Select(w => w.Value.Values())];
        Assert.Equal((family == "mixtral" ? 1 : 2) * 2 * (2 * 8 * 32 + 8 + 32), model.Trained.Sum(w => w.Value.numel()));

        double Loss() => Evaluator.Evaluate(model, [new CountingSource(4, 17, Vocabulary).Batch(900)]).Loss;
        double loss = Loss();
        using (Pretrainer trainer = Trainer(model, "adapters", 40)) trainer.Run();

        Assert.True(Loss() < loss - 0.005, $"{loss} -> {Loss()}");
        Assert.Equal(frozen, model.Weights.Select(w => w.Value.Values()));
        Assert.All(adapters, a => Assert.NotEqual(0, a.Value.norm().item()));
        string saved = Path.Combine(folder, "saved");
        Checkpoint.SaveModel(saved, model);
        using LanguageModel read = Checkpoint.LoadModel(saved);
        Assert.Equal(Logits(model), Logits(read));
        Assert.NotEqual(before, Logits(read));
        Assert.Equal(adapters.Select(a => a.Name), read.Trained.Select(w => w.Name));
        Assert.Contains("cannot be merged", Assert.Throws<ConfigurationException>(() => Bottleneck.Attach(read, new BottleneckOptions())).Message);
    }

    [TorchTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Resume_Adapters_GivesTheBytesOfAnUninterruptedRun(bool withLora)
    {
        byte[] Train(string name, params int[] stops)
        {
            string result = "";
            foreach (int stopAt in stops)
            {
                using var stop = new CancellationTokenSource();
                if (stopAt == 0) stop.Cancel();
                using LanguageModel model = Make("llama");
                Bottleneck.Attach(model, new BottleneckOptions(width: 4));
                if (withLora) Lora.Attach(model, new LoraOptions(rank: 2));
                using Pretrainer trainer = Trainer(model, name, 10, keepBest: true);
                trainer.Resume();
                result = trainer.Run(stop.Token).Model;
            }
            Assert.Equal(withLora, File.Exists(Path.Combine(result, "adapter_model.safetensors")));
            Assert.False(File.Exists(Path.Combine(result, "model.safetensors")));
            Assert.EndsWith("best", result);
            return File.ReadAllBytes(Path.Combine(result, "bottleneck.safetensors"));
        }
        Assert.Equal(Train("whole", 10), Train("parts", 0, 10));
    }

    [TorchFact]
    public void Merge_BottleneckBesideLora_MergesTheOneAndKeepsTheOther()
    {
        using LanguageModel model = Make("gpt2");
        Bottleneck.Attach(model, new BottleneckOptions(width: 4));
        Lora.Attach(model, new LoraOptions(rank: 2));
        using (Pretrainer trainer = Trainer(model, "both", 10)) trainer.Run();
        double[] trained = Logits(model);

        Lora.Merge(model);
        string saved = Path.Combine(folder, "saved");
        Checkpoint.SaveModel(saved, model);

        using LanguageModel read = Checkpoint.LoadModel(saved);
        Near.Absolute(trained, Logits(read), 1e-5, "logits");
        Assert.All(read.Trained, weight => Assert.StartsWith("adapters.", weight.Name));
    }

    [TorchFact]
    public void LoadModel_OtherActivation_SaysWhichThereAre()
    {
        using LanguageModel model = Make("gpt2");
        Bottleneck.Attach(model, new BottleneckOptions());
        string saved = Path.Combine(folder, "saved"), config = Path.Combine(saved, "bottleneck.json");
        Checkpoint.SaveModel(saved, model);
        File.WriteAllText(config, File.ReadAllText(config).Replace("gelu", "mish"));
        Assert.Contains("'mish' is not gelu, relu or silu", Assert.Throws<InputException>(() => Checkpoint.LoadModel(saved)).Message);
    }
}
