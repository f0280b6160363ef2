using DataPipeline.Runs;

namespace DataPipeline.Tests.Cli;

/// <summary>One run over every kind of broken input: each is counted under a reason with its file, and the good source beside them is whole.</summary>
public sealed class BadInputTests(BadInputRun bad) : IClassFixture<BadInputRun>
{
    public static TheoryData<string, long, string[]> Cases => new()
    {
        { "good", 50, [] },
        { "truncated", 3, ["read/truncated_gzip truncated.warc.gz"] },
        { "lying", 3, ["read/warc_lying_length lying.warc", "read/warc_lying_length lying.warc"] },
        { "utf8", 4, [] },
        { "archives", 2, [
            "read/unsafe_path evil.tar.gz!/../up.py", "read/unsafe_path evil.tar.gz!//etc/abs.py", "read/unsafe_path evil.tar.gz!/p/link.py", "read/unsafe_path evil.tar.gz!/p/hard.py",
            "read/unsafe_path evil.zip!/../up.js", "read/unsafe_path evil.zip!/p/link.js", "read/record_too_large evil.zip!/p/bomb.js"] },
        { "bomb_lines", 0, ["read/decompression_bomb bomb.gz"] },
        { "bomb_pages", 0, ["read/decompression_bomb bomb.gz"] },
        { "bomb_code", 0, ["read/decompression_bomb bomb.gz"] },
        { "empty_pages", 0, ["read/empty_file empty.warc.gz"] },
        { "empty_lines", 0, ["read/empty_file empty.jsonl"] },
        { "empty_books", 0, ["parse/empty_text empty.txt"] },
        { "empty_table", 0, ["read/corrupt_parquet empty.parquet"] },
        { "no_code_inside", 0, ["read/no_records nothing.tar.gz"] },
        { "image_as_pages", 0, ["read/bad_warc_header image.warc.gz"] },
        { "image_as_text", 0, ["parse/binary_file image.txt"] },
        { "text_as_zip", 0, ["parse/not_an_archive text.zip"] },
        { "html_as_table", 0, ["read/corrupt_parquet html.parquet"] },
        { "html_as_lines", 0, ["parse/bad_json html.jsonl"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_BadInput_IsCountedWithItsFileAndTheRestGoesOn(string source, long kept, string[] dropped)
    {
        StepManifest manifest = bad.Run.Output($"ingest.{source}")!.Manifest;
        SourceCounts counts = manifest.Sources[source];
        DroppedDocument[] ledger = [.. bad.Run.Output($"ingest.{source}")!.Files("dropped").SelectMany(file => DropLedger.Read(file.Path))];

        Assert.Equal(dropped, ledger.Select(row => $"{row.Stage}/{row.Reason} {row.File}"));
        Assert.Equal((kept, kept + dropped.Length), (counts.Kept, counts.Read));
        Assert.Equal(counts.Read, counts.Kept + counts.Dropped.Values.Sum());
        Assert.All(ledger.Where(row => row.Stage == "read"), row => Assert.NotEqual("", row.Detail));
    }

    [Fact]
    public void Run_BadInput_ExitsZeroAndShowsTheReasons()
    {
        Assert.True(bad.Ended.ExitCode == 0, bad.Ended.Error);
        Assert.Contains("read/truncated_gzip", bad.Ended.Output);
        Assert.All(bad.Ended.Output.Split('\n'), line => Assert.True(line.Length <= 150, line));
    }

    [Fact]
    public void Run_BrokenUtf8_IsReadWithTheReplacementCharacter()
    {
        string[] texts = [.. bad.Run.Output("ingest.utf8")!.Files().SelectMany(file => DocumentShard.Read(file.Path)).Select(document => document.Text)];

        Assert.Equal(["one", "bad \uFFFD( bytes", "lone \uFFFD surrogate", "four"], texts);
    }

    [Fact]
    public void Explain_EmptyFile_SaysSo()
    {
        (int exit, string output, _) = CommandLine.Run(bad.Folder, "explain", "out", "empty_lines:empty.jsonl#0");

        Assert.Equal(0, exit);
        Assert.Contains("dropped: empty_file (the file has no bytes)", output);
    }

    [Theory]
    [InlineData(2, "name: a\nsources: { a: { read: { jsonl: { files: not-there.jsonl } } } }", "'not-there.jsonl' matches no file")]
    [InlineData(2, "name: a\nsources: { a: { read: { jsonl: { files: \"https://example.org/a.jsonl\" } } } }", "run `datapipeline fetch https://example.org/a.jsonl --output DIR` first")]
    [InlineData(2, "name: a\nfrom: [not-there]\ndedup: { kinds: [exact] }", "not-there holds no finished run")]
    [InlineData(2, "name: a\nsources: { a: { read: { jsonl: { files: good.jsonl } }, stages: [language: { model: not-there.ftz }] } }", "not-there.ftz")]
    [InlineData(2, "", "p.yaml")]
    [InlineData(2, "\u0000\u0001\u0002", "p.yaml")]
    [InlineData(2, "name: a\nsources: { a: {", "p.yaml:")]
    public void Run_FileThatAsksForWhatIsNotThere_SaysSo(int expected, string yaml, string said)
    {
        File.WriteAllText(Path.Combine(bad.Folder, "p.yaml"), yaml);

        (int exit, string output, string error) = CommandLine.Run(bad.Folder, "run", "p.yaml", "--output", "p");

        Assert.Equal((expected, ""), (exit, output));
        Assert.Contains(said, error);
        Assert.DoesNotContain("   at ", error);
    }

    [Theory]
    [InlineData("good.jsonl", 2, "is a file: name another folder with --output")]
    [InlineData("good.jsonl/out", 2, "is a file: name another folder with --output")]
    public void Run_OutputCannotBeWritten_SaysSo(string output, int expected, string said)
    {
        (int exit, _, string error) = CommandLine.Run(bad.Folder, "run", "bad.yaml", "--output", output);

        Assert.Equal(expected, exit);
        Assert.Contains(said, error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public void Run_DiskIsFull_SaysSoExits4AndContinuesOnceThereIsSpace()
    {
        Assert.True(File.Exists("/dev/full"), "this test needs Linux");
        File.WriteAllText(Path.Combine(bad.Folder, "full.yaml"), "name: full\nsources: { good: { read: { jsonl: { files: good.jsonl } } } }\ndedup: { kinds: [exact] }");
        // A file that is written under this name before it is renamed: /dev/full has never space.
        string place = Path.Combine(Directory.CreateDirectory(Path.Combine(bad.Folder, "full", "ingest.good")).FullName, "manifest.json.tmp");
        File.CreateSymbolicLink(place, "/dev/full");

        (int exit, _, string error) = CommandLine.Run(bad.Folder, "run", "full.yaml", "--output", "full");

        Assert.Equal(4, exit);
        Assert.Contains("The disk is full. What is finished is kept: free some space", error);
        Assert.DoesNotContain("   at ", error);
        File.Delete(place);
        (exit, _, error) = CommandLine.Run(bad.Folder, "run", "full.yaml", "--output", "full");
        Assert.Equal(0, exit);
        Assert.Contains("ingest.good: 1 task, all done by an earlier run", error);
    }

    [Fact]
    public void Run_NoLibtorch_DoesTheDataSideAndTrainingExits4WithTheCommand()
    {
        string program = Directory.CreateDirectory(Path.Combine(bad.Folder, "program")).FullName;
        string natives = Path.Combine("runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier);
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory).Concat(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, natives), "*", SearchOption.AllDirectories)))
        {
            string target = Path.Combine(program, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.GetFileName(file) != "libdatapipeline_torch.so")
                File.Copy(file, target);
        }
        File.WriteAllText(Path.Combine(bad.Folder, "train.yaml"), """
            name: train
            sources: { good: { read: { jsonl: { files: good.jsonl } } } }
            tokenizer: { train: { vocabulary_size: 300 } }
            shards: {}
            mix: { weights: { good: 1 } }
            train: { pretrain: { model: { layers: 1, heads: 1, kv_heads: 1, width: 16, context: 16 }, batch: 1, run: { steps: 2 } } }
            """);

        (int exit, _, string error) = CommandLine.Finish(CommandLine.StartIn(program, bad.Folder, "run", "train.yaml", "--output", "train"));

        Assert.Equal(4, exit);
        Assert.Contains("mix: done", error);
        Assert.Contains("apt-get install", error);
        Assert.True(new RunFolder(Path.Combine(bad.Folder, "train")).Output("mix")!.Manifest.Files.Count > 0);
    }
}
