using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Decontamination;

public sealed class DecontaminateTests : IDisposable
{
    private const string Question = "How many ducks does the farmer of the little village sell on a Monday in spring?";
    private static readonly string Filler = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"word{i}"));

    private readonly string _folder = Directory.CreateTempSubdirectory("decontaminate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Judge_QuestionInText_DropsWithItemPlaceAndWords()
    {
        Verdict verdict = Filter().Judge(Golden.Document("𝒜 Said she: " + Question.ToUpperInvariant() + " So it goes."));
        Assert.Equal(("decontaminate_grams", 4.0, 0.0), (verdict.Reason, verdict.Measured, verdict.Limit));
        Finding finding = Assert.Single(verdict.Findings);
        Assert.Equal((new WantedThing("ducks", Path.Combine(_folder, "ducks.jsonl") + ":1"), 12L, Question.ToUpperInvariant().TrimEnd('?')),
            (Assert.Single(finding.Things), finding.Position, finding.Text));
        Assert.Contains("ducks.jsonl:1 at character 12: \"HOW MANY DUCKS", verdict.Detail);
    }

    [Fact]
    public void Judge_GramOverTwoMessages_IsFound()
    {
        int middle = Question.IndexOf(" of the", StringComparison.Ordinal);
        var document = new Document(new Origin("f", 0), [new Part("user", Question[..middle]), new Part("assistant", Question[middle..])]);
        Assert.Equal("decontaminate_grams", Filter().Judge(document).Reason);
    }

    [Fact]
    public void Judge_Gpt3_CutsWithMarginAndKeepsLongPieces()
    {
        string text = $"{Filler} {Question} {Filler}";
        Verdict verdict = Filter(scheme: DecontaminationScheme.Gpt3).Judge(Golden.Document(text));
        int at = text.IndexOf(Question, StringComparison.Ordinal), end = at + Question.Length - 1;
        Assert.Equal(text[..(at - 200)] + "\n\n" + text[(end + 200)..], verdict.Document!.Text);
        Assert.Equal("1", verdict.Document.Metadata["decontaminate_cuts"]);
        Assert.Equal(at, Assert.Single(verdict.Findings).Position);
    }

    [Fact]
    public void Judge_Gpt3_DropsWhatNeedsElevenCutsOrHasNothingLeft()
    {
        string many = string.Join(' ', Enumerable.Repeat($"{Filler} {Question}", 11)) + " " + Filler;
        string ten = string.Join(' ', Enumerable.Repeat($"{Filler} {Question}", 10)) + " " + Filler;
        Decontaminate filter = Filter(scheme: DecontaminationScheme.Gpt3);
        Verdict verdict = filter.Judge(Golden.Document(many)), nothing = filter.Judge(Golden.Document($"Short. {Question} Short."));
        Assert.Equal(("decontaminate_cuts", 11.0, 10.0), (verdict.Reason, verdict.Measured, verdict.Limit));
        Assert.True(filter.Judge(Golden.Document(ten)).IsKept);
        Assert.Equal(("decontaminate_nothing_left", 0.0, 200.0), (nothing.Reason, nothing.Measured, nothing.Limit));
        Assert.NotEmpty(verdict.Findings);
        Assert.False(filter.Measure(Golden.Document(many))[0].Passed);
        Assert.False(filter.Measure(Golden.Document($"Short. {Question} Short.")).Single(one => one.Rule == "decontaminate_nothing_left").Passed);
    }

    [Fact]
    public void Judge_EarlierPass_IgnoresGramsOfMoreThanTenDocuments()
    {
        string list = Path.Combine(_folder, "found.jsonl");
        File.WriteAllLines(list, Enumerable.Range(0, 10).Select(i => $"{{\"id\":\"d{i}\",\"text\":\"{Question}\"}}").Append($"{{\"id\":\"d0\",\"text\":\"{Question}\"}}"));
        Assert.False(Filter(earlier: list).Judge(Golden.Document(Question)).IsKept);
        // The first thirteen words were in an eleventh document too, the others not.
        File.AppendAllText(list, "{\"id\":\"d10\",\"text\":\"How many ducks does the farmer of the little village sell on a\"}\n");
        Decontaminate filter = Filter(earlier: list);
        Assert.True(filter.Judge(Golden.Document("How many ducks does the farmer of the little village sell on a")).IsKept);
        Assert.Equal(3, filter.Judge(Golden.Document(Question)).Measured);
        Assert.Contains(list, filter.FilesRead);
    }

    [Theory]
    [InlineData("Seven small words stand here now", false)]
    [InlineData("Eight small words stand here now, I think!", true)]
    [InlineData("eight small words stand here now i thought", false)]
    public void Judge_QuestionShorterThanAGram_IsFoundWholeFromEightWords(string text, bool found)
    {
        string path = Path.Combine(_folder, "short.csv");
        File.WriteAllText(path, "Eight small words stand here now I think,a,b,A\nSeven small words stand here now,c,d,A\n");
        var sets = new Dictionary<string, TestSet> { ["s"] = new(files: [path]) };
        Assert.Equal(found, !new Decontaminate(sets).Judge(Golden.Document($"Before it. {text} After it.")).IsKept);
        Assert.True(new Decontaminate(sets, minWords: 0).Judge(Golden.Document(text)).IsKept);
    }

    [Theory]
    [InlineData(DecontaminationScheme.Palm, "decontaminate_item_share", 1.0, 0.7)]
    [InlineData(DecontaminationScheme.Llama2, "decontaminate_item_share", 1.0, 0.8)]
    [InlineData(DecontaminationScheme.Dolma, "decontaminate_grams", 1.0, 0.0)]
    public void Judge_WholeQuestion_DropsBySchemesOwnNumber(DecontaminationScheme scheme, string reason, double measured, double limit)
    {
        Decontaminate filter = Filter(scheme);
        Verdict verdict = filter.Judge(Golden.Document($"Before.\n{Question}\nAfter."));
        Assert.Equal((reason, measured, limit), (verdict.Reason, verdict.Measured, verdict.Limit));
        Assert.False(filter.Measure(Golden.Document($"Before.\n{Question}\nAfter.")).Single().Passed);
        Assert.True(filter.Judge(Golden.Document(Filler)).IsKept);
    }

    [Fact]
    public void Judge_PartSetting_LooksAtThatRoleAlone()
    {
        var narrowed = new PartFilter(Filter(), "assistant");
        Part question = new("user", Question), answer = new("assistant", "Twelve.");
        Assert.True(narrowed.Judge(new Document(new Origin("f", 0), [question, answer])).IsKept);
        Assert.NotEmpty(narrowed.Judge(new Document(new Origin("f", 0), [answer, question with { Role = "assistant" }])).Findings);
    }

    private Decontaminate Filter(DecontaminationScheme scheme = DecontaminationScheme.Ngrams, string? earlier = null)
    {
        string path = Path.Combine(_folder, "ducks.jsonl");
        File.WriteAllText(path, $"{{\"question\":\"{Question}\"}}\n");
        return new Decontaminate(new Dictionary<string, TestSet> { ["ducks"] = new(files: [path]) }, scheme, earlier: earlier is null ? null : [earlier]);
    }
}
