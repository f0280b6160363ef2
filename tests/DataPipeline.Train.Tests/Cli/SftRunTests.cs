using System.Globalization;
using System.Text.Json;
using DataPipeline.Runs;
using DataPipeline.Tests.Cli;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Train.Tests.Cli;

/// <summary>Supervised fine-tuning as a step of a run, with pretraining data mixed into it and dialogues with loss on answers mixed into pretraining.</summary>
public sealed class SftRunTests : IDisposable
{
    private const string Pipeline = """
        name: tiny
        seed: 5
        sources:
          dialogue: { read: { messages: { files: samples/dialogue/*.jsonl } } }
          books: { read: { books: { files: samples/books/*.txt } } }
          preference: { read: { preference: { files: samples/preference/*.jsonl } } }
        tokenizer: { train: { vocabulary_size: 512 } }
        shards: {}
        mix: { weights: { dialogue: 0.3, books: 0.7 }, validation: 0.05, loss: answers }
        train:
          pretrain:
            model: { layers: 1, heads: 2, kv_heads: 1, width: 32, context: 128 }
            batch: 4
            validation_samples: 4
            run: { steps: 12, eval_interval: 0 }
            optimizer: { learning_rate: 0.003 }
          sft:
            mix: { weights: { dialogue: 0.8, books: 0.2 }, max_epochs: 3 }
            batch: 4
            run: { eval_interval: 20, checkpoint_interval: 10 }
            optimizer: { learning_rate: 0.003 }
          dpo: { run: { steps: 2, batch: 2 } }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("sft").FullName;

    public SftRunTests() => CommandLine.CopySamples(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Run_KilledInFineTuning_GivesTheBytesOfAnUndisturbedRun()
    {
        Write(Pipeline);
        Run("one", "--threads", "1");
        string expected = CommandLine.Digests(Path.Combine(_folder, "one"));

        Assert.Equal(128 + CommandLine.Kill, Signal(CommandLine.Kill, "step-????????"));
        Assert.Equal(143, Signal(CommandLine.Terminate, "step-0000002?"));
        Assert.Contains("train.sft: goes on from step ", Run("stopped", "--threads", "2"));
        Assert.Equal(expected, CommandLine.Digests(Path.Combine(_folder, "stopped")));

        CheckShares("one");
        CheckLearned("one");
        CheckMasks("one");
        CheckNames("one");

        int Signal(int signal, string checkpoint) =>
            CommandLine.Signal(signal, _folder, "stopped", "train.sft", checkpoint, "run", "tiny.yaml", "--output", "stopped").ExitCode;
    }

    [TorchTheory]
    [InlineData("loss: last_answer\n    packing: padded\n    long_dialogues: cut_start")]
    [InlineData("loss: all\n    epochs: 1\n    lora: { rank: 2, quantize: true }")]
    public void Run_OtherWays_TrainAndStartTheStepBehind(string settings)
    {
        Write(Pipeline.Replace("    mix: { weights: { dialogue: 0.8, books: 0.2 }, max_epochs: 3 }", $"    {settings}\n    max_length: 120"));
        Run("one");
        Artifact sft = Output("one", "train.sft"), dpo = Output("one", "train.dpo"), mix = Output("one", "mix.sft");
        Assert.Equal(120, mix.Manifest.Number("length"));
        Assert.Equal(FileEntry.Digest(Path.Combine(sft.Folder, "model.safetensors")), dpo.Manifest.Inputs.Single(input => input.Path.EndsWith("train.sft/model.safetensors", StringComparison.Ordinal)).Sha256);
        JsonElement documents = mix.Manifest.Fact("documents")!.Value.GetProperty("dialogue");
        Assert.Equal(60, documents.GetProperty("kept").GetInt64() + documents.GetProperty("dropped").EnumerateObject().Sum(reason => reason.Value.GetInt64()));
        Assert.Equal(0, CommandLine.Run(_folder, "audit", "one").ExitCode);
    }

    [TorchFact]
    public void Check_Mistakes_AreAllNamed()
    {
        Write(Pipeline.Replace("{ dialogue: 0.8, books: 0.2 }", "{ dialog: 0.8 }"));
        Assert.Contains("`mix` names `dialog`, which is no source (did you mean `dialogue`?)", Fails());
        Write(Pipeline.Replace("max_epochs: 3 }", "max_epochs: 3 }\n    epochs: 2"));
        Assert.Contains("give either `mix`", Fails());
        Write("name: x\ntrain: { sft: {} }\n");
        string error = Fails();
        Assert.Contains("`sft` starts from a model", error);
        Assert.Contains("`sft` reads token shards", error);
    }

    /// <summary>What the log says was trained on, step by step: of each source within one row of its share.</summary>
    private void CheckShares(string run)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, "audit", run);
        Assert.True(exit == 0, error);
        Assert.Contains("train.pretrain:", output);
        Assert.Contains("train.sft:", output);
        foreach ((string step, double dialogue, int context) in ((string, double, int)[])[("train.pretrain", 0.3, 128), ("train.sft", 0.8, 128)])
        {
            long taken = 0, all = 0;
            foreach (JsonElement line in File.ReadLines(Path.Combine(_folder, run, step, "log.jsonl")).Select(text => JsonElement.Parse(text)).Where(line => line.GetProperty("kind").GetString() == "train"))
            {
                JsonElement sources = line.GetProperty("sources");
                long chat = sources.TryGetProperty("dialogue", out JsonElement own) ? own.GetInt64() : 0;
                (taken, all) = (taken + chat, all + chat + (sources.TryGetProperty("books", out JsonElement books) ? books.GetInt64() : 0));
                Assert.True(Math.Abs(taken - dialogue * all) < context, $"{step}: {taken} of {all}");
                Assert.Equal(all, line.GetProperty("tokens").GetInt64());
            }
        }
    }

    private void CheckLearned(string run)
    {
        var losses = ManifestJson.Value<List<Dictionary<string, JsonElement>>>(Output(run, "train.sft").Manifest.Fact("validation")!.Value);
        Dictionary<string, JsonElement> chat = losses.Single(loss => loss["source"].GetString() == "dialogue");
        Assert.True(chat["last"].GetDouble() < chat["first"].GetDouble() - 0.1, string.Create(CultureInfo.InvariantCulture, $"{chat["first"]} -> {chat["last"]}"));
    }

    /// <summary>Read from the ids alone: behind the start of a message stands its role, and only what the assistant writes, to the end of its message, is a target.</summary>
    private void CheckMasks(string run)
    {
        Tokenizer tokenizer = TokenizerArtifact.Load(Output(run, "tokenizer"));
        int start = tokenizer.SpecialTokens["<|im_start|>"], end = tokenizer.SpecialTokens["<|im_end|>"], over = tokenizer.EndOfDocumentId!.Value;
        (int exit, string output, string error) = CommandLine.Run(_folder, "samples", run, "--mix", "mix.sft", "--context", "128", "--packing", "best_fit");
        Assert.True(exit == 0, error);
        int answers = 0, texts = 0;
        foreach (JsonElement sample in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)))
        {
            int[] inputs = [.. sample.GetProperty("inputs").EnumerateArray().Select(id => id.GetInt32())], targets = [.. sample.GetProperty("targets").EnumerateArray().Select(id => id.GetInt32())];
            if (sample.GetProperty("source").GetString() == "books")
            {
                // Text is learned to its last token, and padding stands behind it alone.
                int padded = Array.IndexOf(targets, -100);
                Assert.True(padded < 0 || targets.AsSpan(padded).IndexOfAnyExcept(-100) < 0);
                texts++;
                continue;
            }
            bool isAnswer = false;
            string? head = null;
            for (int i = 0; i + 1 < inputs.Length; i++)
            {
                if (inputs[i] == start)
                    (head, isAnswer) = ("", false);
                else if (head is not null)
                    head += tokenizer.Decode([inputs[i]]);
                if (head?.EndsWith('\n') ?? false)
                    (isAnswer, head) = (head == "assistant\n", null);
                if (inputs[i] == end || inputs[i] == over)
                    isAnswer = false;
                Assert.True((targets[i] != -100) == (isAnswer && targets[i] != over && inputs[i + 1] != over), $"place {i}");
                answers += isAnswer ? 1 : 0;
            }
        }
        Assert.True(answers > 1000 && texts > 3);
    }

    /// <summary>The documents that samples are said to be made of have their tokens.</summary>
    private void CheckNames(string run)
    {
        Artifact shards = Output(run, "tokens"), mix = Output(run, "mix.sft");
        Dictionary<string, int[]> tokens = [];
        foreach (FileEntry shard in shards.Files())
        {
            using TokenShardReader reader = TokenShardReader.Open(shard.Path);
            foreach (TokenDocument document in reader.Read())
                tokens[document.Id] = document.Tokens.ToArray();
        }
        using Loader loader = MixArtifact.Open(mix, 128, Packing.BestFit);
        Func<long, IReadOnlyList<string>> names = SampleDocuments.Of(mix, shards, loader, Enumerable.Range(0, (int)loader.SampleCount).Select(k => (long)k));
        long[] inputs = new long[128], targets = new long[128], positions = new long[128];
        int[] numbers = new int[128];
        int found = 0;
        for (long k = 0; k < loader.SampleCount; k++)
        {
            int held = loader.Read(k, new SampleRow(inputs, targets, numbers, positions)).Tokens;
            IReadOnlyList<string> documents = names(k);
            for (int i = 0; i < held; i++)
            {
                // A piece of a long text begins within it; all dialogues are whole.
                if (documents[numbers[i]].StartsWith("dialogue:", StringComparison.Ordinal) && positions[i] > 0)
                    Assert.Equal(tokens[documents[numbers[i]]][positions[i] - 1], inputs[i]);
                found += positions[i] > 0 ? 1 : 0;
            }
        }
        Assert.True(found > 1000);
    }

    private Artifact Output(string run, string step) => new RunFolder(Path.Combine(_folder, run)).Output(step)!;

    private void Write(string pipeline) => File.WriteAllText(Path.Combine(_folder, "tiny.yaml"), pipeline);

    private string Run(string output, params string[] more)
    {
        (int exit, _, string error) = CommandLine.Run(_folder, ["run", "tiny.yaml", "--output", output, .. more]);
        Assert.True(exit == 0, error);
        return error;
    }

    private string Fails()
    {
        (int exit, _, string error) = CommandLine.Run(_folder, "run", "tiny.yaml", "--output", "wrong");
        Assert.Equal(2, exit);
        return error;
    }
}
