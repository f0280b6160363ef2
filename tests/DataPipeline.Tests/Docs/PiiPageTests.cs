using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Filters;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Docs;

/// <summary>The examples of docs/pii.md work, and its table has every kind.</summary>
public sealed class PiiPageTests
{
    private static readonly string Page = Path.Combine("docs", "pii.md");

    [Fact]
    public void Stages_OfThePage_MaskAsSaid()
    {
        var mistakes = new Mistakes();
        var binder = new YamlBinder(new StageCatalog([typeof(Filter), typeof(Segmenter)], [typeof(MaskPii).Assembly]), mistakes);
        YamlMapping page = YamlLoader.Parse(Page, new StringReader(Markdown.Blocks(Page, "yaml").Single()), new Variables(new Dictionary<string, string>()), mistakes)!;
        string[] masked = [.. ((YamlList)page["stages"]!).Items.Select(stage => binder.Bind<Filter>(stage)!)
            .Select(stage => stage.Judge(Golden.Document("x@y.org, +44 20 7946 0958, 4111111111111111")).Document!.Text)];
        mistakes.ThrowIfAny();
        Assert.Equal(
            ["email@example.com, <PHONE_NUMBER>, <CREDIT_CARD>", "email@example.com, <PHONE_NUMBER>, 4111111111111111", "a@example.com, [phone 1], <CREDIT_CARD>",
             "email@example.com, +44 20 7946 0958, 4111111111111111"], masked);
    }

    [Fact]
    public void Table_HasEveryKindInOrder() => Assert.Equal(
        PiiFinder.All.Select(scanner => scanner.Kind),
        Markdown.Read(Page).Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]));
}
