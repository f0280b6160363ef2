using System.Diagnostics;
using System.Text.Json;
using DataPipeline.Tests.Tokens;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Cli;

/// <summary>The stream of a mix as other programs read it: several processes, killed in the middle, followed by another number of them.</summary>
public sealed class SamplesVerbTests(SamplesVerbTests.MixedRun mixed) : IClassFixture<SamplesVerbTests.MixedRun>
{
    private const string Pipeline = """
        name: tiny
        seed: 5
        sources:
          dialogue: { read: { messages: { files: samples/dialogue/*.jsonl } } }
          books: { read: { books: { files: samples/books/*.txt } } }
        tokenizer: { train: { vocabulary_size: 512 } }
        shards: {}
        mix: { weights: { dialogue: 0.3, books: 0.7 }, max_epochs: 2 }
        """;

    private readonly TemporaryFolder _folder = mixed.Folder;

    /// <summary>A run with a mix, made once.</summary>
    public sealed class MixedRun : IDisposable
    {
        public MixedRun()
        {
            CommandLine.CopySamples(Folder[""]);
            File.WriteAllText(Folder["tiny.yaml"], Pipeline);
            (int exit, _, string error) = CommandLine.Run(Folder[""], "run", "tiny.yaml", "--output", "run");
            Assert.True(exit == 0, error);
        }

        internal TemporaryFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }

    /// <summary>Three kills at random places with 1, 2 and 4 readers, then three readers to the end.</summary>
    [Theory]
    [InlineData("documents", 1)]
    [InlineData("best_fit", 2)]
    public void Samples_ReadersKilledAndOthersStarted_GiveTheStreamOfOne(string packing, int seed)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder[""], "samples", "run", "--context", "64", "--packing", packing);
        Assert.True(exit == 0, error);
        string[] expected = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Random random = new(seed);
        List<string> read = [];
        foreach (int world in (int[])[1, 2, 4, 3])
        {
            Process[] readers = [.. Enumerable.Range(0, world).Select(rank => CommandLine.Start(_folder[""],
                "samples", "run", "--context", "64", "--packing", packing, "--reader", $"{rank}/{world}", "--start", $"{read.Count}"))];
            int rounds = world == 3 ? int.MaxValue : random.Next(1, expected.Length / 16);
            for (int round = 0; round < rounds; round++)
            {
                string?[] lines = [.. readers.Select(reader => reader.StandardOutput.ReadLine())];
                read.AddRange(lines.OfType<string>());
                if (lines.Contains(null))
                    break;
            }
            foreach (Process reader in readers)
            {
                reader.Kill();
                reader.WaitForExit();
                reader.Dispose();
            }
        }
        Assert.Equal(expected, read);
    }

    /// <summary>Rows of one document each hold the tokens of the document that is named, from its beginning on.</summary>
    [Fact]
    public void Samples_Ids_NameTheDocumentsOfEachSample()
    {
        Dictionary<string, long[]> tokens = [];
        foreach (string shard in Directory.EnumerateFiles(_folder["run/tokens"], "*.parquet"))
        {
            using TokenShardReader reader = TokenShardReader.Open(shard);
            foreach (TokenDocument document in reader.Read())
                tokens[document.Id] = [.. document.Tokens.ToArray().Select(id => (long)id)];
        }
        (int exit, string output, string error) = CommandLine.Run(_folder[""], "samples", "run", "--context", "2048", "--packing", "padded", "--reader", "1/2", "--count", "20", "--ids");
        Assert.True(exit == 0, error);
        JsonElement[] samples = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
        Assert.Equal(20, samples.Length);
        int whole = 0;
        foreach (JsonElement sample in samples)
        {
            string id = Assert.Single(sample.GetProperty("ids").EnumerateArray()).GetString()!;
            Assert.StartsWith(sample.GetProperty("source").GetString() + ":", id);
            if (tokens[id].Length >= 2048)
                continue;
            Assert.Equal(tokens[id], sample.GetProperty("targets").EnumerateArray().Select(target => target.GetInt64()).Take(tokens[id].Length));
            whole++;
        }
        Assert.True(whole > 5);
    }

    [Theory]
    [InlineData("--reader", "4/4")]
    [InlineData("--reader", "one")]
    [InlineData("--packing", "tight")]
    [InlineData("--context", "0")]
    public void Samples_WrongOption_ExitsTwo(string option, string value)
    {
        (int exit, _, string error) = CommandLine.Run(_folder[""], ["samples", "run", .. option == "--context" ? [] : (string[])["--context", "8"], option, value]);
        Assert.Equal(2, exit);
        Assert.Contains(value, error, StringComparison.Ordinal);
    }
}
