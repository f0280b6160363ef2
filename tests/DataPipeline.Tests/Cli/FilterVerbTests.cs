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

    [Fact]
    public void Filter_EveryRecipeOfTheRepository_Runs()
    {
        Write("a.jsonl", "{\"id\":1,\"text\":\"one\"}\n");
        string[] recipes = Directory.GetFiles(Path.Combine(Requirements.Root, "pipelines", "recipes"), "*.yaml");
        Assert.NotEmpty(recipes);
        foreach (string recipe in recipes)
        {
            (int exit, _, string error) = CommandLine.Run(_folder, "filter", recipe, "a.jsonl", "--output", "out");
            Assert.True(exit == 0, $"{recipe}: {error}");
            Assert.Contains($"\"recipe\": \"{Path.GetFileNameWithoutExtension(recipe)}\"", Read("summary.json"));
            Assert.Matches("^name: .*\npaper: .*\nstages:", string.Join('\n', File.ReadLines(recipe).Where(text => !text.StartsWith('#'))));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, "out", name));
}
