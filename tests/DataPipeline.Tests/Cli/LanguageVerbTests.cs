using System.Globalization;
using System.Text.Json;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Cli;

public sealed class LanguageVerbTests : IDisposable
{
    private const string English = "The committee has not yet decided whether the new library will open before the end of the year.";
    private const string German = "Der Ausschuss hat noch nicht entschieden, ob die neue Bibliothek vor Jahresende öffnet.";
    private const string Chinese = "图书馆每天早上九点开门，晚上八点关门，孩子们可以免费借书。";

    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder["."];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Language_Lines_GivesCodeAndScoreForEachEvenAnEmptyOne()
    {
        File.WriteAllText(_folder["lines.txt"], $"{English}\r\n\n{German}\n{Chinese}");
        (int exit, string output, string error) = CommandLine.Run(Folder, "language", "--lines", "lines.txt");
        Assert.Equal((0, ""), (exit, error));
        string[][] rows = [.. output.TrimEnd('\n').Split('\n').Select(line => line.Split('\t'))];
        Assert.Equal(["en", "und", "de", "zh"], rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.InRange(double.Parse(row[1], CultureInfo.InvariantCulture), row[0] == "und" ? 0 : 0.65, 1.00001));
    }

    [Fact]
    public void Language_ManyLines_AreInOrderWhateverTheThreads()
    {
        File.WriteAllLines(_folder["lines.txt"], Enumerable.Range(0, 20_000).Select(i => $"{i} {(i % 3 == 0 ? English : i % 3 == 1 ? German : Chinese)}"));
        string one = CommandLine.Run(Folder, "language", "--lines", "lines.txt", "--threads", "1").Output;
        Assert.Equal(one, CommandLine.Run(Folder, "language", "--lines", "lines.txt", "--threads", "3").Output);
        Assert.Equal(20_000, one.Count(c => c == '\n'));
    }

    [Fact]
    public void Language_Documents_AreReadFromJsonLines()
    {
        File.WriteAllLines(_folder["docs.jsonl"], ["{\"id\": \"a\", \"text\": " + JsonSerializer.Serialize(English + "\n" + English) + "}", "{\"text\": " + JsonSerializer.Serialize(German) + "}"]);
        Assert.Equal(["en", "de"], CommandLine.Run(Folder, "language", "--lines", "docs.jsonl").Output.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')[0]));

        string[] lines = CommandLine.Run(Folder, "language", "--jsonl", "docs.jsonl").Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("{\"id\":\"a\",\"language\":\"en\",\"score\":", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("{\"language\":\"de\",\"score\":", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void Language_WrongDocument_NamesFileAndLine()
    {
        File.WriteAllLines(_folder["docs.jsonl"], ["{\"text\": \"a b\"}", "", "{\"txt\": \"a b\"}"]);
        (int exit, _, string error) = CommandLine.Run(Folder, "language", "--jsonl", "docs.jsonl");
        Assert.Equal(3, exit);
        Assert.StartsWith("docs.jsonl: line 3 has no string \"text\"", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--model", "nowhere.ftz", "--lines", "lines.txt", "nowhere.ftz")]
    [InlineData("--lines", "lines.txt", "--jsonl", "docs.jsonl", "either --lines FILE or --jsonl FILE")]
    public void Language_WrongOptions_AreAConfigurationError(string option, string value, string other, string second, string message)
    {
        (int exit, _, string error) = CommandLine.Run(Folder, "language", option, value, other, second);
        Assert.Equal(2, exit);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }
}
