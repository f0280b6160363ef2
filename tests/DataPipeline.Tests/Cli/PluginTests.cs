using DataPipeline.Tests.Docs;

namespace DataPipeline.Tests.Cli;

/// <summary>A filter of one file outside the repository: README's example, as C# and compiled.</summary>
public sealed class PluginTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plugin").FullName;

    public PluginTests()
    {
        File.WriteAllText(In("NoShouting.cs"), Markdown.Blocks("README.md", "csharp").Single());
        File.WriteAllText(In("quiet.yaml"), Markdown.Blocks("README.md", "yaml").Single(block => block.Contains("plugins:", StringComparison.Ordinal)));
        File.WriteAllText(In("documents.jsonl"), "{\"id\":\"loud\",\"text\":\"STOP now\"}\n{\"id\":\"quiet\",\"text\":\"Stop now\"}\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Filter_SourceFileOfReadme_IsCompiledAndJudges()
    {
        (int exit, _, string error) = CommandLine.Run(_folder, "filter", "quiet.yaml", "documents.jsonl", "--output", "quiet");
        Assert.Equal((0, ""), (exit, error));
        Assert.Equal("{\"id\":\"loud\",\"stage\":\"no_shouting\",\"reason\":\"shouting\",\"measured\":0.5714285714285714,\"limit\":0.4}\n", File.ReadAllText(In("quiet/dropped.jsonl")));
        Assert.Contains("## no_shouting: shouting, 1 document\n\n### loud\n\nmeasured 0.571429, limit 0.4\n\n    STOP now\n", File.ReadAllText(In("quiet/samples.md")));
    }

    [Fact]
    public void Run_CompiledPlugin_WorksWithExplainAndAChangeOfItDoesTheStepAgain()
    {
        DataPipeline.Core.Config.Plugins.Compile(In("NoShouting.cs"), _folder);
        string pipeline = "name: quiet\nplugins: NoShouting.dll\nsources:\n  a:\n    read: { jsonl: { files: documents.jsonl } }\n    stages: [no_shouting]\n";
        File.WriteAllText(In("run.yaml"), pipeline);
        (int exit, string output, string error) = CommandLine.Run(_folder, "run", "run.yaml", "--output", "run");
        Assert.True(exit == 0, error);
        Assert.Contains("no_shouting/shouting", output);
        Assert.Contains("### a:documents.jsonl#0\n", File.ReadAllText(In("run/ingest.a/samples-00000.md")));
        Assert.Contains("dropped: shouting, measured 0.571429, limit 0.5", CommandLine.Run(_folder, "explain", "run", "a:documents.jsonl#0").Output);

        File.WriteAllText(In("run.yaml"), pipeline.Replace(".dll", ".cs", StringComparison.Ordinal));
        string record = Path.Combine(_folder, "run", "ingest.a", ".tasks", "00000.json"), before = File.ReadAllText(record);
        CommandLine.Run(_folder, "run", "run.yaml", "--output", "run");
        // The same code compiles to the same build wherever it lies.
        Assert.Equal(before, File.ReadAllText(record));
        File.WriteAllText(In("NoShouting.cs"), File.ReadAllText(In("NoShouting.cs")).Replace("share > maxCapitals", "share > 2", StringComparison.Ordinal));
        Assert.DoesNotContain("no_shouting/shouting", CommandLine.Run(_folder, "run", "run.yaml", "--output", "run").Output);
        Assert.NotEqual(before, File.ReadAllText(record));
    }

    [Fact]
    public void List_Plugin_ShowsItsDocumentation()
    {
        (int exit, string output, _) = CommandLine.Run(_folder, "list", "no_shouting", "--plugin", "NoShouting.cs");
        Assert.Equal(0, exit);
        Assert.Contains("Drops documents written mostly in capitals.", output);
        Assert.Contains("max_capitals: a number, 0 to 1 (default 0.5)  Largest share of letters that may be capitals.", output);
    }

    [Theory]
    [InlineData("class Broken {", "does not compile", "x.cs:1:15: error CS1513")]
    [InlineData("class Nothing;", "quiet.yaml:2:11: ", "holds no class marked [Stage")]
    [InlineData("[DataPipeline.Core.Config.Stage(\"length\")] public sealed class Mine : DataPipeline.Core.Filter { public override DataPipeline.Core.Verdict Judge(DataPipeline.Core.Document d) => DataPipeline.Core.Verdict.Keep(d); }", "quiet.yaml:2:11: ", "both named `length`")]
    public void Filter_WrongPlugin_SaysWhere(string code, string first, string second)
    {
        File.WriteAllText(In("x.cs"), code);
        File.WriteAllText(In("quiet.yaml"), "name: quiet\nplugins: [x.cs]\nstages: [length]\n");
        (int exit, _, string error) = CommandLine.Run(_folder, "filter", "quiet.yaml", "documents.jsonl", "--output", "quiet");
        Assert.Equal(2, exit);
        Assert.Contains(first, error);
        Assert.Contains(second, error);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
