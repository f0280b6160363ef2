using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

public sealed class LanguageFilterTests
{
    [Theory]
    [InlineData("en", "The committee has not yet decided whether the new library will open before the end of the year.")]
    [InlineData("zh", "图书馆每天早上九点开门，晚上八点关门，孩子们可以免费借书。")]
    [InlineData("zh", "圖書館每天早上九點開門，孩子們可以免費借書。")]
    [InlineData("ja", "図書館は毎朝九時に開き、子どもたちは無料で本を借りることができます。")]
    [InlineData("ko", "도서관은 매일 아침 아홉 시에 문을 열고 아이들은 책을 빌릴 수 있습니다.")]
    [InlineData("fr", "Le comité n'a pas encore décidé si la nouvelle bibliothèque ouvrira avant la fin de l'année.")]
    [InlineData("de", "Der Ausschuss hat noch nicht entschieden, ob die neue Bibliothek vor Jahresende öffnet.")]
    [InlineData("es", "Los niños juegan en el parque mientras sus padres preparan la cena de cumpleaños.")]
    [InlineData("ru", "Комитет ещё не решил, откроется ли новая библиотека до конца года.")]
    [InlineData("ar", "لم تقرر اللجنة بعد ما إذا كانت المكتبة الجديدة ستفتح قبل نهاية العام.")]
    [InlineData("hi", "समिति ने अभी तक यह तय नहीं किया है कि नया पुस्तकालय साल के अंत से पहले खुलेगा या नहीं।")]
    [InlineData("vi", "Ủy ban vẫn chưa quyết định liệu thư viện mới có mở cửa trước cuối năm hay không.")]
    public void Judge_DefaultModel_FindsTheLanguage(string language, string text)
    {
        Verdict verdict = new LanguageFilter(keep: [language]).Judge(Golden.Document(text));
        Assert.True(verdict.IsKept, $"{verdict.Reason} {verdict.Detail} {verdict.Measured}");
        Assert.Equal(language, verdict.Document!.Metadata["language"]);
        Assert.True(double.Parse(verdict.Document.Metadata["language_score"]) is > 0.65 and <= 1);
    }

    [Fact]
    public void Judge_OtherLanguage_DropsLanguageNotWanted()
    {
        Verdict verdict = new LanguageFilter(keep: ["en", "zh"]).Judge(Golden.Document("Der Ausschuss hat noch nicht entschieden, ob die Bibliothek öffnet."));
        Assert.Equal("language_not_wanted", verdict.Reason);
        Assert.Contains("de", verdict.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_NoLanguage_DropsLanguageScoreTooLow()
    {
        Verdict verdict = new LanguageFilter().Judge(Golden.Document("tak tal men de en 12 345 -- 67"));
        Assert.Equal("language_score_too_low", verdict.Reason);
        Assert.True(verdict.Measured < 0.65);
    }

    [Fact]
    public void Judge_ParagraphsOfSeveralLanguages_AreDroppedBelowTheShare()
    {
        const string English = "The committee has not yet decided whether the new library will open before the end of the year.";
        const string German = "Der Ausschuss hat noch nicht entschieden, ob die neue Bibliothek vor Jahresende öffnet.";
        Document mixed = Golden.Document($"{English}\n{English}\nshort\n{German}");
        double share = 2.0 * English.Length / (2 * English.Length + German.Length);
        Verdict kept = new LanguageFilter(minScore: 0, minShare: share - 0.01).Judge(mixed), dropped = new LanguageFilter(minScore: 0, minShare: share + 0.01).Judge(mixed);
        Assert.Equal(share, double.Parse(kept.Document!.Metadata["language_share"]), 1e-4);
        Assert.Equal("language_mixed", dropped.Reason);
        Assert.Equal(share, dropped.Measured, 1e-9);
        Assert.DoesNotContain("language_share", new LanguageFilter(minScore: 0).Judge(mixed).Document!.Metadata.Keys);
    }

    [Fact]
    public void Judge_ParagraphsInTurn_WritesTheSharesOfTheirLanguages()
    {
        const string English = "The committee has not yet decided whether the new library will open before the end of the year.";
        const string Chinese = "图书馆每天早上九点开门，晚上八点关门，孩子们可以免费借书。";
        Document mixed = Golden.Document(string.Join("\n\n", English, Chinese, English, Chinese, "12:30"));
        double share = (double)English.Length / (English.Length + Chinese.Length);
        Verdict verdict = new LanguageFilter(minScore: 0, shares: true).Judge(mixed);
        Assert.Equal($"en {share:F2}, zh {1 - share:F2}", verdict.Document!.Metadata["languages"]);
        Assert.DoesNotContain("language_share", verdict.Document.Metadata.Keys);
    }

    [Fact]
    public void Constructor_UnknownLanguageOrModel_IsAConfigurationException()
    {
        Assert.Contains("'xx'", Assert.Throws<ConfigurationException>(() => new LanguageFilter(keep: ["en", "xx"])).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere.ftz", Assert.Throws<ConfigurationException>(() => new LanguageFilter(model: "nowhere.ftz")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DefaultModel_Languages_AreSeventyFiveInAtMostTwoMegabytes()
    {
        Assert.Equal(75, DefaultLanguageModel.Instance.Labels.Count);
        string file = Path.Combine(Requirements.Root, "src", "Filters", "Language", "default.ftz");
        Assert.InRange(new FileInfo(file).Length, 100_000, 2_000_000);
    }
}
