using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Books;

/// <summary>The shortest texts for each drop reason, and what is cut from books and papers and what stays.</summary>
public sealed class BookRuleTests
{
    private const string Prose = "It was a bright day in the small town, and the engineers had mended the old bridge over the river. ";

    [Theory]
    [InlineData("ocr_odd_characters", "ab|cd")]
    [InlineData("ocr_odd_characters", "中文\uFFFD字")]
    [InlineData("ocr_broken_words", "t h e")]
    [InlineData("ocr_mixed_words", "w0rd")]
    [InlineData(null, "I a man of 1920, 2nd, B2 and 3D; x y said")]
    [InlineData(null, "第3章 他在1998年出生。")]
    public void OcrNoise_ShortestTexts_GiveTheReason(string? reason, string text) => RuleTests.AssertAgree(new OcrNoise(), Golden.Document(text), reason);

    [Theory]
    [InlineData("an exam-\nple of it", "an example\nof it")]
    [InlineData("an exam- \n  ple, of it", "an example,\nof it")]
    [InlineData("a well-\nknown man, well-known", "a well-known\nman, well-known")]
    [InlineData("soft\u00AD\nware and soft-ware", "software\nand soft-ware")]
    [InlineData("the Jean-\nPaul and 1990-\nand a -\nb", "the Jean-\nPaul and 1990-\nand a -\nb")]
    [InlineData("one-\ntwo-\nthree end", "onetwo-\nthree end")]
    [InlineData("-\n", "-\n")]
    [InlineData("ab-\n", "ab-\n")]
    [InlineData("ab-\ncd", "abcd")]
    [InlineData("ab-\ncd\nef", "abcd\nef")]
    [InlineData("中文-\n文字", "中文-\n文字")]
    public void JoinHyphens_LineEnds_AreJoined(string text, string expected) => Assert.Equal(expected, Edited(new JoinHyphens(), text));

    [Fact]
    public void BookFrontMatter_TitlePageAndContents_AreCut()
    {
        string body = string.Concat(Enumerable.Repeat(Prose, 4));
        string text = $"THE BRIDGE\n\nby A. Writer\n\nCopyright 1920\nby the publisher\n\nCONTENTS\n\nChapter I. The Town ..... 1\nChapter II. The River ..... 12\nChapter III. The End      30\n\nChapter I. The Town\n\n{body}\n\nChapter II. The River\n\n{body}";
        Assert.Equal($"Chapter I. The Town\n\n{body}\n\nChapter II. The River\n\n{body}", Edited(new BookFrontMatter(), text));
        Assert.Equal(text, Edited(new BookFrontMatter(titlePage: false, contents: false, pageNumbers: false), text));
    }

    [Fact]
    public void BookFrontMatter_ChineseBook_IsCut()
    {
        string body = string.Concat(Enumerable.Repeat("春天来了，小镇旁边的河水慢慢涨了起来。", 20));
        Assert.Equal($"第一章　小镇\n{body}\n第二章　河水\n{body}", Edited(new BookFrontMatter(),
            $"小镇的春天\n某某出版社\nISBN 7-000-00000-0\n\n目　录\n第一章　小镇……1\n第二章　河水……20\n第三章　尾声……31\n\n第一章　小镇\n{body}\n- 12 -\n第二章　河水\n{body}\n第13页"));
    }

    [Fact]
    public void BookFrontMatter_LoneNumbers_GoWhereTheyCountPages()
    {
        string page = string.Concat(Enumerable.Repeat(Prose + "\n", 15)), verse = Prose + "\n";
        Assert.DoesNotContain("\n7\n", Edited(new BookFrontMatter(), $"{page}6\n{page}7\n{page}8\n{page}"), StringComparison.Ordinal);
        string verses = $"1\n{verse}2\n{verse}3\n{verse}4\n{verse}";
        Assert.Equal(verses, Edited(new BookFrontMatter(), verses));
    }

    [Theory]
    [InlineData("Contents\nare what a box has.\nNothing else.\n")]
    [InlineData("A short poem\n\nof two lines\n")]
    [InlineData("目录\n这本书没有目录，但是有一行这样的字。\n")]
    public void BookFrontMatter_OtherText_StaysItself(string text)
    {
        Document document = Golden.Document(text);
        Assert.Same(document, new BookFrontMatter().Judge(document).Document);
    }

    [Theory]
    [InlineData("References\n\n[1] A. Writer, 1998.")]
    [InlineData("# 7. REFERENCES:\n\n[1] A. Writer, 1998.")]
    [InlineData("\\section*{Bibliography}\n[1]")]
    [InlineData("\\begin{thebibliography}{9}\n[1]")]
    [InlineData("VII. Works Cited\n[1]")]
    [InlineData("参考文献\n[1] 王某, 1998.")]
    [InlineData("五、参 考 文 献：\n[1] 王某, 1998.")]
    [InlineData("【参考文献】\n[1]")]
    [InlineData("Appendix A. Proofs\n\nProof.")]
    [InlineData("\\appendix\n\\section{Proofs}")]
    [InlineData("附录一 证明\n证明。")]
    public void PaperBackMatter_Headings_Cut(string end) => Assert.Equal(Prose.Trim() + "\n\nThe end.", Edited(new PaperBackMatter(), $"{Prose.Trim()}\n\nThe end.\n\n{end}"));

    [Theory]
    [InlineData("References to the king are many in this book.")]
    [InlineData("We give references\nin the text.")]
    [InlineData("参考文献很多。")]
    [InlineData("The appendix was taken out.")]
    public void PaperBackMatter_Sentences_Stay(string end) => Assert.Equal($"{Prose}\n{end}", Edited(new PaperBackMatter(), $"{Prose}\n{end}"));

    [Fact]
    public void PaperBackMatter_HeadingInContentsAndAppendixKept()
    {
        string text = $"References\n{string.Concat(Enumerable.Repeat(Prose, 5))}\nReferences\n[1] A.\nAppendix B\nMore.";
        Assert.Equal($"References\n{string.Concat(Enumerable.Repeat(Prose, 5)).Trim()}\n\nAppendix B\nMore.", Edited(new PaperBackMatter(appendix: false), text));
    }

    [Theory]
    [InlineData("book_only_front_matter", "Copyright 1920")]
    [InlineData("book_only_front_matter", "第1页")]
    [InlineData("paper_only_back_matter", "References\n[1]")]
    public void Judge_NothingLeft_GivesTheReason(string reason, string text) =>
        RuleTests.AssertAgree(reason[0] == 'b' ? new BookFrontMatter() : new PaperBackMatter(minShare: 0), Golden.Document(text), reason);

    private static string Edited(Filter filter, string text) => filter.Judge(Golden.Document(text)).Document!.Text;
}
