using System.IO.Compression;
using System.Text.Json;

namespace DataPipeline.Tests.Cli;

public sealed class FilterVerbTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        stages:
          - length: { min_words: 2 }
          - c4: { min_sentences: 1, min_words_per_line: 1 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("filter-verb-").FullName;

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void Filter_KeptEditedAndDropped_AreWrittenWithTheirReasons(string threads)
    {
        Write("recipe.yaml", Recipe);
        Write("a.jsonl", """
            {"id":"keep","more":[1,{"text":2}],"text":"Two words.","language":"en"}
            {"id": 7, "text": "one"}

            {"text": "A { here."}
            {"id":"edit","text":"Two words.\nno end of a line"}
            """);
        (int exit, _, string error) = CommandLine.Run(_folder, "filter", "recipe.yaml", "a.jsonl", "--output", "out", "--threads", threads);
        Assert.Equal((0, ""), (exit, error));
        Assert.Equal("""
            {"id":"keep","more":[1,{"text":2}],"text":"Two words.","language":"en"}
            {"id":"edit","text":"Two words."}

            """, Read("kept.jsonl"));
        Assert.Equal("""
            {"id":7,"stage":"length","reason":"length_too_few_words","measured":1,"limit":2}
            {"id":"a.jsonl#3","stage":"c4","reason":"c4_curly_bracket","measured":1,"limit":0}

            """, Read("dropped.jsonl"));
        Assert.Equal("""
            {
              "recipe": "tiny",
              "read": 4,
              "kept": 2,
              "edited": 1,
              "dropped": {
                "c4": {
                  "c4_curly_bracket": 1
                },
                "length": {
                  "length_too_few_words": 1
                }
              }
            }

            """, Read("summary.json"));
    }

    [Fact]
    public void Filter_WrongRecipe_SaysAllMistakes()
    {
        Write("recipe.yaml", "name: tiny\nstages:\n  - gopher_qualiti\n  - c4: { min_sentences: -1 }\n");
        Write("a.jsonl", "");
        (int exit, _, string error) = CommandLine.Run(_folder, "filter", "recipe.yaml", "a.jsonl", "--output", "out");
        Assert.Equal(2, exit);
        Assert.Contains("recipe.yaml:3:5: there is no filter `gopher_qualiti` (did you mean `gopher_quality`?)", error);
        Assert.Contains("recipe.yaml:4:26: `min_sentences`", error);
    }

    [Theory]
    [InlineData("{\"id\": 1}", "a.jsonl: line 2 has no string \"text\"")]
    [InlineData("{\"id\": 1", "a.jsonl: line 2 is no JSON")]
    [InlineData("[]", "a.jsonl: line 2 has no string \"text\"")]
    public void Filter_LineIsNoDocument_NamesTheLine(string line, string message)
    {
        Write("recipe.yaml", Recipe);
        Write("a.jsonl", "{\"text\":\"Two words.\"}\n" + line);
        (int exit, _, string error) = CommandLine.Run(_folder, "filter", "recipe.yaml", "a.jsonl", "--output", "out");
        Assert.Equal(3, exit);
        Assert.Contains(message, error);
        Assert.False(File.Exists(Path.Combine(_folder, "out", "kept.jsonl")));
    }

    /// <summary>The samples of the repository through every recipe: prose, source files and dialogues. DCLM's classifier is a small one made here.</summary>
    [Fact]
    public void Filter_EveryRecipeOfTheRepository_JudgesTheSamples()
    {
        string samples = Path.Combine(Requirements.Root, "samples");
        var lines = new List<string>();
        foreach (string book in Directory.GetFiles(Path.Combine(samples, "books"), "*.txt").Where(file => !file.Contains("latin1", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(book);
            lines.AddRange(text.Chunk(4000).Select((page, i) => Line($"{Path.GetFileName(book)}#{i}", new string(page), "book.txt")));
        }
        using (ZipArchive zip = ZipFile.OpenRead(Path.Combine(samples, "code", "orchard.zip")))
        {
            foreach (ZipArchiveEntry entry in zip.Entries.Where(entry => entry.Length > 0))
            {
                using var reader = new StreamReader(entry.Open());
                lines.Add(Line(entry.FullName, reader.ReadToEnd(), entry.FullName));
            }
        }
        Write("a.jsonl", string.Join('\n', lines));
        Write("train.txt", string.Join('\n', Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? $"__label__hq because of this the answer is {i}" : $"__label__cc buy {i} now and save")));
        Assert.Equal(0, CommandLine.Run(_folder, "classifier", "train", "--input", "train.txt", "--output", "hq.bin", "--dim", "4", "--epoch", "5", "--threads", "1").ExitCode);

        string[] recipes = Directory.GetFiles(Path.Combine(Requirements.Root, "pipelines", "recipes"), "*.yaml");
        Assert.NotEmpty(recipes);
        foreach (string recipe in recipes)
        {
            string[] set = File.ReadAllText(recipe).Contains("${DCLM_CLASSIFIER}", StringComparison.Ordinal) ? ["--set", "DCLM_CLASSIFIER=hq.bin"] : [];
            (int exit, _, string error) = CommandLine.Run(_folder, ["filter", recipe, "a.jsonl", "--output", "out", .. set]);
            Assert.True(exit == 0, $"{recipe}: {error}");
            JsonElement summary = JsonDocument.Parse(Read("summary.json")).RootElement;
            Assert.Equal(Path.GetFileNameWithoutExtension(recipe), summary.GetProperty("recipe").GetString());
            Assert.Equal(lines.Count, summary.GetProperty("read").GetInt32());
            Assert.Matches("^name: .*\npaper: .*(arXiv|https://).*\nstages:", string.Join('\n', File.ReadLines(recipe).Where(text => !text.StartsWith('#'))));
        }

        static string Line(string id, string text, string path) => JsonSerializer.Serialize(new { id, text, path, url = $"https://example.org/{path}" });
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, "out", name));
}
