using DataPipeline.Core;
using DataPipeline.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Filters;

public sealed class NormalizeTests
{
    [Theory]
    [InlineData("one\r\ntwo\rthree\u2028four\u0085five", "one\ntwo\nthree\nfour\nfive")]
    [InlineData("a\u0000b\u0007c\td\u009Fe", "abc\tde")]
    [InlineData("soft\u00ADhy\u200Bphen\uFEFF", "softhyphen")]
    [InlineData("می\u200Cخواهم 👨\u200D👩", "می\u200Cخواهم 👨\u200D👩")]
    [InlineData("\n\n  first  \n\n\n \n\nsecond\t\n\n", "  first\n\n\nsecond")]
    [InlineData("cafe\u0301 Ａ", "café Ａ")]
    [InlineData("e\u200B\u0301", "é")]
    [InlineData(" \n ", "")]
    [InlineData("", "")]
    public void Judge_Defaults_Unifies(string text, string expected) =>
        Assert.Equal(expected, new Normalize().Judge(Golden.Document(text)).Document!.Text);

    [Fact]
    public void Judge_CleanText_ReturnsTheSameDocument()
    {
        Document document = Golden.Document("A clean text.\n\nWith “quotes”, naïve words and 中文。");
        Assert.Same(document, new Normalize().Judge(document).Document);
    }

    [Fact]
    public void Judge_SettingsOff_LeavesTextAlone()
    {
        const string text = "a\r\n\u0007\u200Be\u0301  \n\n\n\nb \n\n\n";
        var filter = new Normalize(NormalizeForm.None, lineEnds: false, removeControls: false, removeInvisible: false, trimLines: false, maxBlankLines: 10);
        Assert.Equal(text, filter.Judge(Golden.Document(text)).Document!.Text);
    }

    [Fact]
    public void Judge_Nfkc_UnifiesFullWidth() =>
        Assert.Equal("fine ABC 1", new Normalize(NormalizeForm.Nfkc).Judge(Golden.Document("ﬁne ＡＢＣ ①")).Document!.Text);

    [Fact]
    public void Edit_AnyText_IsIdempotent()
    {
        string[] alphabet = ["a", " ", "\n", "\n", "\r", "\u2028", "\t", "\u200B", "\u0301", "e", "\u0000", "中", "\u1112", "\u1161"];
        Arbitrary<string> texts = ArbMap.Default.ArbFor<int>().Generator.Select(n => alphabet[(n & int.MaxValue) % alphabet.Length])
            .ListOf().Select(list => string.Concat(list)).Resize(100).ToArbitrary();
        foreach (bool trim in new[] { true, false })
        {
            for (int blank = 0; blank < 3; blank++)
            {
                var filter = new Normalize(trimLines: trim, maxBlankLines: blank);
                Prop.ForAll(texts, text => filter.Edit(filter.Edit(text)) == filter.Edit(text)).QuickCheckThrowOnFailure();
            }
        }
    }
}
