using System.Text.RegularExpressions;
using DataPipeline.Tests.Cli;

namespace DataPipeline.Tests.Docs;

/// <summary>The pages of the repository as tests read them.</summary>
internal static partial class Markdown
{
    /// <summary>All committed pages, relative to the root.</summary>
    public static IEnumerable<string> Pages =>
        Directory.GetFiles(CommandLine.Root, "*.md").Concat(Directory.GetFiles(Path.Combine(CommandLine.Root, "docs"), "*.md")).Append(Path.Combine(CommandLine.Root, "samples", "README.md"))
            .Select(page => Path.GetRelativePath(CommandLine.Root, page)).Order(StringComparer.Ordinal);

    public static string Read(string page) => File.ReadAllText(Path.Combine(CommandLine.Root, page));

    /// <summary>Fenced blocks of a language in order; the empty name gives those that name none.</summary>
    public static IReadOnlyList<string> Blocks(string page, string language) =>
        [.. Fence().Matches(Read(page)).Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["text"].Value)];

    /// <summary>What stands outside fenced blocks.</summary>
    public static string Prose(string page) => Fence().Replace(Read(page), "");

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
