using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Decontamination;

/// <summary>Questions of real test sets, planted in pages of a book in another spelling, are all found; pages without are not.</summary>
public sealed partial class PlantedTests
{
    private static readonly string[] Names = ["agieval", "bbh", "gsm8k", "humaneval", "ifeval", "mmlu"];

    private static readonly Func<string, string>[] Edits =
    [
        text => text,
        text => text.ToUpperInvariant(),
        text => text.Replace(" ", "\n   ", StringComparison.Ordinal),
        text => Marks().Replace(text, " ... "),
        text => text.Replace('\'', '’').Replace("\"", "» ", StringComparison.Ordinal),
    ];

    [SharedFact("data/bench")]
    public void Judge_EveryQuestionPlantedInABook_IsFoundAndPagesAloneAreNot()
    {
        Dictionary<string, TestSet> sets = Names.ToDictionary(name => name, name => new TestSet(files: [SharedData.PathOf("data/bench/" + name)]));
        var filter = new Decontaminate(sets);
        string book = File.ReadAllText(Directory.GetFiles(SharedData.PathOf("data/books/gutenberg"), "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First());
        int planted = 0, tooShort = 0, number = 0;
        var missed = new List<string>();
        foreach ((string name, TestSet set) in sets)
        {
            foreach (TestItem item in set.Files().SelectMany(new TestSetReader(name, set).Read))
            {
                string page = book.Substring(number * 97 % (book.Length - 1200), 1200), text = Edits[number++ % Edits.Length](item.Question);
                int words = Words().Count(item.Question.Replace("'", "", StringComparison.Ordinal).Replace("’", "", StringComparison.Ordinal));
                if (words < 8 || (words < 12 && Han().IsMatch(item.Question)))
                {
                    tooShort++;
                    continue;
                }
                planted++;
                Verdict verdict = filter.Judge(Golden.Document($"{page[..600]}\n{text}\n{page[600..]}"));
                if (!verdict.Findings.SelectMany(finding => finding.Things).Contains(item.Thing))
                    missed.Add($"{item.Thing}: {text}");
                if (number % 20 == 0)
                    Assert.True(filter.Judge(Golden.Document(page)).IsKept);
            }
        }
        Assert.True(missed.Count == 0, $"{missed.Count} of {planted} missed:\n{string.Join('\n', missed.Take(5))}");
        Assert.True(planted > 12_000 && tooShort < 800, $"{planted} planted, {tooShort} too short");
    }

    [Theory]
    [InlineData("下列有关物质性质的比较，结论正确的是溶解度还是热稳定性", true)]
    [InlineData("下列有关物质性质的比较\n结论正确的是「溶解度」还是热稳定性。", true)]
    [InlineData("下列有关物质性质的比较，结论错误的是溶解度还是热稳定性", false)]
    [InlineData("我国的首都在哪里请选择答案", true)]
    [InlineData("我国的首都在哪里请选择", false)]
    [InlineData("日本で一番高い山は何ですか", true)]
    [InlineData("日本で一番高い川は何ですか", false)]
    public void Judge_ChineseAndJapanese_CountsTwentyCharactersOrWholeQuestionsOfTwelve(string text, bool found)
    {
        string folder = Directory.CreateTempSubdirectory("ceval").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "val.csv"), """
                id,question,A,B,C,D,answer
                0,"下列有关物质性质的比较，结论正确的是：溶解度，还是热稳定性？",甲,乙,丙,丁,A
                1,我国的首都在哪里，请选择答案,北京,上海,广州,西安,A
                2,日本で一番高い山は何ですか,富士山,北岳,穂高岳,槍ヶ岳,A
                3,水的沸点,一百度,零度,二十度,十度,A
                """);
            var filter = new Decontaminate(new Dictionary<string, TestSet> { ["c-eval"] = new(files: [folder]) });
            Verdict verdict = filter.Judge(Golden.Document("春天来了，小镇旁边的河水慢慢涨了起来。" + text + "。工程师们修好了旧桥，水的沸点是一百度。"));
            Assert.Equal(found ? "decontaminate_grams" : null, verdict.Reason);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@"[,.;:!?]+(?=\s|$)")]
    private static partial Regex Marks();

    [GeneratedRegex(@"[\u2E80-\u312F\u31A0-\u9FFF\uF900-\uFAFF]|[\p{L}\p{M}\p{N}-[\u2E80-\u312F\u31A0-\u9FFF\uF900-\uFAFF]]+")]
    private static partial Regex Words();

    [GeneratedRegex(@"[\u2E80-\u312F\u31A0-\u9FFF]")]
    private static partial Regex Han();
}
