using DataPipeline.Tests.Cli;

namespace DataPipeline.Train.Tests.Cli;

/// <summary>Training as a step of a run: threads, batches and interruptions change no byte of it.</summary>
public sealed class TrainingRunTests : IDisposable
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
        mix: { weights: { dialogue: 0.5, books: 0.5 }, validation: 0.05 }
        train:
          pretrain:
            model: { layers: 1, heads: 2, kv_heads: 1, width: 32, context: 32 }
            batch: 4
            validation_samples: 4
            run: { steps: 60, eval_interval: 20, checkpoint_interval: 10 }
            sample_prompts: ["The tide"]
          dpo:
            held_out: 0.2
            run: { steps: 12, batch: 2, eval_interval: 6, checkpoint_interval: 3 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("training").FullName;

    public TrainingRunTests()
    {
        CommandLine.CopySamples(_folder);
        File.WriteAllText(Path.Combine(_folder, "tiny.yaml"), Pipeline);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Run_KilledAndStoppedInTraining_GivesTheBytesOfAnUndisturbedRun()
    {
        Run("one", "--threads", "1");
        string expected = Digests("one");
        Run("two", "--threads", "2", "--batch", "37");
        Assert.Equal(expected, Digests("two"));

        Assert.Equal(128 + CommandLine.Kill, Signal(CommandLine.Kill, "train.pretrain", "step-????????").ExitCode);
        Assert.Equal(128 + CommandLine.Kill, Signal(CommandLine.Kill, "train.pretrain", "step-0000004?").ExitCode);
        (int exit, _, string error) = Signal(CommandLine.Terminate, "train.dpo", "step-????????");
        Assert.Equal(143, exit);
        Assert.Contains("train.pretrain: goes on from step ", error);
        Assert.Contains("run the same command again to continue", error);
        Assert.Contains("train.dpo: goes on from step ", Run("stopped"));
        Assert.Equal(expected, Digests("stopped"));

        // A checkpoint has this name once it is whole; while it is written the name ends in .part.
        (int ExitCode, string Output, string Error) Signal(int signal, string step, string checkpoint) =>
            CommandLine.Signal(signal, _folder, "stopped", step, checkpoint, "run", "tiny.yaml", "--output", "stopped");
    }

    [TorchFact]
    public void Run_InterruptedInTraining_ContinuesWithTheSameBytes()
    {
        Run("one");

        (int exit, _, string error) = CommandLine.Signal(
            CommandLine.Interrupt, _folder, "stopped", "train.pretrain", "step-????????", "run", "tiny.yaml", "--output", "stopped");

        Assert.Equal(130, exit);
        Assert.Contains("run the same command again to continue", error);
        Assert.Contains("train.pretrain: goes on from step ", Run("stopped"));
        Assert.Equal(Digests("one"), Digests("stopped"));
    }

    [TorchFact]
    public void Run_Diverging_NamesTheDocumentsOfTheStep()
    {
        File.WriteAllText(Path.Combine(_folder, "tiny.yaml"), Pipeline.Replace("batch: 4", "batch: 4\n    optimizer: { learning_rate: 1.0, clip_norm: 0, warmup_steps: 0 }", StringComparison.Ordinal)
            .Replace("steps: 60", "spike_factor: 1.01, steps: 60", StringComparison.Ordinal));

        (int exit, _, string error) = CommandLine.Run(_folder, "run", "tiny.yaml", "--output", "one");

        Assert.True(exit == 3, error);
        Assert.Contains("train.pretrain", error);
        Assert.Matches("diverged at step [0-9]+ of 60: .* samples [0-9]+ to [0-9]+ of the mix .* made of the documents (books|dialogue):[^ ]+#[0-9]+", error);
    }

    private string Run(string output, params string[] more)
    {
        (int exit, _, string error) = CommandLine.Run(_folder, ["run", "tiny.yaml", "--output", output, .. more]);
        Assert.True(exit == 0, error);
        return error;
    }

    private string Digests(string output) => CommandLine.Digests(Path.Combine(_folder, output));
}
