using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Code;

/// <summary>A short file for each drop reason of the code rules, and what just passes.</summary>
public sealed class CodeRuleTests
{
    [Theory]
    [InlineData("a.aux", "code_excluded_extension", "some text that is fine")]
    [InlineData("a.py", "code_line_too_long", 1001)]
    [InlineData("a.py", null, "x = 1\ny = 2\n")]
    [InlineData("a.tex", null, 1001)]
    [InlineData("a.fsh", "code_line_too_long", 501)]
    [InlineData("a.c", "code_mean_line_too_long", 101)]
    [InlineData("a.c", "code_too_little_alphanumeric", "{};{};{};{};a")]
    [InlineData("a.sas", null, "{};{};{};{};a")]
    [InlineData("a.json", "code_too_few_letters", "{ \"abc\": [12345, 12345, 12345, 12345] }")]
    [InlineData("a.scm", "code_too_few_letters", "(1 2 3 4 5 6 a)")]
    [InlineData("a.scm", null, "(定义 一 二)")]
    [InlineData(null, "code_line_too_long", 1001)]
    public void CodeExtensions_ShortestFiles_GiveTheReason(string? path, string? reason, object text) => AssertReason(new CodeExtensions(), path, reason, text);

    [Theory]
    [InlineData("a.txt", "code_too_many_data_lines", 5)]
    [InlineData("a.c", "code_too_many_lines", 9)]
    [InlineData("a.c", null, 5)]
    [InlineData("a.dot", "code_too_many_data_lines", 5)]
    [InlineData("a.yml", "code_data_too_short", 1)]
    [InlineData("a.json", "code_data_too_long", 3)]
    [InlineData("a.yaml", null, 2)]
    public void CodeSizes_Lines_GiveTheReason(string path, string? reason, int lines) =>
        AssertReason(new CodeSizes(maxLines: 8, maxDataLines: 4, minDataCharacters: 4, maxDataCharacters: 8), path, reason, string.Concat(Enumerable.Repeat("ab\n", lines)));

    [Fact]
    public void CodeSizes_MarkupLine_HasItsOwnLimit()
    {
        AssertReason(new CodeSizes(maxMarkupLine: 1000), "a.html", "code_markup_line_too_long", 1001);
        AssertReason(new CodeSizes(maxMarkupLine: 1000), "a.c", null, 1001);
        AssertReason(new CodeSizes(maxLine: 1000), "a.c", "code_line_too_long", 1001);
        AssertReason(new CodeSizes(maxMeanLine: 100), "a.c", "code_mean_line_too_long", 101);
        AssertReason(new CodeSizes(maxLine: 1000), "a.html", null, 1001);
    }

    [Fact]
    public void CodeLines_FewLetters_AreAskedForOutsideOfAssembly()
    {
        const string Numbers = "a 1234567890\n";
        AssertReason(new CodeLines(minLetters: 0.25), "a.c", "code_too_few_letters", Numbers);
        AssertReason(new CodeLines(minLetters: 0.25), "a.asm", null, Numbers);
        AssertReason(new CodeLines(), "a.c", null, Numbers);
    }

    [Theory]
    [InlineData("a.mpl", "code_xml", "<?xml version=\"1.0\"?><a/>")]
    [InlineData(null, "code_xml", "\n  <?xml version='1.0'?>")]
    [InlineData("a.xslt", null, "<?xml version=\"1.0\"?><a/>")]
    [InlineData("a.c", null, "// <?xml")]
    public void CodeXml_Heads_GiveTheReason(string? path, string? reason, string text) => AssertReason(new CodeXml(), path, reason, text);

    [Fact]
    public void CodeXml_MarkAtTheHundredthCharacter_EndsThere()
    {
        AssertReason(new CodeXml(), "a", "code_xml", string.Concat(Enumerable.Repeat("😀", 86)) + "<?xml version=");
        AssertReason(new CodeXml(), "a", null, string.Concat(Enumerable.Repeat("😀", 87)) + "<?xml version=");
    }

    [Theory]
    [InlineData("<p>text</p>", 4)]
    [InlineData("a<script>var x = '<p>';</script>b", 2)]
    [InlineData("a<STYLE media=x>p { }</style >b", 2)]
    [InlineData("a<!-- <p>no</p> -->b", 2)]
    [InlineData("a<!-- open", 1)]
    [InlineData("1 < 2 <a title=\"x>y\">z</a>", 7)]
    [InlineData("it's <b title='a>b'>中文😀</b", 8)]
    [InlineData("<scripted>x</scripted>", 1)]
    [InlineData("<script>never closed", 0)]
    public void CodeHtml_Visible_IsCounted(string html, int visible) => Assert.Equal(visible, CodeHtml.CountVisible(html));

