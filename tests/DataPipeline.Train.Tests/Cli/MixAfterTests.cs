using System.Text.Json;
using DataPipeline.Runs;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Train.Tests.Cli;

/// <summary>A second run with another mix goes on in each source where the first one's training ended.</summary>
public sealed class MixAfterTests : IDisposable
{
    private const string First = """
        name: first
        seed: 5
        sources:
          dialogue: { read: { messages: { files: samples/dialogue/*.jsonl } } }
          books: { read: { books: { files: samples/books/*.txt } } }
        tokenizer: { train: { vocabulary_size: 512 } }
        shards: {}
        mix: { weights: { dialogue: 0.7, books: 0.3 }, validation: 0.05 }
        train:
          pretrain:
            model: { layers: 1, heads: 2, width: 16, context: 32 }
            batch: 4
            validation_samples: 1
            run: { steps: 9, eval_interval: 0, checkpoint_interval: 0 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("after").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Run_MixAfterAnotherRun_GoesOnBehindItsTokens()
    {
        CommandLine.CopySamples(_folder);
        Run("first", First);
        Run("second", "name: second\nseed: 5\nfrom: first\nmix: { weights: { dialogue: 0.2, books: 0.8 }, validation: 0.05, after: first }\n");

        Dictionary<string, (int Tokens, long Last)> drawn = [];
        foreach (JsonElement sample in Samples("first", 36))
        {
            string source = sample.GetProperty("source").GetString()!;
            drawn[source] = (drawn.GetValueOrDefault(source).Tokens + 32, sample.GetProperty("targets")[31].GetInt64());
        }
        var cursors = ManifestJson.Value<Dictionary<string, long>>(new RunFolder(Path.Combine(_folder, "second")).Output("mix")!.Manifest.Fact("cursors")!.Value);
        foreach ((string source, (int tokens, long last)) in drawn)
        {
            Assert.Equal(tokens, cursors[source]);
            // A sample's first input is the last target of the one before it in its source.
            Assert.Equal(last, Samples("second", 40).First(sample => sample.GetProperty("source").GetString() == source).GetProperty("inputs")[0].GetInt64());
        }

        (int exit, _, string error) = CommandLine.Run(_folder, "samples", "second", "--context", "32", "--packing", "best_fit");
        Assert.Equal(2, exit);
        Assert.Contains("keep `packing`", error, StringComparison.Ordinal);
        Assert.Contains("take the same seed", Fails("name: x\nseed: 6\nfrom: first\nmix: { weights: { dialogue: 1, books: 1 }, validation: 0.05, after: first }\n"), StringComparison.Ordinal);
        Assert.Contains("keep `validation`", Fails("name: x\nseed: 5\nfrom: first\nmix: { weights: { dialogue: 1, books: 1 }, validation: 0.2, after: first }\n"), StringComparison.Ordinal);
        Assert.Contains("no finished step train.pretrain", Fails("name: x\nseed: 5\nfrom: first\nmix: { weights: { dialogue: 1, books: 1 }, after: second }\n"), StringComparison.Ordinal);
    }

    private void Run(string name, string pipeline)
    {
        File.WriteAllText(Path.Combine(_folder, name + ".yaml"), pipeline);
        (int exit, _, string error) = CommandLine.Run(_folder, "run", name + ".yaml", "--output", name);
        Assert.True(exit == 0, error);
    }

    private string Fails(string pipeline)
    {
        File.WriteAllText(Path.Combine(_folder, "wrong.yaml"), pipeline);
        (int exit, _, string error) = CommandLine.Run(_folder, "run", "wrong.yaml", "--output", "wrong");
        Assert.Equal(2, exit);
        return error;
    }


    private List<JsonElement> Samples(string run, int count)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, "samples", run, "--context", "32", "--count", $"{count}");
        Assert.True(exit == 0, error);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}
