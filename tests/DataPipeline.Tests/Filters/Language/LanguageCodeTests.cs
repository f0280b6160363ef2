using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Language;

public sealed class LanguageCodeTests
{
    [Theory]
    [InlineData("en", "en")]
    [InlineData("eng", "en")]
    [InlineData("eng_Latn", "en")]
    [InlineData("cmn_Hani", "zh")]
    [InlineData("arb_Arab", "ar")]
    [InlineData("ceb", "ceb")]
    [InlineData("ceb_Latn", "ceb")]
    [InlineData("als", "als")]
    [InlineData("als_Latn", "sq")]
    [InlineData("no", "no")]
    [InlineData("good", "good")]
    public void Of_Label_IsTheShortestCode(string label, string code) => Assert.Equal(code, LanguageCode.Of(label));
}
