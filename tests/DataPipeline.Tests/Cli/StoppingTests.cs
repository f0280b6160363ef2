using System.Diagnostics;

namespace DataPipeline.Tests.Cli;

/// <summary>Threads, batches and interruptions change nothing; scripts/verify-demo.sh does the same with the whole demo and every step.</summary>
public sealed class StoppingTests : IDisposable
{
    private const string Pipeline = """
        name: tiny
        seed: 5
        sources:
          books: { read: { books: { files: samples/books/*.txt } }, stages: [normalize, language: { min_score: 0.3 }] }
          web: { read: { warc: { files: samples/web/*.warc.gz } }, stages: [normalize, gopher_repetition, c4: { terminal_punctuation: false }, mask_pii] }
          code: { read: { code: { files: ["samples/code/*.tar.gz", "samples/code/*.zip"] } }, stages: [code_lines] }
        dedup: { kinds: [exact, minhash] }
        tokenizer: { train: { vocabulary_size: 1000 } }
        shards: {}
        mix: { weights: { web: 0.7, books: 0.2, code: 0.1 } }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("stopping").FullName;

    public StoppingTests()
    {
        CommandLine.CopySamples(_folder);
        File.WriteAllText(Path.Combine(_folder, "tiny.yaml"), Pipeline);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_OtherThreadsBatchesAndSignals_GivesTheSameBytes()
    {
        Assert.Equal(0, Run("one", "--threads", "1").ExitCode);
        string expected = Digests("one");

        Assert.Equal(0, Run("two", "--threads", "2", "--batch", "37").ExitCode);
        Assert.Equal(expected, Digests("two"));

        Assert.Equal(128 + CommandLine.Kill, Signal(CommandLine.Kill, "ingest.web").ExitCode);
        // An interrupt is noticed between tasks: in the last step of a busy machine it may come too late.
        (int exit, _, string error) = Signal(CommandLine.Interrupt, "ingest.code");
        Assert.Equal(130, exit);
        Assert.Contains("run the same command again to continue", error);
        Assert.Equal(128 + CommandLine.Kill, Signal(CommandLine.Kill, "tokens").ExitCode);
        Assert.Equal(0, Run("stopped").ExitCode);
        Assert.Equal(expected, Digests("stopped"));

        (int ExitCode, string Output, string Error) Signal(int signal, string step) =>
            CommandLine.Signal(signal, _folder, "stopped", step, ".work-*", "run", "tiny.yaml", "--threads", "1", "--output", "stopped");
    }

    [Fact]
    public void Run_FolderIsInUse_IsRefusedAndTheFirstRunGoesOn()
    {
        File.WriteAllLines(Path.Combine(_folder, "rows.jsonl"), Enumerable.Range(0, 100_000).Select(i => $"{{\"text\": \"row {i} has some words in it\"}}"));
        File.WriteAllText(Path.Combine(_folder, "rows.yaml"), """
            name: rows
            sources: { rows: { read: { jsonl: { files: rows.jsonl } }, stages: [gopher_repetition] } }
            """);
        using Process first = CommandLine.Start(_folder, "run", "rows.yaml", "--threads", "1", "--output", "shared");
        Assert.Contains("ingest.rows", first.StandardError.ReadLine());

        (int exit, _, string error) = CommandLine.Run(_folder, "run", "rows.yaml", "--output", "shared");

        Assert.Equal(2, exit);
        Assert.StartsWith("another process is running in shared", error);
        Assert.Equal(0, CommandLine.Finish(first).ExitCode);
        Assert.Equal(0, CommandLine.Run(_folder, "run", "rows.yaml", "--output", "shared").ExitCode);
    }

    private (int ExitCode, string Output, string Error) Run(string output, params string[] more) =>
        CommandLine.Run(_folder, ["run", "tiny.yaml", "--output", output, .. more]);

    private string Digests(string output) => CommandLine.Digests(Path.Combine(_folder, output));
}
