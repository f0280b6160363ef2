using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tests.Core.Config;

public class YamlBinderTests
{
    [Fact]
    public void Bind_EverySetting_MakesTheStage()
    {
        var sample = Assert.IsType<SampleStage>(BindFilter("sample_stage: { min_words: 1_000, share: 0.25, mode: remove_all, files: one.txt, nested: { depth: 2e3 }, by_name: { a: 1, b: 2 } }"));

        Assert.Equal((1000, 0.25, SampleMode.RemoveAll), (sample.MinWords, sample.Share, sample.Mode));
        Assert.Equal(["one.txt"], sample.Files);
        Assert.Equal(2000, sample.Nested!.Depth);
        Assert.Equal(2, sample.ByName!["b"]);
    }

    [Fact]
    public void Bind_NameAlone_TakesTheDefaults()
    {
        var sample = Assert.IsType<SampleStage>(BindFilter("sample_stage"));

        Assert.Equal((50, 0.5, SampleMode.KeepOne), (sample.MinWords, sample.Share, sample.Mode));
        Assert.Null(sample.Nested);
    }

    [Fact]
    public void Bind_Part_JudgesOnlyThatPart()
    {
        Filter filter = BindFilter("sample_stage: { part: chosen }")!;
        var document = new Document(default, [new Part("prompt", "UP"), new Part("chosen", "down")]);

        Assert.Equal("DOWN", filter.Judge(document).Document!.Parts[1].Text);
        Assert.Equal("UP", filter.Judge(document).Document!.Parts[0].Text);
    }

    [Theory]
    [InlineData("sampel_stage", "t.yaml:1:10: there is no filter `sampel_stage` (did you mean `sample_stage`?)")]
    [InlineData("sample_stage: { min_word: 3 }", "t.yaml:1:26: `sample_stage` has no setting `min_word` (did you mean `min_words`?)")]
    [InlineData("sample_stage: { min_words: many }", "t.yaml:1:37: expected a whole number, found \"many\"")]
    [InlineData("sample_stage: { min_words: 0 }", "t.yaml:1:37: `min_words` must lie between 1 and 100000, found 0")]
    [InlineData("sample_stage: { min_words: 1.5 }", "t.yaml:1:37: expected a whole number, found \"1.5\"")]
    [InlineData("sample_stage: { share: [1] }", "t.yaml:1:33: expected a number, found a list")]
    [InlineData("sample_stage: { mode: keep_on }", "t.yaml:1:32: expected one of keep_one, remove_all, found \"keep_on\" (did you mean `keep_one`?)")]
    [InlineData("sample_stage: { nested: {} }", "t.yaml:1:34: this section needs the setting `depth`")]
    [InlineData("sample_stage: { share: 0.9 }", "t.yaml:1:24: `share`: may not be 0.9")]
    [InlineData("sample_stage: 3", "t.yaml:1:24: expected settings as `name: value`, found \"3\"")]
    public void Bind_Mistake_IsNotedWithItsPlace(string yaml, string expected)
    {
        var mistakes = new Mistakes();

        Assert.Null(BindFilter(yaml, mistakes));

        Assert.Equal(expected, mistakes.ToString());
    }

    [Fact]
    public void Bind_TwoNamesWhereOneStageBelongs_SaysWhatIsExpected()
    {
        var mistakes = new Mistakes();

        Assert.Null(BindFilter("a: 1, b: 2", mistakes));

        Assert.Matches("^t.yaml:1:8: expected the name of a filter, such as `[a-z_]+`, alone or as `name: { settings }`, found a mapping$", mistakes.ToString());
    }

    [Fact]
    public void Bind_FiveMistakes_AreReportedTogether()
    {
        var mistakes = new Mistakes();

        BindFilter("sample_stage: { min_words: 0, shar: 1, mode: x, files: {a: b}, nested: 3 }", mistakes);

        Assert.Equal(5, mistakes.ToString().Split('\n').Length);
    }

