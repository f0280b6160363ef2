using System.Text;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

/// <summary>What the built-in model is not asked: scripts of one language, texts without letters, the middle of long texts.</summary>
public sealed class LanguageIdentifierTests
{
    [Theory]
    [InlineData("Καλημέρα", "el", 1)]
    [InlineData("Բարեւ", "hy", 1)]
    [InlineData("გამარჯობა", "ka", 1)]
    [InlineData("שלום", "he", 1)]
    [InlineData("สวัสดี", "th", 1)]
    [InlineData("안녕", "ko", 1)]
    [InlineData("નમસ્તે", "gu", 1)]
    [InlineData("ਸਤ ਸ੍ਰੀ ਅਕਾਲ", "pa", 1)]
    [InlineData("வணக்கம்", "ta", 1)]
    [InlineData("నమస్కారం", "te", 1)]
    [InlineData("নমস্কার", "bn", 1)]
    [InlineData("ありがとう", "ja", 1)]
    [InlineData("東京へ行く", "ja", 1)]
    [InlineData("今天天气很好，我们一起去公园散步吧。", "zh", 1)]
    [InlineData("𠀀𠀁𠀂𠀃𠀄𠀅𠀆𠀇𠀈𠀉𠀊𠀋", "zh", 1)]
    [InlineData("새 PC 삼대", "ko", 0.6)]
    public void Label_ScriptOfOneLanguage_IsTheLanguage(string text, string language, double share)
    {
        (string label, double score) = LanguageIdentifier.Default.Label(text);
        Assert.Equal(language, label);
        Assert.Equal(share, score, 1e-4);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12.05.2024 10:30, 100 %")]
    [InlineData("😀😀")]
    [InlineData("x")]
    [InlineData("a=1;b[2]=3;{0x12,0x13};#---")]
    public void Label_HardlyALetter_IsUndetermined(string text) => Assert.Equal((LanguageIdentifier.Undetermined, 0), LanguageIdentifier.Default.Label(text));

    [Fact]
    public void Label_OneHanCharacter_IsJudged() => Assert.NotEqual(LanguageIdentifier.Undetermined, LanguageIdentifier.Default.Label("的").Label);

    /// <summary>Short sentences as people say them, in 23 languages, written for this and never trained on (docs/language-model.md).</summary>
    [Fact]
    public void Identify_ShortSentences_AreMostlyRight()
    {
        string[][] lines = [.. File.ReadLines(Path.Combine(Requirements.Root, "tests", "DataPipeline.Tests", "Filters", "Language", "short-sentences.tsv")).Select(line => line.Split('\t'))];
        double right = lines.Count(line => LanguageIdentifier.Default.Identify(Encoding.UTF8.GetBytes(line[1])).Code == line[0]);
        Assert.InRange(right / lines.Length, 0.85, 1);
    }

    /// <summary>The counts against a twin that asks the runtime for each character.</summary>
    [Fact]
    public void Letters_EveryScript_AreCountedAsLetters()
    {
        foreach (string text in new[] { "Zażółć gęślą jaźń", "Съешь же ещё этих", "नमस्ते दुनिया", "لغة عربية", "Tiếng Việt", "中文カナかな", "ქართული", "አማርኛ", "1 + 2 = 3", "«»“”。，！？—…" })
        {
            int letters = text.EnumerateRunes().Count(rune => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
                is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark);
            Assert.Equal(letters, ScriptCounts.Of(Encoding.UTF8.GetBytes(text)).Letters);
        }
    }

    [Fact]
    public void Label_BrokenBytes_DoesNotFail()
    {
        var chance = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[chance.Next(3 * LanguageIdentifier.WholeBytes)];
            chance.NextBytes(bytes);
            Assert.InRange(LanguageIdentifier.Default.Label(bytes).Score, 0, 1);
        }
    }

    [Fact]
    public void Label_LongText_IsThatOfItsPieces()
    {
        string german = string.Concat(Enumerable.Repeat("Der Ausschuss hat noch nicht entschieden, ob die neue Bibliothek vor Jahresende öffnet. ", 40));
        Assert.Equal("de", LanguageIdentifier.Default.Label(german).Label);
        // A first piece of four in another language does not outvote the others.
        Assert.Equal("de", LanguageIdentifier.Default.Label("Click here to read the latest news from our website today.\n" + german).Label);
        Assert.Equal("zh", LanguageIdentifier.Default.Label(string.Concat(Enumerable.Repeat("图书馆每天早上九点开门，晚上八点关门。", 100))).Label);
    }
}
