using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

public sealed class LoraTests : IDisposable
{
    private const int Vocabulary = 32;
    private readonly string _folder = Directory.CreateTempSubdirectory("lora").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LanguageModel Make(string family) => family switch
    {
        "gpt2" => new Gpt2(new Gpt2Options(2, 2, 32, 16), Vocabulary, 3),
        "mixtral" => new Llama(new LlamaOptions(1, 2, width: 32, context: 16, experts: new ExpertOptions(3, 2)), Vocabulary, 3),
        _ => new Llama(new LlamaOptions(2, 4, 2, 32, 16), Vocabulary, 3),
    };

    private static double[] Logits(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return model.Forward(tensor<long>([1, 5, 9, 30, 2], [1, 5])).Values();
    }

    private Pretrainer Trainer(LanguageModel model, string name, int steps) => new(
        model, new CountingSource(4, 17, Vocabulary), null, new PretrainOptions(steps: steps, checkpointInterval: 5), new OptimizerOptions(learningRate: 3e-2, warmupSteps: 2), Path.Combine(_folder, name));

    [TorchTheory]
    [InlineData("gpt2", false)]
    [InlineData("llama", false)]
    [InlineData("mixtral", false)]
    [InlineData("llama", true)]
    public void Train_Adapters_LearnWhileTheModelStaysAndMergeIntoIt(string family, bool quantize)
    {
        using LanguageModel model = Make(family), other = Make(family);
        var options = new LoraOptions(rank: 4, alpha: 8, quantize: quantize);
        double[] before = Logits(model);
        IReadOnlyList<Weight> adapters = Lora.Attach(model, options);
        Near.Absolute(before, Logits(model), quantize ? 0.1 : 0, "new adapters");
        double[][] frozen = [.. model.Weights.Select(w => w.Value.Values())];
        Assert.All(model.Linears, linear => Assert.Equal(quantize, linear.Weight.numel() == 0));

        var losses = new List<double>();
        using (var trainer = new Pretrainer(model, new CountingSource(4, 17, Vocabulary), null, new PretrainOptions(steps: 40), new OptimizerOptions(learningRate: 3e-2, warmupSteps: 2), _folder) { Stepped = r => losses.Add(r.Loss) })
            trainer.Run();

        // The output matrix of a new model stays, whose small numbers bound the logits.
        Assert.True(losses[^1] < losses[0] - 0.08, $"{losses[0]} -> {losses[^1]}");
        Assert.Equal(frozen, model.Weights.Select(w => w.Value.Values()));
        Assert.All(adapters.Where(a => a.Name.Contains("lora_B") && !a.Name.Contains("experts")), a => Assert.NotEqual(0, a.Value.norm().item()));
        double[] trained = Logits(model);
        Lora.Save(Path.Combine(_folder, "adapter"), model, options);
        Lora.Merge(model);
        Near.Absolute(trained, Logits(model), 1e-5, "merged");
        Assert.Empty(Lora.Adapters(model));

        Lora.Load(Path.Combine(_folder, "adapter"), other);
        Near.Absolute(trained, Logits(other), quantize ? 0.5 : 2e-5, "read");
    }

    [TorchFact]
    public void Resume_Adapters_GivesTheBytesOfAnUninterruptedRun()
    {
        using (LanguageModel model = Make("llama"))
        {
            Lora.Attach(model, new LoraOptions(rank: 2));
            using Pretrainer trainer = Trainer(model, "whole", 10);
            trainer.Run();
        }
        using (LanguageModel model = Make("llama"))
        {
            Lora.Attach(model, new LoraOptions(rank: 2));
            using Pretrainer trainer = Trainer(model, "parts", 10);
            using var stop = new CancellationTokenSource();
            stop.Cancel();
            trainer.Run(stop.Token);
        }
        using (LanguageModel model = Make("llama"))
        {
            Lora.Attach(model, new LoraOptions(rank: 2));
            using Pretrainer trainer = Trainer(model, "parts", 10);
            Assert.True(trainer.Resume());
            trainer.Run();
        }
        foreach (string file in (string[])["adapter_model.safetensors", "optimizer.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "whole", "step-00000010", file)), File.ReadAllBytes(Path.Combine(_folder, "parts", "step-00000010", file)));
        Assert.False(File.Exists(Path.Combine(_folder, "whole", "step-00000010", "model.safetensors")));
    }

    [TorchFact]
    public void Attach_Targets_AdaptsThoseAlone()
    {
        using LanguageModel model = Make("llama");
        IReadOnlyList<Weight> adapters = Lora.Attach(model, new LoraOptions(rank: 2, targets: ["q_proj", "v_proj"]));
        Assert.Equal(8, adapters.Count);
        Assert.All(adapters, a => Assert.Contains("_proj.lora_", a.Name));
        Assert.Contains("down_proj", Assert.Throws<ConfigurationException>(() => Lora.Attach(model, new LoraOptions(targets: ["qproj"]))).Message);
    }

    [TorchFact]
    public void Quantize_AMatrix_TakesHalfAByteANumberAndAScale()
    {
        using var scope = NewDisposeScope();
        Tensor weight = randn([64, 128]);
        using var matrix = new Nf4Matrix(weight);
        Assert.Equal(64 * 128 / 2 + 4 * 64 * 128 / 64, matrix.Bytes);
        // The widest gap of the levels is 0.304 of the scale, so that no number is off by more than half of it.
        Tensor scales = weight.view(-1, 64).abs().topk(1).Values, off = (matrix.Dequantized(float32) - weight).view(-1, 64).abs().topk(1).Values;
        Assert.True((off / scales).max().item() <= 0.1520, $"{(off / scales).max().item()}");
    }

    [TorchFact]
    public void Run_AMixture_TrainsItsRouterByTheBalanceLoss()
    {
        double[] Balance(double weight)
        {
            using var model = new Llama(new LlamaOptions(1, 2, width: 32, context: 16, experts: new ExpertOptions(4, 1, balanceWeight: weight, routerZWeight: 1e-3)), Vocabulary, 3);
            var reports = new List<StepReport>();
            using (var trainer = new Pretrainer(model, new CountingSource(4, 17, Vocabulary), null, new PretrainOptions(steps: 30, accumulate: 2), new OptimizerOptions(learningRate: 1e-2), Path.Combine(_folder, weight.ToString())) { Stepped = reports.Add })
                trainer.Run();
            Assert.All(reports, r => Assert.Equal(["balance", "router_z"], r.Auxiliary.Keys));
            return [.. reports.Select(r => r.Auxiliary["balance"] / weight)];
        }

        double[] balanced = Balance(1), left = Balance(1e-9);

        // 1 is perfect balance. The same batch is scored at the end by both.
        Assert.InRange(balanced[^1], 0.99, 1.1);
        Assert.True(left[^1] > balanced[^1], $"{left[^1]} with next to no weight, {balanced[^1]} with one");
    }
}
