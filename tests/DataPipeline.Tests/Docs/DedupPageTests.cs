using DataPipeline.Core;
using DataPipeline.Tests.Cli;
using DataPipeline.Tests.Dedup;

namespace DataPipeline.Tests.Docs;

/// <summary>The examples of docs/dedup.md work.</summary>
public sealed class DedupPageTests : IDisposable
{
    private static readonly string Page = Path.Combine("docs", "dedup.md");

    private readonly string _folder = Directory.CreateTempSubdirectory("dedup-page-").FullName;

    [Fact]
    public void Sections_OfThePage_RunAndFindACopy()
    {
        string tokenizer = Path.Combine(_folder, "cl100k_base.tiktoken"), words = Path.Combine(_folder, "dict.txt");
        File.WriteAllText(tokenizer, string.Concat(Enumerable.Range(0, 256).Select(value => $"{Convert.ToBase64String([(byte)value])} {value}\n")));
        File.WriteAllText(words, "重复 10\n文本 5\n");
        string text = string.Join(' ', MinHashTests.Words(60, new Seed(1), 1000)) + " 重复的文本";
        Document Doc(int record, string text, string quality) => new Document(new Origin("f", record), [new Part("prompt", text)]).With("quality", quality).With("url", $"http://a.b/{record}").With("md5", $"{record}");
        using var run = new DedupRun(("a", [[Doc(0, text, "1"), Doc(1, "something else altogether, short", "1")]]), ("b", [[Doc(2, text, "2")]]));
        string[] sections = [.. Markdown.Blocks(Page, "yaml").Select(block => block.Replace("cl100k_base.tiktoken", tokenizer).Replace("dict.txt", words))];
        Assert.True(sections.Length >= 10);
        foreach ((int number, string section) in sections.Index())
        {
            Assert.StartsWith("dedup:\n", section);
            string[] kept = DedupRun.Kept(run.Execute(section["dedup:".Length..], $"out{number}"));
            Assert.True(kept.Length == 2, $"{section} kept {string.Join(' ', kept)}");
            Assert.Equal(section.Contains("priority", StringComparison.Ordinal), kept.Contains("b:f#2"));
        }
    }

    [Fact]
    public void Commands_OfThePage_Work()
    {
        foreach (string name in (string[])["a", "b"])
            File.WriteAllText(Path.Combine(_folder, $"{name}.jsonl"), $"{{\"id\": \"{name}1\", \"text\": \"said in both of the files\"}}\n{{\"id\": \"{name}2\", \"text\": \"only in {name}\"}}\n");
        foreach (string line in Markdown.Blocks(Page, "sh").SelectMany(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        {
            string[] words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("datapipeline", words[0]);
            (int exit, _, string error) = CommandLine.Run(_folder, words[1..]);
            Assert.True(exit == 0, error);
        }
        Assert.Equal(3, File.ReadAllLines(Path.Combine(_folder, "out", "kept.jsonl")).Length);
        Assert.Equal(["{\"id\": \"b2\", \"text\": \"only in b\"}"], File.ReadAllLines(Path.Combine(_folder, "dump2", "kept.jsonl")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
