using System.Text;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Tests.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Dedup;

public class DatatroveWordsTests
{
    private static readonly string[] Pieces =
        ["a", "Z", "é", "É", "Σ", "σ", "ς", "İ", "ß", "한", "天", "。", "１", "12", "3.5", ".", ",", " ", "\t", "\u00a0", "\u0301", "\u0bbe", "\u20dd", "\u200b", "\u0130", "\ud83d\ude00", "\ud835\udfd8", "\u0e01\u0e33", "-", "’", "\u0007", "x", "yz"];

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("one")]
    [InlineData("  One,  TWO 3.14 ... four!  ")]
    [InlineData("naïve “café” — 12,345.6")]
    [InlineData("한국어 문장 입니다")]
    [InlineData("ΣΟΦΙΑΣ λόγος")]
    [InlineData("天地玄黄 宇宙。洪荒")]
    public void Words_Text_AreThoseOfSimplify(string text) => Assert.Equal(Expected(text), Words(text));

    [Fact]
    public void Words_AnyPieces_AreThoseOfSimplify() =>
        Prop.ForAll(Gen.Elements(Pieces).ArrayOf().ToArbitrary(), pieces => Words(string.Concat(pieces)).SequenceEqual(Expected(string.Concat(pieces)))).QuickCheckThrowOnFailure();

    [SharedFact("golden")]
    public void Words_GoldenDocuments_AreThoseOfSimplify()
    {
        foreach (string text in Golden.Texts().Values)
            Assert.Equal(Expected(text), Words(text));
    }

    private static string[] Expected(string text) => DatatroveText.Simplify(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Words(string text)
    {
        using var words = new DatatroveWords(text);
        var found = new string[words.Count];
        for (int i = 0; i < found.Length; i++)
            found[i] = Encoding.UTF8.GetString(words[i, 1]);
        if (found.Length > 1)
            Assert.Equal($"{found[^2]} {found[^1]}", Encoding.UTF8.GetString(words[found.Length - 2, 2]));
        return found;
    }
}
