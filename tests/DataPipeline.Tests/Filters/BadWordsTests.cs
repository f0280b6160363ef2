using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

public sealed class BadWordsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bad-words").FullName;

    public BadWordsTests()
    {
        File.WriteAllText(Path.Combine(_folder, "en"), "darn\nbad phrase\nda\n\n");
        File.WriteAllText(Path.Combine(_folder, "zh.txt"), "坏话\n性\n");
        File.WriteAllText(Path.Combine(_folder, "ja"), "グロ\n悪口\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("en", "That DARN thing.", "DARN")]
    [InlineData("en", "darn", "darn")]
    [InlineData("en", "(darn)", "darn")]
    [InlineData("en", "darning needles and undarned socks, darn_it, darn2", null)]
    [InlineData("en", "darning, then darn!", "darn")]
    [InlineData("en", "a Bad Phrase here", "Bad Phrase")]
    [InlineData("en", "a bad  phrase here", null)]
    [InlineData("en", "édarn", null)]
    [InlineData("en", "𝒜darn", null)]
    [InlineData("en", "darn𝒜", null)]
    [InlineData("en", "🙂darn🙂", "darn")]
    [InlineData("en", "坏话", null)]
    [InlineData("zh", "他说了坏话就走了", "坏话")]
    [InlineData("zh", "可能性很大", null)]
    [InlineData("ja", "グロテスクな話", null)]
    [InlineData("ja", "人の悪口を言う", "悪口")]
    [InlineData("de", "darn", null)]
    public void Judge_Word_DropsBesideNonWordsOrAnywhereByLanguage(string language, string text, string? found)
    {
        var filter = new BadWords([_folder]);
        Document document = Golden.Document(text).With("language", language);
        Verdict verdict = filter.Judge(document);
        Assert.Equal(found is null ? null : "bad_words_found", verdict.Reason);
        Assert.Equal(found is null, filter.Measure(document).Single().Passed);
        if (found is not null)
            Assert.StartsWith($"\"{found}\" at character {text.EnumerateRunes().Count() - text[text.LastIndexOf(found, StringComparison.Ordinal)..].EnumerateRunes().Count()}", verdict.Detail);
    }

    [Fact]
    public void Judge_AllowListOfOnesOwn_ReplacesC4s()
    {
        Document document = Golden.Document("可能性很大").With("language", "zh");
        Assert.False(new BadWords([_folder], allow: new Dictionary<string, IReadOnlyList<string>>()).Judge(document).IsKept);
        Assert.True(new BadWords([_folder], allow: new Dictionary<string, IReadOnlyList<string>> { ["en"] = ["darn"] }).Judge(Golden.Document("darn")).IsKept);
        Assert.False(new BadWords([_folder], defaultLanguage: "zh").Judge(Golden.Document("坏话")).IsKept);
    }

    [Fact]
    public void Judge_KeepFraction_KeepsThatShareTheSameEachTime()
    {
        Document[] documents = [.. Enumerable.Range(0, 2000).Select(i => Golden.Document($"darn number {i}"))];
        var filter = new BadWords([_folder], keepFraction: 0.25);
        bool[] kept = [.. documents.Select(document => filter.Judge(document).IsKept)];
        Assert.Equal(kept, documents.Select(document => new BadWords([_folder], keepFraction: 0.25).Measure(document).Single().Passed));
        Assert.InRange(kept.Count(one => one), 430, 570);
        Assert.All(documents, document => Assert.True(new BadWords([_folder], keepFraction: 1).Judge(document).IsKept));
    }

    [Fact]
    public void Judge_RandomTexts_EqualsAPattern()
    {
        var filter = new BadWords([_folder]);
        string[] pieces = ["da", "darn", "bad", " ", " ", "phrase", "bad phrase", "é", "_", "1", ".", "中", "DA", "\n"];
        int found = 0;
        for (ulong round = 0; round < 3000; round++)
        {
            var seed = new Seed(round);
            string text = string.Concat(Enumerable.Range(0, 1 + (int)seed.Below(9, 0)).Select(i => pieces[seed.Below((ulong)pieces.Length, (ulong)i + 1)]));
            bool expected = Regex.IsMatch(text, @"(?<!\w)(?:darn|bad phrase|da)(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
            Assert.True(expected == !filter.Judge(Golden.Document(text)).IsKept, text);
            found += expected ? 1 : 0;
        }
        Assert.InRange(found, 500, 2500);
    }

    [Fact]
    public void BadWords_NoListOrTwoOfALanguage_SaySo()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        File.WriteAllText(Path.Combine(empty, "en"), "\n");
        Assert.Contains("no words", Assert.Throws<ConfigurationException>(() => new BadWords([empty])).Message);
        File.WriteAllText(Path.Combine(empty, "en.txt"), "word\n");
        Assert.Contains("two lists", Assert.Throws<ConfigurationException>(() => new BadWords([empty + "/en.txt", _folder + "/en"])).Message);
    }
}
