using DataPipeline.Core;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Tests.Docs;

/// <summary>The commands of docs/plan.md work, and its picture is what they draw.</summary>
public sealed class PlanPageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plan-page-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Commands_OfThePage_Work()
    {
        File.WriteAllText(Path.Combine(_folder, "sizes.yaml"), "web: 1.2T\nbooks: 30G\n");
        File.WriteAllText(Path.Combine(_folder, "mix.yaml"), "weights: { web: 0.9, books: 0.1 }\n");
        File.WriteAllText(Path.Combine(_folder, "runs.csv"), PlannedRuns.Csv());
        var chance = new Seed(1);
        double[] shares = [.. Enumerable.Range(0, 40).Select(i => chance.Fraction((ulong)i))];
        File.WriteAllText(Path.Combine(_folder, "mixtures.csv"), "index,web,books\n" + string.Concat(shares.Select((share, i) => $"{i},{share},{1 - share}\n")));
        File.WriteAllText(Path.Combine(_folder, "losses.csv"), "index,val_loss\n" + string.Concat(shares.Select((share, i) => $"{i},{3 - share}\n")));
        foreach (string line in Markdown.Blocks(Path.Combine("docs", "plan.md"), "sh").SelectMany(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        {
            string[] words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("datapipeline", words[0]);
            (int exit, _, string error) = CommandLine.Run(_folder, words[1..]);
            Assert.True(exit == 0, $"{line}\n{error}");
        }
        Assert.Equal(File.ReadAllText(Path.Combine(CommandLine.Root, "docs", "plan.svg")), File.ReadAllText(Path.Combine(_folder, "plan.svg")));
        Assert.Contains("weights:\n  web: ", File.ReadAllText(Path.Combine(_folder, "found.yaml")));
    }
}