    [Theory]
    [InlineData("a: [1, 2", "not YAML")]
    [InlineData("a: 1\nb: 2\na: 3", "`a` stands twice in the same mapping")]
    [InlineData("a: *b", "`*b` names no anchor above it")]
    [InlineData("", "the file is empty")]
    [InlineData("- a", "expected keys such as `sources:`, found a list")]
    [InlineData("a: ${NO_SUCH_VARIABLE_HERE}", "`${NO_SUCH_VARIABLE_HERE}` has no value")]
    public void Parse_BrokenFile_SaysWhere(string yaml, string expected)
    {
        var mistakes = new Mistakes();

        YamlLoader.Parse("t.yaml", new StringReader(yaml), new Variables(new Dictionary<string, string>()), mistakes);

        Assert.Matches("^t.yaml:[0-9]+:[0-9]+: ", mistakes.ToString());
        Assert.Contains(expected, mistakes.ToString());
    }

    [Fact]
    public void Parse_Variables_AreFilledInAndRecorded()
    {
        var variables = new Variables(new Dictionary<string, string> { ["data"] = "/d" });

        YamlMapping top = YamlLoader.Parse("t", new StringReader("a: ${data}/x\nb: ${none_such:-left}"), variables, new Mistakes())!;

        Assert.Equal("/d/x", ((YamlScalar)top["a"]!).Value);
        Assert.Equal("left", ((YamlScalar)top["b"]!).Value);
        Assert.Equal(new Dictionary<string, string> { ["data"] = "/d", ["none_such"] = "left" }, variables.Used);
    }

    [Fact]
    public void Parse_AliasesThatMultiply_AreRefused()
    {
        string yaml = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range('b', 8).Select(c =>
            $"{(char)c}: &{(char)c} [{string.Join(',', Enumerable.Repeat($"*{(char)(c - 1)}", 10))}]\n"));
        var mistakes = new Mistakes();

        YamlLoader.Parse("t", new StringReader(yaml), new Variables(new Dictionary<string, string>()), mistakes);

        Assert.Contains("more than", mistakes.ToString());
    }

    [Theory]
    [InlineData("minWords", "min_words")]
    [InlineData("KVHeads", "kv_heads")]
    [InlineData("ngram2", "ngram2")]
    public void SnakeCase_OfAName_IsTheYamlName(string name, string expected) => Assert.Equal(expected, Setting.SnakeCase(name));

    private static Filter? BindFilter(string yaml, Mistakes? mistakes = null)
    {
        bool expectsMistakes = mistakes is not null;
        mistakes ??= new Mistakes();
        var stages = new StageCatalog([typeof(Filter), typeof(Source)], [typeof(YamlBinderTests).Assembly]);
        YamlMapping top = YamlLoader.Parse("t.yaml", new StringReader("stage: { " + yaml + " }"), new Variables(new Dictionary<string, string>()), mistakes)!;
        Filter? made = new YamlBinder(stages, mistakes).Bind<Filter>(top["stage"]!);
        if (!expectsMistakes)
            Assert.Equal("", mistakes.ToString());
        return made;
    }

    public enum SampleMode
    {
        KeepOne,
        RemoveAll,
    }

    public sealed record SampleNested(long Depth);

    [Stage("sample_stage")]
    public sealed class SampleStage(
        [Range(1, 100_000)] int minWords = 50, double share = 0.5, SampleMode mode = SampleMode.KeepOne, IReadOnlyList<string>? files = null,
        SampleNested? nested = null, IReadOnlyDictionary<string, int>? byName = null) : Filter
    {
        public int MinWords => minWords;

        public double Share { get; } = share == 0.9 ? throw new ArgumentException("may not be 0.9", nameof(share)) : share;

        public SampleMode Mode => mode;

        public IReadOnlyList<string> Files => files ?? [];

        public SampleNested? Nested => nested;

        public IReadOnlyDictionary<string, int>? ByName => byName;

        public override Verdict Judge(Document document) => Verdict.Keep(document.MapText(text => text.ToUpperInvariant()));
    }
}
