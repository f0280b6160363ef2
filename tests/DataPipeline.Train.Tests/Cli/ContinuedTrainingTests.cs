using System.Text.Json;
using DataPipeline.Tests.Cli;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests.Cli;

/// <summary>A model of one run goes on in others: its weights, or adapters beside them; and adapters are merged by hand.</summary>
public sealed class ContinuedTrainingTests : IDisposable
{
    private const string Base = """
        name: base
        seed: 5
        sources:
          books: { read: { books: { files: samples/books/*.txt } } }
        tokenizer: { train: { vocabulary_size: 512 } }
        shards: {}
        mix: { weights: { books: 1 }, validation: 0.05 }
        train:
          pretrain:
            model: { layers: 1, heads: 2, width: 32, context: 32 }
            batch: 4
            validation_samples: 4
            run: { steps: 20 }
            optimizer: { learning_rate: 3e-3, warmup_steps: 4 }
        """;

    private const string Continued = """
        name: more
        seed: 6
        from: [base]
        train:
          pretrain:
            continued: true
            batch: 4
            validation_samples: 4
            run: { steps: 20, checkpoint_interval: 8 }
            optimizer: { learning_rate: 3e-3, warmup_steps: 1 }
            sample_prompts: ["The tide"]
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("continued").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [TorchFact]
    public void Run_Continued_StartsFromTheModelAndTrainsWhatIsAskedFor()
    {
        CommandLine.CopySamples(folder);
        Write("base.yaml", Base);
        Run("run", "base.yaml", "--output", "base");
        double reached = Validation("base")[^1];
        double[] before = Weights("base");

        foreach ((string name, string adapters) in new[] { ("whole", ""), ("qlora", "lora: { rank: 2, quantize: true }"), ("bottleneck", "bottleneck: { width: 8 }") })
        {
            Write("more.yaml", Continued + $"\n    {adapters}\n");
            Run("run", "more.yaml", "--output", name);
            double[] losses = Validation(name);
            Near.Absolute(reached, losses[0], name == "qlora" ? 0.05 : 1e-9, $"{name}: loss before its first step");
            Assert.NotEqual(losses[0], losses[^1]);
            Assert.Equal(name == "bottleneck", before.SequenceEqual(Weights(name)));
            Assert.Equal(name == "bottleneck", File.Exists(Path.Combine(folder, name, "train.pretrain", "bottleneck.json")));
            // The model given is that which was validated.
            using LanguageModel model = Checkpoint.LoadModel(Path.Combine(folder, name, "train.pretrain"));
            Assert.Equal(name == "bottleneck", model.Bottleneck is not null);
        }
        Run("generate", "bottleneck", "--prompt", "The tide", "--tokens", "4");
    }

    [TorchTheory]
    [InlineData("continued: true", "start `from` a run that has one")]
    [InlineData("lora: { rank: 2 }", "set `continued: true`")]
    [InlineData("continued: true, model: { layers: 1 }", "leave `model` out")]
    public void Check_SettingsThatDoNotFit_SaysWhatToChange(string settings, string expected)
    {
        CommandLine.CopySamples(folder);
        string pretrain = Base[..Base.IndexOf("  pretrain:", StringComparison.Ordinal)] + $"  pretrain: {{ {settings} }}\n";
        Write("wrong.yaml", pretrain);
        (int exit, _, string error) = CommandLine.Run(folder, "check", "wrong.yaml");
        Assert.Equal(2, exit);
        Assert.Contains(expected, error);
    }

    [TorchFact]
    public void Merge_Adapter_WritesTheSumAndTheTokenizer()
    {
        CommandLine.CopySamples(folder);
        Write("base.yaml", Base);
        Run("run", "base.yaml", "--output", "base");
        string trained = Path.Combine(folder, "base", "train.pretrain"), adapter = Path.Combine(folder, "adapter"), merged = Path.Combine(folder, "merged");
        double[] expected;
        using (LanguageModel model = Checkpoint.LoadModel(trained))
        {
            var options = new LoraOptions(rank: 2, alpha: 6, targets: ["o_proj"]);
            Lora.Attach(model, options);
            using (torch.no_grad()) Lora.Adapters(model)[1].Value.normal_(0, 0.1);
            Lora.Save(adapter, model, options);
            expected = Logits(model);
        }

        Assert.Equal(2, CommandLine.Run(folder, "merge", "base", "--output", "merged").ExitCode);
        Run("merge", "base", "--adapter", "adapter", "--output", "merged", "--max-file-bytes", "40000");
        Assert.Equal(2, CommandLine.Run(folder, "merge", "base", "--adapter", "adapter", "--output", "merged").ExitCode);

        using (LanguageModel model = Checkpoint.LoadModel(merged)) Near.Absolute(expected, Logits(model), 1e-5, "logits");
        Assert.True(Directory.GetFiles(merged, "model-*.safetensors").Length > 1);
        Assert.Equal(File.ReadAllBytes(Path.Combine(trained, "tokenizer.json")), File.ReadAllBytes(Path.Combine(merged, "tokenizer.json")));
        Assert.Equal(Run("generate", "base", "--adapter", "adapter", "--prompt", "The", "--tokens", "8"), Run("generate", "merged", "--prompt", "The", "--tokens", "8"));
        AssertIsTheSum(trained, adapter, merged);
    }

    // W + alpha / r * B A by hand.
    private static void AssertIsTheSum(string trained, string adapter, string merged)
    {
        using var scope = torch.NewDisposeScope();
        const string Name = "model.layers.0.self_attn.o_proj.weight";
        Dictionary<string, Tensor> pair = Safetensors.Read(Path.Combine(adapter, "adapter_model.safetensors")).ToDictionary(w => w.Name, w => w.Value);
        double[] a = pair.Single(p => p.Key.Contains("lora_A")).Value.Values(), b = pair.Single(p => p.Key.Contains("lora_B")).Value.Values();
        double[] before = Safetensors.Read(Path.Combine(trained, "model.safetensors")).Single(w => w.Name == Name).Value.Values();
        double[] after = Directory.GetFiles(merged, "model-*.safetensors").SelectMany(file => Safetensors.Read(file)).Single(w => w.Name == Name).Value.Values();
        for (int row = 0; row < 32; row++)
            for (int column = 0; column < 32; column++)
            {
                double sum = b[row * 2] * a[column] + b[row * 2 + 1] * a[32 + column];
                Near.Absolute(before[row * 32 + column] + 3 * sum, after[row * 32 + column], 1e-6, $"row {row}, column {column}");
            }
    }

    private static double[] Logits(LanguageModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        return model.Forward(torch.tensor<long>([1, 5, 9, 30, 2], [1, 5])).Values();
    }

    private double[] Validation(string run) => [.. File.ReadLines(Path.Combine(folder, run, "train.pretrain", "log.jsonl")).Select(line => JsonElement.Parse(line))
        .Where(entry => entry.GetProperty("kind").GetString() == "validation" && entry.GetProperty("source").GetString() == "all").Select(entry => entry.GetProperty("loss").GetDouble())];

    private double[] Weights(string run)
    {
        using var scope = torch.NewDisposeScope();
        return [.. Safetensors.Read(Path.Combine(folder, run, "train.pretrain", "model.safetensors")).SelectMany(w => w.Value.Values())];
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private string Run(params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(folder, arguments);
        Assert.True(exit == 0, error);
        return output;
    }
}
