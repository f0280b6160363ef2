using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Filters;
using DataPipeline.Ingest.Tables;
using DataPipeline.Runs;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Tests.Docs;

/// <summary>README shows code and YAML that work.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("readme").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pipeline_OfReadme_IsRightAndRuns()
    {
        string file = Path.Combine(_folder, "my-corpus.yaml"), run = Path.Combine(_folder, "run");
        File.WriteAllText(file, Markdown.Blocks("README.md", "yaml")[0]);

        (int exit, string output, string error) = CommandLine.Run(CommandLine.Root, "run", file, "--output", run);

        Assert.True(exit == 0, error);
        Assert.Contains("mix: ", output);
        Assert.Equal(["books", "web"], new RunFolder(run).Output("tokens")!.Manifest.Sources.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Filter_OfReadme_IsTheOneCompiledHere() => Assert.Equal(
        Markdown.Blocks("README.md", "csharp").Single(), File.ReadAllText(Path.Combine(CommandLine.Root, "tests", "DataPipeline.Tests", "Docs", "NoShouting.cs")));

    [Fact]
    public void Filter_NamedAsInReadme_DropsCapitalsWithTheNumbers()
    {
        File.WriteAllText(Path.Combine(_folder, "a.jsonl"), "{\"text\": \"never read\"}\n");
        string stages = Markdown.Blocks("README.md", "yaml")[1].Replace("\n", "\n    ", StringComparison.Ordinal);
        string file = Path.Combine(_folder, "shouting.yaml");
        File.WriteAllText(file, $"name: shouting\nsources:\n  a:\n    read: {{ jsonl: {{ files: {_folder}/a.jsonl }} }}\n    {stages.TrimEnd()}\n");
        StageCatalog catalog = RunPlanner.Stages([], typeof(NoShouting).Assembly, typeof(JsonlSource).Assembly);

        var stage = RunPlanner.Plan(file, new Dictionary<string, string>(), catalog).File.Sources["a"].Stages.Single();
        Verdict loud = stage.Judge(Text("STOP now")), quiet = stage.Judge(Text("Stop now"));

        Assert.IsType<NoShouting>(stage);
        Assert.Equal(("shouting", 4 / 7.0, 0.4), (loud.Reason, loud.Measured, loud.Limit));
        Assert.True(quiet.IsKept);
        Assert.True(stage.Judge(Text("123")).IsKept);
        Assert.False(stage.Measure(Text("STOP now")).Single().Passed);
    }

    [Fact]
    public void Tree_OfReadme_NamesEveryRoomAndNothingElse()
    {
        string tree = Markdown.Blocks("README.md", "").Single(block => block.StartsWith("src/\n", StringComparison.Ordinal));
        var named = new List<string>();
        string top = "";
        foreach (string line in tree.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = line.Trim().Split(' ')[0].TrimEnd('/');
            top = line.StartsWith(' ') ? top : name;
            named.Add(line.StartsWith(' ') ? Path.Combine(top, name) : name);
        }

        Assert.All(named, name => Assert.True(Directory.Exists(Path.Combine(CommandLine.Root, name)), name));
        Assert.Equal(
            Directory.GetDirectories(Path.Combine(CommandLine.Root, "src")).Select(room => Path.GetRelativePath(CommandLine.Root, room)).Order(StringComparer.Ordinal),
            named.Where(name => name.StartsWith("src/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static Document Text(string text) => new(new Origin("a.jsonl", 0), text);
}
