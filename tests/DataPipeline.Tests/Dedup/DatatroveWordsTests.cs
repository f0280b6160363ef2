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

    /// <summary>Blocks of 64 characters with what stops them, or goes on over their end, at every place.</summary>
    [Fact]
    public void Words_LongText_AreThoseOfSimplify()
    {
        for (int shift = 0; shift < 130; shift++)
        {
            foreach (string piece in (string[])[", ", "“Don’t!” ", "3.14x", "naïve", "天地", " ", "", "x\u0bbey"])
            {
                string text = new string('-', shift % 7) + string.Concat(Enumerable.Repeat("The quick, brown fox... ", 9))[..(65 + shift)] + piece + "jumps over THE lazy dogs; twice, and again, and once more before it rests.";
                Assert.Equal(Expected(text), Words(text));
            }
        }
    }

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
            found[i] = Encoding.UTF8.GetString(words.Text[words.Starts[i]..(words.Starts[i + 1] - 1)]);
        if (found.Length > 0)
            Assert.Equal(string.Join(' ', found), Encoding.UTF8.GetString(words.Text[..(words.Starts[^1] - 1)]));
        return found;
    }
}
