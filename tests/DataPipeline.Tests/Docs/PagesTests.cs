using System.Text.RegularExpressions;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Tests.Docs;

/// <summary>What the pages point at is there.</summary>
public sealed partial class PagesTests
{
    [Fact]
    public void Links_OfEveryPage_LeadToFiles()
    {
        string[] broken = [.. from page in Markdown.Pages
            from Match link in Link().Matches(Markdown.Prose(page))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal)
            where !Path.Exists(Path.Combine(CommandLine.Root, Path.GetDirectoryName(page)!, target))
            select $"{page}: {target}"];

        Assert.Empty(broken);
    }

    /// <summary>Paths in backquotes, such as <c>src/Core/Flow.cs</c>; NoShouting is README's example of a file to be added.</summary>
    [Fact]
    public void Paths_OfEveryPage_Exist()
    {
        string[] missing = [.. from page in Markdown.Pages
            where Path.GetDirectoryName(page) != "samples"
            from Match path in QuotedPath().Matches(Markdown.Prose(page))
            let name = path.Groups["path"].Value
            where name != "src/Filters/NoShouting.cs"
            where !Path.Exists(Path.Combine(CommandLine.Root, name))
            select $"{page}: {name}"];

        Assert.Empty(missing);
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<path>(src|docs|samples|pipelines|scripts|tests)/[\w./-]*)`")]
    private static partial Regex QuotedPath();
}
