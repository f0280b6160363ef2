using System.Text.Json;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Cli;

/// <summary>Decontamination as the program does it: findings listed in order for any threads, and counted by set and item.</summary>
public sealed class DecontaminateRunTests : IDisposable
{
    private const string Question = "How many ducks does the farmer of the little village sell on a Monday in spring?";
    private const string Stage = "decontaminate: { scheme: gpt3, min_piece: 10, cut_margin: 0, sets: { ducks: { files: sets }, none: { files: other.jsonl } } }";

    private readonly string _folder = Directory.CreateTempSubdirectory("decontaminate-run").FullName;

    public DecontaminateRunTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sets"));
        Write("sets/test.jsonl", $$"""
            {"question":"{{Question}}"}
            {"question":"One that nobody ever wrote down in any other place than this test here."}
            """);
        Write("other.jsonl", "{\"question\":\"Another one that nobody ever wrote down in any other place than this file.\"}");
        Write("recipe.yaml", $"name: clean\nstages:\n  - {Stage}\n");
        File.WriteAllLines(Path.Combine(_folder, "a.jsonl"), Enumerable.Range(0, 600).Select(i =>
            JsonSerializer.Serialize(new { id = $"d{i}", text = i % 50 == 7 ? Question : i % 50 == 3 ? $"A long enough beginning {i}. {Question} And a long enough end." : $"Nothing to see in {i}." })));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Filter_ContaminatedLines_ListsAndCountsTheSameForAnyThreads()
    {
        foreach (string threads in (string[])["1", "3"])
        {
            (int exit, string output, string error) = CommandLine.Run(_folder, "filter", "recipe.yaml", "a.jsonl", "--output", "out" + threads, "--threads", threads);
            Assert.Equal((0, ""), (exit, error));
            Assert.Contains("test set ducks: 1 of 2 items met, in 24 documents", output);
            Assert.Contains("test set none: 0 of 1 items met, in 0 documents", output);
        }
        foreach (string name in (string[])["kept.jsonl", "dropped.jsonl", "found.jsonl", "summary.json"])
            Assert.Equal(Read("out1/" + name), Read("out3/" + name));
        string[] found = Read("out1/found.jsonl").TrimEnd().Split('\n');
        Assert.Equal(24, found.Length);
        Assert.Equal($$"""{"id":"d3","kept":true,"position":27,"text":"{{Question.TrimEnd('?')}}","items":["ducks sets/test.jsonl:1"]}""", found[0]);
        Assert.Contains("\"id\":\"d7\",\"kept\":false,\"position\":0", found[1]);
        using JsonDocument summary = JsonDocument.Parse(Read("out1/summary.json"));
        JsonElement ducks = summary.RootElement.GetProperty("found").GetProperty("ducks");
        Assert.Equal((2, 24, 24), (ducks.GetProperty("things").GetInt32(), ducks.GetProperty("documents").GetInt32(), ducks.GetProperty("by_thing").GetProperty("sets/test.jsonl:1").GetInt32()));
        Assert.Contains("ducks sets/test.jsonl:1 at character 0", Read("out1/dropped.jsonl").Split('\n')[0]);
        Assert.Contains("A long enough beginning 3. \\n\\n? And a long enough end.", Read("out1/kept.jsonl"));

        // The list is what GPT-3's rule about common grams is given in a second pass.
        Write("second.yaml", $"name: clean\nstages:\n  - {Stage.Replace("min_piece", "earlier: out1/found.jsonl, min_piece", StringComparison.Ordinal)}\n");
        (int again, string second, _) = CommandLine.Run(_folder, "filter", "second.yaml", "a.jsonl", "--output", "second");
        Assert.Equal(0, again);
        Assert.Contains("test set ducks: 0 of 2 items met", second);
    }

    [Fact]
    public void Filter_RecipeOfThePage_DoesWhatThePageSays()
    {
        string page = Path.Combine("docs", "decontamination.md");
        Directory.CreateDirectory(Path.Combine(_folder, "tests", "mmlu"));
        Write("clean.yaml", Docs.Markdown.Blocks(page, "yaml").Single());
        Write("tests/gsm8k.jsonl", $"{{\"question\":\"{Question}\",\"answer\":\"12\"}}\n{{\"question\":\"Another one that nobody asked.\",\"answer\":\"13\"}}\n");
        Write("tests/mmlu/a_test.csv", "What is never asked by anyone in the whole wide world?,a,b,c,d,A\n");
        Write("tests/own.json", "[{\"story\":\"There was a king.\",\"ask\":\"What was his name in the story that was told so long ago?\"}]");
        Write("documents.jsonl", JsonSerializer.Serialize(new { id = "a", text = Question }) + "\n");
        (int exit, string output, string error) = CommandLine.Run(_folder, "filter", "clean.yaml", "documents.jsonl", "--output", "clean");
        Assert.Equal((0, ""), (exit, error));
        string said = File.ReadAllText(Path.Combine(CommandLine.Root, page)).Split("such as `")[1].Split('`')[0];
        Assert.Contains(said, output);
    }

    [Fact]
    public void Run_ContaminatedDocuments_WritesTheListExplainsItAndNoticesAChangedSet()
    {
        Write("run.yaml", $"name: clean\nsources:\n  a:\n    read: {{ jsonl: {{ files: a.jsonl }} }}\n    stages:\n      - {Stage}\n");
        (int exit, string output, string error) = CommandLine.Run(_folder, "run", "run.yaml", "--output", "run");
        Assert.True(exit == 0, error);
        Assert.Contains("ingest.a: test set ducks: 1 of 2 items met, in 24 documents", output);
        StepManifest manifest = new RunFolder(Path.Combine(_folder, "run")).Output("ingest.a")!.Manifest;
        Assert.Contains(manifest.Inputs, input => input.Path == "sets/test.jsonl" && input.Sha256.Length == 64);
        Assert.Equal(24, manifest.Sources["a"].Found!["ducks"].ByThing["sets/test.jsonl:1"]);
        Assert.Equal((24L, "found"), manifest.Files.Where(file => file.Role == "found").Select(file => (file.Rows, file.Role)).Single());
        Assert.StartsWith("{\"id\":\"a:a.jsonl#3\",\"kept\":true,", Read("run/ingest.a/found-00000.jsonl"));

        (_, string explained, _) = CommandLine.Run(_folder, "explain", "run", "a:a.jsonl#3");
        Assert.Contains("ducks sets/test.jsonl:1 at character 27: \"How many ducks", explained);

        Write("sets/test.jsonl", "{\"question\":\"Only one question is left in this file, and no document has ever seen it.\"}");
        (_, string again, _) = CommandLine.Run(_folder, "run", "run.yaml", "--output", "run");
        Assert.Contains("ingest.a: test set ducks: 0 of 1 items met", again);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, name));
}
