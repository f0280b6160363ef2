using System.Text.Json;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Train.Tests.Cli;

/// <summary>A mixture of experts is trained, then adapted in 4 bits, and the verbs read what came out.</summary>
public sealed class ModelVerbsTests : IDisposable
{
    private const string Pipeline = """
        name: tiny
        seed: 5
        sources:
          books: { read: { books: { files: samples/books/*.txt } } }
          preference: { read: { preference: { files: samples/preference/*.jsonl } } }
        tokenizer: { train: { vocabulary_size: 512 } }
        shards: {}
        mix: { weights: { books: 1 }, validation: 0.05 }
        train:
          pretrain:
            model: { llama: { layers: 1, heads: 2, kv_heads: 1, width: 32, context: 64, experts: { experts: 3 } } }
            batch: 4
            validation_samples: 4
            run: { steps: 20, eval_interval: 20 }
          dpo:
            held_out: 0.2
            run: { steps: 4, batch: 2 }
            lora: { rank: 2, quantize: true }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("verbs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Verbs_OnATrainedRun_GenerateAndMeasure()
    {
        CommandLine.CopySamples(_folder);
        File.WriteAllText(Path.Combine(_folder, "tiny.yaml"), Pipeline);
        Run("run", "tiny.yaml", "--output", "out");
        Assert.Contains("\"auxiliary\"", File.ReadAllText(Path.Combine(_folder, "out", "train.pretrain", "log.jsonl")));
        Assert.Contains("mixtral", File.ReadAllText(Path.Combine(_folder, "out", "train.dpo", "config.json")));

        string text = Run("generate", "out", "--prompt", "The tide", "--tokens", "30", "--seed", "4");
        Assert.Equal(text, Run("generate", "out", "--prompt", "The tide", "--tokens", "30", "--seed", "4"));
        Assert.NotEqual(text, Run("generate", "out", "--prompt", "The tide", "--tokens", "30", "--seed", "5"));
        File.WriteAllText(Path.Combine(_folder, "prompts.jsonl"), "{\"prompt\": \"One\"}\n{\"prompt\": \"你好，世界\"}\n{\"prompt\": \"Three of them\"}\n");
        string[] lines = Run("generate", "out", "--prompts", "prompts.jsonl", "--tokens", "8", "--chat", "--batch", "2").TrimEnd().Split('\n');
        Assert.Equal(["One", "你好，世界", "Three of them"], lines.Select(line => JsonElement.Parse(line).GetProperty("prompt").GetString()));
        Assert.Equal(lines, Run("generate", "out", "--prompts", "prompts.jsonl", "--tokens", "8", "--chat", "--batch", "1").TrimEnd().Split('\n'));

        JsonElement loss = JsonElement.Parse(Run("eval", "text", "out", "--on", "out", "--documents", "3", "--json"));
        JsonElement all = loss.GetProperty("all"), books = loss.GetProperty("books");
        Near.Absolute(all.GetProperty("nats").GetDouble() / all.GetProperty("bytes").GetInt64() / Math.Log(2), all.GetProperty("bits_per_byte").GetDouble(), 1e-12, "bits per byte");
        Assert.InRange(books.GetProperty("loss").GetDouble(), 1, Math.Log(512) + 0.5);

        File.WriteAllText(Path.Combine(_folder, "a_test.csv"), "Which is a sea?,the North Sea,a chair,red,nine,A\nTwo and two?,1,2,3,4,D\n");
        foreach (string form in (string[])["letters", "texts"])
            Assert.Equal(2, JsonElement.Parse(Run("eval", "choice", "out", "--on", "a_test.csv", "--form", form, "--json")).GetProperty("a_test").GetProperty("items").GetInt32());
        Assert.Contains("block 1", Run("eval", "lens", "out", "--text", "The tide"));

        Assert.Equal(2, CommandLine.Run(_folder, "generate", "out").ExitCode);
        Assert.Equal(2, CommandLine.Run(_folder, "generate", "out", "--prompt", "a", "--top-p", "2").ExitCode);
        Assert.Equal(3, CommandLine.Run(_folder, "generate", "samples", "--prompt", "a").ExitCode);
    }

    private string Run(params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, arguments);
        Assert.True(exit == 0, error);
        return output;
    }
}
