using System.Diagnostics;
using DataPipeline.Cli;

namespace DataPipeline.Tests.Cli;

public sealed class CliTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cli").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Check_FiveMistakes_ShowsAllAtOnceAndExits2()
    {
        File.WriteAllText(Path.Combine(_folder, "five.yaml"), """
            name: five
            sed: 1
            sources:
              web:
                read: { wrac: { files: a.warc.gz } }
                stages:
                  - gopher_quality: { min_word: 50 }
                  - c4: { min_sentences: some }
              lines:
                read: { jsonl: { files: no-such-*.jsonl } }
            """);

        (int exit, _, string error) = CommandLine.Run(_folder, "check", "five.yaml");

        Assert.Equal(2, exit);
        string[] lines = error.TrimEnd().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Equal("five.yaml:2:1: there is no section `sed` (did you mean `seed`?)", lines[0]);
        Assert.Equal("five.yaml:5:13: there is no source `wrac` (did you mean `warc`?)", lines[1]);
        Assert.Equal("five.yaml:7:27: `gopher_quality` has no setting `min_word` (did you mean `min_words`?)", lines[2]);
        Assert.Equal("five.yaml:8:30: expected a whole number, found \"some\"", lines[3]);
        Assert.StartsWith("five.yaml:10:20: The pattern 'no-such-*.jsonl' matches no file", lines[4]);
    }

    [Theory]
    [InlineData(2, "run", "none.yaml")]
    [InlineData(2, "run")]
    [InlineData(2, "nonsense")]
    [InlineData(2, "run", "none.yaml", "--threads", "0")]
    [InlineData(2, "run", "none.yaml", "--set", "novalue")]
    [InlineData(2, "list", "no_such_stage")]
    [InlineData(3, "show", "no-such-run")]
    [InlineData(3, "explain", "no-such-run", "web:a#1")]
    [InlineData(0, "--help")]
    [InlineData(0, "list", "gopher_quality")]
    public void Run_WrongUse_ExitsWithTheDocumentedCode(int expected, params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, arguments);

        Assert.Equal(expected, exit);
        Assert.NotEqual("", output + error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public void List_Markdown_IsDocsStages()
    {
        string written = File.ReadAllText(Path.Combine(CommandLine.Root, "docs", "stages.md"));

        Assert.True(written == StageList.Markdown(Rooms.Stages()), "docs/stages.md is out of date: ./datapipeline list --markdown > docs/stages.md");
    }

    [Fact]
    public void List_EverySetting_IsDocumented()
    {
        string[] undocumented = [.. StageList.Markdown(Rooms.Stages()).Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.EndsWith("|  |", StringComparison.Ordinal))];

        Assert.Empty(undocumented);
    }

    [Fact]
    public void List_GroupsOfSettings_AreAllThereOnce()
    {
        string[] lines = StageList.Markdown(Rooms.Stages()).Split('\n');
        string[] described = [.. lines.SkipWhile(line => line != "## Groups of settings").Where(line => line.StartsWith("### `", StringComparison.Ordinal)).Select(line => line[5..^1])];
        string[] taken = [.. lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')[2].Trim()).Where(takes => takes.EndsWith("Options", StringComparison.Ordinal) && !takes.Contains(' '))];

        Assert.Contains("PretrainOptions", taken);
        Assert.Empty(taken.Except([.. described, "ModelOptions"]));
        Assert.Equal(described.Distinct(), described);
    }

    [Fact]
    public void Run_TermSignal_EndsCleanlyAndSaysHowToContinue()
    {
        string rows = string.Join('\n', Enumerable.Range(0, 200_000).Select(i => $"{{\"text\": \"row {i} has some words in it\"}}"));
        File.WriteAllText(Path.Combine(_folder, "rows.jsonl"), rows);
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), """
            name: stopped
            sources:
              rows:
                read: { jsonl: { files: rows.jsonl } }
                stages: [gopher_repetition, gopher_quality: { min_words: 1, min_stop_words: 0 }]
            dedup: { kinds: [minhash] }
            """);
        using Process process = CommandLine.Start(_folder, "run", "p.yaml", "--threads", "1", "--batch", "16");
        string first = process.StandardError.ReadLine()!;
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString()]))
            kill.WaitForExit();
        string rest = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.Contains("ingest.rows", first);
        Assert.Contains("run the same command again to continue", rest);
        Assert.Equal(143, process.ExitCode);
    }
}