    [Fact]
    public void CodeHtml_Shares_GiveTheReason()
    {
        string words = string.Concat(Enumerable.Repeat("word ", 21));
        AssertReason(new CodeHtml(), "a.html", null, $"<p>{words}</p>");
        AssertReason(new CodeHtml(), "a.html", "code_html_too_few_visible", $"<p>{words[..100]}</p>");
        AssertReason(new CodeHtml(), "a.html", "code_html_too_little_visible", $"<p>{words}</p><script>{string.Concat(Enumerable.Repeat(words, 5))}</script>");
        AssertReason(new CodeHtml(), "a.c", null, "<p>");
    }

    [Theory]
    [InlineData("node_modules/x/index.js", true)]
    [InlineData("a/Third_Party/b.c", true)]
    [InlineData("src\\vendor\\b.go", true)]
    [InlineData("vendor.go", false)]
    [InlineData("src/distance/x.c", false)]
    [InlineData("mine/own/x.c", true)]
    [InlineData("x.c", false)]
    public void CodeVendored_Paths_AreTold(string path, bool vendored) => AssertReason(new CodeVendored(["own"]), path, vendored ? "code_vendored" : null, "x");

    [Theory]
    [InlineData("a/package-lock.json", "code_generated_name", "{}")]
    [InlineData("x/y.pb.go", "code_generated_name", "package y")]
    [InlineData("a.cs", "code_generated", "// <auto-generated>\n// x\n")]
    [InlineData("a.go", "code_generated", "\n\n\n\n\n\n// Code generated by stringer; DO NOT EDIT.\npackage a\n")]
    [InlineData("a.go", null, "// Code generated by hand\n// DO NOT EDIT.\npackage a\n")]
    [InlineData("a.c", "code_generated", "/*\n * This file is generated by a tool.\n */\n")]
    [InlineData("a.c", null, "int a;\n\n\n\n\n\nchar *s = \"automatically generated\";\n")]
    [InlineData("a.js", "code_minified", 111)]
    [InlineData("a.c", null, 111)]
    public void CodeGenerated_Files_GiveTheReason(string path, string? reason, object text) => AssertReason(new CodeGenerated(), path, reason, text);

    [Theory]
    [InlineData("code_data", "1 2 3\n4,5;6\n7\nx = 1\n1e5\n8\n9\n-3\n4\n5\n6\n")]
    [InlineData(null, "a 1\nb 2\nc 3\nd 4\ne 5\n1\n2\n3\n4\n5\n")]
    [InlineData(null, "一 1\n二 2\n三 3\n四 4\n五 5\n六 6\n七 7\n八 8\n九 9\n十 10\n")]
    [InlineData(null, "}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n")]
    [InlineData(null, "1\n2\n3\n")]
    public void CodeData_Files_GiveTheReason(string? reason, string text) => AssertReason(new CodeData(), "a.c", reason, text);

    [Theory]
    [InlineData("a.c", "code_too_few_comments", "int main(void) { return 0; }")]
    [InlineData("a.c", "code_too_many_comments", "/* all of it */\n// and more of it\nx")]
    [InlineData("a.c", null, "// sum\nint main(void) { return 0; }")]
    [InlineData("a.py", null, "def f():\n    \"\"\"Says it.\"\"\"\n    return some_name + other_name\n")]
    [InlineData("a.py", "code_too_few_comments", "def f():\n    return (\n\"\"\"no comment\"\"\")\n")]
    [InlineData("a.py", null, "# 计算总和，返回结果\ndef f(x):\n    return x + 1 + 2 + 3\n")]
    [InlineData("a.unknown", null, "x")]
    public void CodeComments_Files_GiveTheReason(string path, string? reason, string text) => AssertReason(new CodeComments(), path, reason, text);

    /// <summary>A text, or the length of the one line it has.</summary>
    private static void AssertReason(Filter filter, string? path, string? reason, object text)
    {
        string content = text is int length ? new string('a', length) : (string)text;
        Document document = Golden.Document(content);
        document = path is null ? document : document.With("path", path);
        Verdict verdict = filter.Judge(document);
        Assert.Equal(reason, verdict.Reason);
        IReadOnlyList<Measurement> broken = [.. filter.Measure(document).Where(one => !one.Passed)];
        Assert.Equal(reason, broken.Count == 0 ? null : broken[0].Rule);
    }
}
