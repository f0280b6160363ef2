using DataPipeline.Runs;

namespace DataPipeline.Tests.Cli;

/// <summary>One finished run over the samples and a broken archive, which several tests look at.</summary>
public sealed class FinishedRun : IDisposable
{
    public FinishedRun()
    {
        CommandLine.CopySamples(Folder);
        byte[] pages = File.ReadAllBytes(Path.Combine(Folder, "samples", "web", "pages.warc.gz"));
        File.WriteAllBytes(Path.Combine(Folder, "samples", "web", "torn.warc.gz"), pages[..20_000]);
        File.WriteAllText(Path.Combine(Folder, "tiny.yaml"), """
            name: tiny
            seed: 5
            sources:
              books: { read: { books: { files: samples/books/*.txt } } }
              web: { read: { warc: { files: [samples/web/pages.warc.gz, samples/web/torn.warc.gz] } }, stages: [normalize, gopher_quality] }
              preference: { read: { preference: { files: samples/preference/*.jsonl } } }
            dedup: { kinds: [exact, minhash], priority: [books, web, preference] }
            tokenizer: { train: { vocabulary_size: 1000 } }
            shards: { shard_tokens: 10000 }
            """);
        (int exit, _, string error) = CommandLine.Run(Folder, "run", "tiny.yaml", "--output", "out");
        Assert.True(exit == 0, error);
        Run = new RunFolder(Path.Combine(Folder, "out"));
    }

    /// <summary>The folder in which it was started; the run is in <c>out</c>.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("finished").FullName;

    /// <summary>The run.</summary>
    public RunFolder Run { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

[CollectionDefinition(Name)]
public sealed class FinishedRunTests : ICollectionFixture<FinishedRun>
{
    public const string Name = "finished run";
}
